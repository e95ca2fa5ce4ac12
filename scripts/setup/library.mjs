// kernel-lib/dist: the compiled library with its datasets, assets and starter notebooks.
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { dist, library, root } from "./paths.mjs";
import { quietly, SetupError, step } from "./step.mjs";

const stamp = path.join(dist, ".built");
const assets = /\.(json|wasm|css|html|svg|onnx)$/;

/** The library is built from the sources as they are; nothing is done, and nothing printed, where it is. */
export async function ensureLibrary() {
  await step("library (kernel-lib/dist)", async () => {
    const sources = sourceFiles();
    const wanted = hashOf(sources);
    if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return false;
    forgetDeleted(sources);
    await quietly(process.execPath, ["node_modules/typescript/bin/tsc", "-p", "tsconfig.json"], {
      hint: "The library does not compile; the lines above say where.",
    });
    copyAssets(sources);
    await bundlePages();
    await compileWasm();
    writeFileSync(stamp, wanted);
  });
}

/** Identity of the built library: another one after any change of its sources. */
export function buildOf() {
  return readFileSync(stamp, "utf8").slice(0, 16);
}

/** Everything the build reads, relative to the root, in a fixed order. */
function sourceFiles() {
  const files = ["tsconfig.json", "package-lock.json"];
  for (const name of readdirSync(path.join(root, "notebooks"))) {
    if (/^\d\d-.*\.ipynb$/.test(name)) files.push(`notebooks/${name}`);
  }
  const walk = (dir, keep) => {
    for (const entry of readdirSync(path.join(root, dir), { withFileTypes: true })) {
      const file = `${dir}/${entry.name}`;
      if (entry.isDirectory() && !["dist", "node_modules", "bin"].includes(entry.name)) walk(file, keep);
      else if (entry.isFile() && keep(entry.name)) files.push(file);
    }
  };
  walk("kernel-lib", (name) => name.endsWith(".ts") || (assets.test(name) && name !== "package.json"));
  if (existsSync(path.join(root, "datasets"))) walk("datasets", (name) => name.endsWith(".json"));
  return files.sort();
}

function hashOf(files) {
  const hash = createHash("sha256");
  for (const file of files)
    hash
      .update(`${file}\0`)
      .update(readFileSync(path.join(root, file)))
      .update("\0");
  return hash.digest("hex");
}

/** Output of sources that are gone is removed: an import of it would still work. */
function forgetDeleted(sources) {
  if (!existsSync(dist)) return;
  const kept = new Set(sources.map((file) => path.relative("kernel-lib", file).replace(/\.ts$/, "")));
  const walk = (dir) => {
    for (const entry of readdirSync(dir, { withFileTypes: true })) {
      const file = path.join(dir, entry.name);
      if (entry.isDirectory()) walk(file);
      else if (/\.(js|d\.ts)$/.test(file)) {
        const source = path
          .relative(dist, file)
          .split(path.sep)
          .join("/")
          .replace(/\.(js|d\.ts)$/, "");
        if (!kept.has(source)) {
          rmSync(file);
          rmSync(path.join(dist, ".tsbuildinfo"), { force: true }); // or tsc believes its output complete
        }
      }
    }
  };
  walk(dist);
}

/** What runs in a browser: the pages of explorer and review and their bridges to the kernel, each one file without imports. */
async function bundlePages() {
  const { build } = await import("esbuild"); // not there before the packages are
  const common = { bundle: true, minify: true, target: "es2022", charset: "ascii", legalComments: "none" };
  for (const room of ["explore", "review"]) {
    const folder = path.join(root, "kernel-lib", room, "page");
    const to = (name) => ({ outfile: path.join(dist, room, "page", name) });
    const from = (name) => ({ entryPoints: [path.join(folder, name)] });
    await build({ ...common, ...from("page.ts"), ...to("page.js"), format: "iife" });
    await build({ ...common, ...from("bridge.ts"), ...to("bridge.js"), format: "esm" });
    await build({ ...common, ...from("style.css"), ...to("style.css") });
  }
}

/** Hot paths: AssemblyScript to WebAssembly with SIMD. */
async function compileWasm() {
  const { main } = await import("assemblyscript/asc"); // not there before the packages are
  for (const [entry, name] of [
    ["dedup/wasm/sign/index.ts", "dedup/sign.wasm"],
    ["dedup/wasm/join/index.ts", "dedup/join.wasm"],
    ["score/wasm/log-sum-exp.ts", "score/log-sum-exp.wasm"],
  ]) {
    const { error, stderr } = await main([
      `kernel-lib/${entry}`,
      ...["--outFile", `kernel-lib/dist/${name}`, "--baseDir", root],
      ...["--optimizeLevel", "3", "--noAssert", "--runtime", "stub"],
      ...["--enable", "simd", "--enable", "bulk-memory"],
    ]);
    if (error) throw new SetupError(`kernel-lib/${entry} does not compile:\n${stderr.toString()}`);
  }
}

function copyAssets(sources) {
  rmSync(path.join(dist, "datasets"), { recursive: true, force: true });
  for (const file of sources) {
    const target = file.startsWith("datasets/")
      ? file
      : file.startsWith("notebooks/")
        ? `starter/${path.basename(file)}`
        : assets.test(file) && file.startsWith("kernel-lib/")
          ? path.relative("kernel-lib", file)
          : null;
    if (!target) continue;
    const to = path.join(dist, target);
    mkdirSync(path.dirname(to), { recursive: true });
    cpSync(path.join(root, file), to);
  }
}

/** A module of the built library. */
export const builtModule = (name) => path.join(library, "dist", name);
