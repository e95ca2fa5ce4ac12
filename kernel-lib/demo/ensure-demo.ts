/** The small demo dataset, made once and found again. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { DEMO_VERSION } from "./demo-manifest";
import { type DemoOptions, generateDemo } from "./generate-demo";

const ROWS = 2000;
const SEED = 1;

/**
 * `dir` holds the 2,000-row demo dataset in the Hub's layout, made now unless it is there already; returns `dir`.
 * Default: `.cache/demo` of the workspace (or repository: a folder with notebooks/ and datasets/) that the current
 * folder is in, else of the current folder. A demo of other size, seed or version at that place is replaced.
 * @example const hubDir = await ensureDemo(); await open("corpuslab/demo", { hubDir });
 */
export async function ensureDemo({
  dir = join(workspaceRoot(process.cwd()), ".cache", "demo"),
  ...options
}: { readonly dir?: string } & Pick<DemoOptions, "signal" | "onProgress"> = {}): Promise<string> {
  if (isThere(dir)) return dir;
  try {
    await generateDemo(dir, { rows: ROWS, seed: SEED, ...options });
  } catch (error) {
    options.signal?.throwIfAborted();
    if (!isThere(dir)) throw error; // else another process was faster
  }
  return dir;
}

function isThere(dir: string): boolean {
  try {
    const text = readFileSync(join(dir, "corpuslab", "demo.expected.json"), "utf8");
    const found = JSON.parse(text) as Record<string, unknown>;
    const same = found.version === DEMO_VERSION && found.rows === ROWS && found.seed === SEED;
    return same && existsSync(join(dir, "corpuslab", "demo", "README.md"));
  } catch {
    return false;
  }
}

function workspaceRoot(from: string): string {
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    if (existsSync(join(folder, "corpuslab.json"))) return folder;
    if (existsSync(join(folder, "notebooks")) && existsSync(join(folder, "datasets"))) return folder;
    if (folder === dirname(folder)) return resolve(from);
  }
}
