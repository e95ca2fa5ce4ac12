/** What a run folder holds, read from its files: canonical shards, and the sidecars that describe the same rows. */

import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import type { Db } from "./db";
import { literalPath, quoteText } from "./db";
import { InputError, nearestNames } from "./errors";
import type { LayerManifest } from "./run-folder/layer-manifest";
import { REVIEW_COLUMNS, REVIEWS_SIDECAR } from "./run-folder/review-columns";
import { chosenScores, isScorer, scorerNames } from "./run-folder/scorers";

export interface Column {
  readonly name: string;
  /** DuckDB type. */
  readonly type: string;
}

/** A value column of a sidecar and the name under which the view and the pools show it. */
export interface SidecarColumn extends Column {
  readonly shownAs: string;
}

/** One `flags/<name>.v<N>` or `scores/<name>.v<N>` folder: `row_key` and values, shard for shard with `rows/`. */
export interface Sidecar {
  /** Path in the run folder: `flags/length.v1`. */
  readonly folder: string;
  /** The same, absolute. */
  readonly path: string;
  /** `length` */
  readonly name: string;
  /** `v1`, or an empty text where the folder names no version. */
  readonly version: string;
  readonly columns: readonly SidecarColumn[];
  /** Shard paths below `folder`, sorted. */
  readonly shards: readonly string[];
}

/** The run of a pipeline: what it decided and wrote about the rows of the folder below it. */
export interface Layer {
  /** Absolute. */
  readonly path: string;
  readonly manifest: LayerManifest;
  /** Verdicts over all rows, in the order of the rows: absolute paths. */
  readonly verdicts: readonly string[];
  /** Folders of the flags it wrote: absolute. */
  readonly flags: readonly string[];
  /** Folders with the rewritten texts, shard for shard with the rows, in the order of the steps: absolute. */
  readonly overlays: readonly string[];
}

export interface RunFolder {
  /** Absolute: the folder with `rows/`. */
  readonly path: string;
  /** Runs of pipelines over these rows, from the first to the one that was asked for; none for the run itself. */
  readonly layers: readonly Layer[];
  /** Shard paths below `rows/`, sorted: the order in which rows count. */
  readonly shards: readonly string[];
  /** Columns of the canonical rows; empty when there is no shard. */
  readonly columns: readonly Column[];
  /** Flags, then scores, each by folder name; those of layers after those of the run. */
  readonly sidecars: readonly Sidecar[];
}

const KINDS = ["flags", "scores"] as const;

/**
 * Reads a run folder's shard list, columns and sidecars; no rows are read.
 * @throws InputError when the folder is missing or holds no `rows/`.
 */
export async function readRunFolder(db: Db, folder: string): Promise<RunFolder> {
  const path = resolve(folder);
  if (!existsSync(path)) throw missingFolder(folder, path);
  if (!isFolder(join(path, "rows"))) {
    if (isFolder(join(path, "verdicts"))) {
      throw new InputError(
        `${folder}: is the run of a pipeline, a layer over the rows of another folder; expected that folder`,
      );
    }
    throw new InputError(
      `${folder}: no rows/ folder in it; expected the folder that \`corpuslab normalize … --out\` wrote` +
        ` (it holds ${readdirSync(path).sort().slice(0, 6).join(", ") || "nothing"})`,
    );
  }
  const shards = parquetFiles(join(path, "rows"));
  const columns = shards.length === 0 ? [] : await columnsOf(db, join(path, "rows", shards[0]!));
  return { path, layers: [], shards, columns, sidecars: await readSidecars(db, [path], columns) };
}

/** SQL text of `read_parquet` over files on this machine, whatever characters their paths hold. */
export function readParquet(paths: readonly string[], options = ""): string {
  const list = paths.map((path) => quoteText(literalPath(path))).join(", ");
  return `read_parquet([${list}], hive_partitioning = false${options})`;
}

/** `.parquet` files below a folder, as sorted relative paths with forward slashes. */
export function parquetFiles(folder: string): string[] {
  if (!isFolder(folder)) return [];
  const files: string[] = [];
  const visit = (prefix: string): void => {
    for (const entry of readdirSync(join(folder, prefix), { withFileTypes: true })) {
      if (entry.name.startsWith(".")) continue;
      const name = prefix === "" ? entry.name : `${prefix}/${entry.name}`;
      if (entry.isDirectory()) visit(name);
      else if (entry.name.endsWith(".parquet")) files.push(name);
    }
  };
  visit("");
  return files.sort();
}

