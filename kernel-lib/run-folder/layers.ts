/** A run with the layers that pipelines laid over it, read as one. */
import { createHash } from "node:crypto";
import { existsSync, statSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import type { Db } from "../db";
import { InputError } from "../errors";
import { type Layer, parquetFiles, type RunFolder, readRunFolder, readSidecars } from "../run-folder";
import { readLayerManifest, stepFolder } from "./layer-manifest";

/**
 * Reads a run folder, or a pipeline's run with all that is below it; no rows are read.
 * @throws InputError when a folder is missing, or rows were made anew after a pipeline ran over them.
 */
export async function readLayeredRun(db: Db, folder: string): Promise<RunFolder> {
  const { base, layers } = layersOf(folder);
  const run = await readRunFolder(db, base);
  if (layers.length === 0) return run;
  for (const [i, { path, manifest }] of layers.entries()) {
    if (manifest.basis === basisOf({ ...run, layers: layers.slice(0, i) })) continue;
    throw new InputError(
      `${path}: the rows in ${layers[i - 1]?.path ?? base} are not those that the pipeline ${manifest.name} ran over: run it again with --overwrite`,
    );
  }
  const paths = [base, ...layers.map(({ path }) => path)];
  return { ...run, layers, sidecars: await readSidecars(db, paths, run.columns) };
}

/** A run with one layer more, whose run.json will say `manifest`. */
export async function withLayer(
  db: Db,
  run: RunFolder,
  path: string,
  manifest: Layer["manifest"],
): Promise<RunFolder> {
  const layers = [...run.layers, layerOf(path, manifest)];
  const paths = [run.path, ...layers.map((layer) => layer.path)];
  return { ...run, layers, sidecars: await readSidecars(db, paths, run.columns) };
}

/** True for the folder of a pipeline's run: verdicts over rows that stand elsewhere. */
export function isLayer(folder: string): boolean {
  return existsSync(join(folder, "verdicts")) && existsSync(join(folder, "run.json"));
}

/** SHA-256 over what a pipeline ran over: names and sizes of the shards of rows/, and the steps and verdicts of each layer. */
export function basisOf({ path, shards, layers }: Pick<RunFolder, "path" | "shards" | "layers">): string {
  const hash = createHash("sha256");
  for (const shard of shards) hash.update(`${shard}\t${statSync(join(path, "rows", shard)).size}\n`);
  for (const { path: above, manifest, verdicts } of layers) {
    hash.update(`${JSON.stringify(manifest.steps)}\n`);
    for (const file of verdicts) hash.update(`${relative(above, file)}\t${statSync(file).size}\n`);
  }
  return hash.digest("hex");
}

function layersOf(folder: string): { readonly base: string; readonly layers: readonly Layer[] } {
  const layers: Layer[] = [];
  let path = resolve(folder);
  for (let manifest = readLayerManifest(path); manifest; manifest = readLayerManifest(path)) {
    layers.unshift(layerOf(path, manifest));
    const below = resolve(path, manifest.input);
    if (!existsSync(below)) {
      throw new InputError(`${path}: is a layer over ${below}, which is gone; move both folders together`);
    }
    path = below;
  }
  return { base: path, layers };
}

function layerOf(path: string, manifest: Layer["manifest"]): Layer {
  const foldersOf = (kind: "flags" | "overlays", of: "flag" | "rewrite") =>
    manifest.steps.filter((step) => step.kind === of).map(({ step }) => join(path, stepFolder(kind, step)));
  return {
    path,
    manifest,
    verdicts: parquetFiles(join(path, "verdicts")).map((name) => join(path, "verdicts", name)),
    flags: foldersOf("flags", "flag"),
    overlays: foldersOf("overlays", "rewrite"),
  };
}
