/**
 * `import … from "corpuslab"` works in any folder: a workspace made by `corpuslab init` has no node_modules. Where the
 * notebook's folder finds no corpuslab of its own, the one that runs the kernel is used, and the packages beside it.
 */
import { existsSync, realpathSync } from "node:fs";
import Module, { createRequire } from "node:module";
import { basename, delimiter, dirname, join } from "node:path";
import { type TypeScriptSystem, typeScript } from "./tslab";

/** Cells of notebooks in `folder` can import corpuslab from now on, at run time and with types. */
export function offerLibrary(folder: string): void {
  if (findsLibrary(folder)) return;
  const packages = installedPackages(__dirname);
  if (!packages) return;
  process.env.NODE_PATH = [process.env.NODE_PATH, packages].filter(Boolean).join(delimiter);
  (Module as unknown as { _initPaths(): void })._initPaths(); // Node reads NODE_PATH only when it starts
  forwardTypes(typeScript().sys, slashes(join(folder, "node_modules")), slashes(packages));
}

function findsLibrary(folder: string): boolean {
  const searched = createRequire(join(folder, "cell.js")).resolve.paths("corpuslab") ?? [];
  return searched.some((path) => basename(path) === "node_modules" && existsSync(join(path, "corpuslab")));
}

/** The node_modules folder in which this library is installed, seen from one of its files. */
function installedPackages(from: string): string | null {
  for (let dir = from; dirname(dir) !== dir; dir = dirname(dir)) {
    const candidate = basename(dir) === "node_modules" ? dir : join(dir, "node_modules");
    const library = join(candidate, "corpuslab");
    if (existsSync(library) && __dirname.startsWith(realpathSync(library))) return candidate;
  }
  return null;
}

/** What is missing under `wanted` is read from `actual`; tslab does the same for its own package. */
function forwardTypes(sys: TypeScriptSystem, wanted: string, actual: string): void {
  const { fileExists, directoryExists, getDirectories, readFile, realpath } = { ...sys };
  const forward = (path: string) =>
    path.startsWith(`${wanted}/`) && !fileExists(path) && !directoryExists(path)
      ? actual + path.slice(wanted.length)
      : path;
  sys.fileExists = (path) => fileExists(forward(path));
  sys.directoryExists = (path) => path === wanted || directoryExists(forward(path));
  sys.getDirectories = (path) => getDirectories(forward(path));
  sys.readFile = (path, encoding) => readFile(forward(path), encoding);
  if (realpath) sys.realpath = (path) => realpath(forward(path));
}

function slashes(path: string): string {
  return path.replaceAll("\\", "/");
}
