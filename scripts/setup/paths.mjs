// Where things stand. Imports only node: modules, as everything here: it runs before npm ci.
import path from "node:path";
import { fileURLToPath } from "node:url";

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..", "..");
export const library = path.join(root, "kernel-lib");
export const dist = path.join(library, "dist");
export const venv = path.join(root, ".venv");
export const jupyterDir = path.join(root, "jupyter");
export const cli = path.join(library, "bin", "corpuslab.js");

/** A program inside a venv. */
export function inVenv(dir, program) {
  return process.platform === "win32"
    ? path.join(dir, "Scripts", `${program}.exe`)
    : path.join(dir, "bin", program);
}
