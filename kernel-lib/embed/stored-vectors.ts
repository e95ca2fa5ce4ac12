/** The vectors of a table's rows, wherever they were written. */
import { basename, join } from "node:path";
import { Db } from "../db";
import { InputError } from "../errors";
import { parquetFiles, readParquet } from "../run-folder";
import { readLayeredRun } from "../run-folder/layers";
import { withDb } from "../table/db-pool";
import type { Table } from "../table/table";
import { type EmbeddingsManifest, embeddingFolders, readManifest } from "./embeddings-folder";

export interface StoredVectors {
  /** Absolute. */
  readonly folder: string;
  readonly manifest: EmbeddingsManifest;
  /** SQL of all its rows: `row_key`, `embedding` (FLOAT[d], null where there is none), and what is said of them. */
  readonly sql: string;
}

/**
 * Vectors that `embed` computed for the table, else those beside its run.
 * @param which `name` or `name.view` of the folder, where there are several.
 * @throws InputError when there are none, or several and none was named.
 */
export async function storedVectors(
  table: Table,
  which: string | undefined,
  asker: string,
  signal?: AbortSignal,
): Promise<StoredVectors> {
  const { run, vectors } = table.state;
  const beside = run === null ? [] : await besideRun(run, signal);
  const folders = [...(vectors === null ? [] : [vectors]), ...beside];
  const fits = (folder: string) => {
    const { encoder, view } = readManifest(folder);
    return [
      encoder.name,
      `${encoder.name}.${view}`,
      basename(folder),
      basename(folder).replace(/\.v\d+$/, ""),
    ].includes(which!);
  };
  const fitting = which === undefined ? (vectors === null ? beside : [vectors]) : folders.filter(fits);
  if (fitting.length === 0) {
    const there = folders.map((folder) => basename(folder).replace(/\.v\d+$/, "")).join(", ");
    throw new InputError(
      folders.length === 0
        ? `${asker}: ${table.origin} has no vectors yet: ${run === null ? "await embed(table, model)" : "corpuslab embed, or await embed(table, model)"} makes them; the model "words" needs no download`
        : `${asker}: no vectors "${which}", there are ${there}`,
    );
  }
  if (fitting.length > 1) {
    throw new InputError(
      `${asker}: several vectors (${fitting.map((folder) => basename(folder).replace(/\.v\d+$/, "")).join(", ")}); say which: { vectors: "${basename(fitting[0]!).replace(/\.v\d+$/, "")}" }`,
    );
  }
  const [folder] = fitting;
  const manifest = readManifest(folder!);
  const files = parquetFiles(folder!).map((name) => join(folder!, name));
  const sql = `select * replace (embedding::FLOAT[${manifest.dimensions}] as embedding) from ${readParquet(files)}`;
  return { folder: folder!, manifest, sql };
}

async function besideRun(run: string, signal: AbortSignal | undefined): Promise<string[]> {
  const { path, shards } = await withDb((db) => readLayeredRun(db, run), { signal });
  const folders = embeddingFolders(path);
  const stale = folders.find((folder) => parquetFiles(folder).join("\n") !== shards.join("\n"));
  if (stale === undefined) return folders;
  throw new InputError(
    `${stale}: has other shards than rows/: the run was made anew; run corpuslab embed again`,
  );
}

export interface VectorBatch {
  readonly keys: readonly string[];
  readonly vectors: readonly Float32Array[];
}

/**
 * The vectors of the table's rows in batches of some 2,000, in the order in which they were written; rows without one are
 * left out. Bounded memory, beside the row_keys of a selection.
 */
export async function* tableVectors(
  table: Table,
  { sql }: StoredVectors,
  signal?: AbortSignal,
): AsyncGenerator<VectorBatch, void, void> {
  const rows = await table.relation().sql({ place: false, ids: false }, signal);
  const db = await Db.open({ threads: 1, memoryLimit: "2GB", ...(signal ? { signal } : {}) });
  try {
    const query = `select v.row_key, v.embedding from (${sql}) v semi join (select row_key from (${rows})) t using (row_key) where v.embedding is not null`;
    for await (const [keys, vectors] of db.streamColumns(query)) {
      yield { keys: keys as string[], vectors: vectors as Float32Array[] };
    }
  } finally {
    db.close();
  }
}

/** All of them in memory, one after the other: 1.5 kB a row at 384 dimensions. */
export async function collectVectors(
  table: Table,
  stored: StoredVectors,
  signal?: AbortSignal,
): Promise<{ readonly keys: string[]; readonly data: Float32Array; readonly dimensions: number }> {
  const { dimensions } = stored.manifest;
  const keys: string[] = [];
  let data = new Float32Array(dimensions * 1024);
  for await (const batch of tableVectors(table, stored, signal)) {
    for (const [i, key] of batch.keys.entries()) {
      if ((keys.length + 1) * dimensions > data.length) {
        const larger = new Float32Array(data.length * 2);
        larger.set(data);
        data = larger;
      }
      data.set(batch.vectors[i]!, keys.length * dimensions);
      keys.push(key);
    }
  }
  return { keys, data: data.subarray(0, keys.length * dimensions), dimensions };
}