/** The datasets that a run was made of, as its run.json says; null where that cannot be read. */
export function datasetsOfRun(folder: string): string[] | null {
  try {
    const { inputs } = JSON.parse(readFileSync(join(folder, "run.json"), "utf8")) as {
      inputs: { dataset: unknown }[];
    };
    const names = inputs.map(({ dataset }) => dataset);
    return names.every((name) => typeof name === "string") ? names : null;
  } catch {
    return null;
  }
}

/** The sidecars in run folders over the same `rows`, folder by folder; of equal names the last one's. */
export async function readSidecars(
  db: Db,
  paths: readonly string[],
  rows: readonly Column[],
): Promise<Sidecar[]> {
  const found: Omit<Sidecar, "columns">[] = [];
  const raw: Column[][] = [];
  const isHidden = (folder: string, at: number) =>
    paths.slice(at + 1).some((later) => isFolder(join(later, folder)));
  for (const [at, path, kind] of paths.flatMap((path, at) =>
    KINDS.map((kind) => [at, path, kind] as const),
  )) {
    if (!isFolder(join(path, kind))) continue;
    for (const entry of readdirSync(join(path, kind)).sort()) {
      const folder = `${kind}/${entry}`;
      if (isHidden(folder, at)) continue;
      const shards = parquetFiles(join(path, folder));
      if (shards.length === 0) continue;
      const columns = await columnsOf(db, join(path, folder, shards[0]!));
      if (!columns.some((column) => column.name === "row_key")) {
        throw new InputError(`${join(path, folder)}: no row_key column, so it cannot be joined with rows/`);
      }
      const [, name = entry, version = ""] = /^(.+?)(?:\.(v\d+))?$/.exec(entry) ?? [];
      found.push({ folder, path: join(path, folder), name, version, shards });
      // A scorer's id is the row's own.
      const own = isScorer(folder, columns) ? ["row_key", "id"] : ["row_key"];
      raw.push(columns.filter((column) => !own.includes(column.name)));
    }
  }
  const shown = shownNames(rows, found, raw, chosenScores(paths));
  return found.map((sidecar, i) => ({
    ...sidecar,
    columns: raw[i]!.map((column, j) => ({ ...column, shownAs: shown[i]![j]! })),
  }));
}

/**
 * A value column keeps its name when no canonical column and no other sidecar has it, and it is not one of reviews; else
 * it is `<sidecar>_<column>`, and with the version in between where that is not unique either. Scorers: see `scorerNames`.
 */
function shownNames(
  rows: readonly Column[],
  sidecars: readonly Omit<Sidecar, "columns">[],
  columns: readonly (readonly Column[])[],
  chosen: string | null,
): string[][] {
  const fixed = new Set(rows.map((column) => column.name.toLowerCase()));
  const isKept = (sidecar: Omit<Sidecar, "columns">, name: string): boolean =>
    fixed.has(name.toLowerCase()) ||
    (sidecar.folder !== REVIEWS_SIDECAR && name.toLowerCase() in REVIEW_COLUMNS);
  const uses = (names: readonly (readonly string[])[]): Map<string, number> => {
    const counts = new Map<string, number>();
    for (const name of names.flat())
      counts.set(name.toLowerCase(), (counts.get(name.toLowerCase()) ?? 0) + 1);
    return counts;
  };
  const scorers = scorerNames(sidecars, columns, rows, chosen);
  let names = columns.map((list, i) => scorers[i] ?? list.map((column) => column.name));
  for (const prefix of [
    (sidecar: Omit<Sidecar, "columns">) => `${sidecar.name}_`,
    (sidecar: Omit<Sidecar, "columns">) => `${sidecar.name}_${sidecar.version}_`,
    (sidecar: Omit<Sidecar, "columns">) => `${sidecar.folder.replace("/", "_")}_`,
  ]) {
    const counts = uses(names);
    names = names.map((list, i) =>
      list.map((name, j) =>
        isKept(sidecars[i]!, name) || counts.get(name.toLowerCase())! > 1
          ? prefix(sidecars[i]!) + columns[i]![j]!.name
          : name,
      ),
    );
  }
  return names;
}

async function columnsOf(db: Db, path: string): Promise<Column[]> {
  return await db.describe(`select * from ${readParquet([path])}`);
}

function isFolder(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory();
}

function missingFolder(folder: string, path: string): InputError {
  const parent = join(path, "..");
  const siblings = isFolder(parent) ? readdirSync(parent) : [];
  const near = nearestNames(basename(path), siblings);
  return new InputError(
    `${folder}: no such folder; expected the folder that \`corpuslab normalize … --out\` wrote` +
      (near.length > 0 ? `; near it: ${near.join(", ")}` : ""),
  );
}
