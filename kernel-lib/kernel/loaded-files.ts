/**
 * Which text of a local file (`./helper.ts`) a cell was given when it imported it: the file may have changed since. Held
 * by the process, as the journal is.
 */
import { createHash } from "node:crypto";

/** One import of a local file into the kernel. */
export interface LoadedFile {
  /** Absolute path without its extension. */
  readonly path: string;
  /** SHA-256 of the text that was compiled, hexadecimal. */
  readonly hash: string;
  /** Order of the cell that imported it, as the journal counts. */
  readonly order: number;
}

const LOADED = Symbol.for("corpuslab.loadedFiles");
const home = globalThis as { [LOADED]?: LoadedFile[] };

/** The cell of this order was given this text of a file. For kernels. */
export function noteLoadedFile(path: string, text: string, order: number): void {
  home[LOADED] ??= [];
  home[LOADED].push({ path: withoutExtension(path), hash: hashOf(text), order });
}

/** The hash of the text of a file that a cell holds; null when the kernel did not load the file by then. */
export function loadedHash(path: string, order: number): string | null {
  const loads = (home[LOADED] ?? []).filter((one) => one.path === withoutExtension(path));
  return loads.findLast((one) => one.order <= order)?.hash ?? null;
}

/** SHA-256 of a text, as `loadedHash` gives it. */
export function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function withoutExtension(path: string): string {
  return path.replaceAll("\\", "/").replace(/\.[cm]?[jt]sx?$/, "");
}
