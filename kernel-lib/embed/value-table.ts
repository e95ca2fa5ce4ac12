/** Values that this room computed for rows, as columns of their table. */
import { mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Db, quoteName, quoteText } from "../db";
import { RowBuffer } from "../db/row-buffer";
import { writeFileDurably } from "../engine/commit";
import { lockRun } from "../engine/lock";
import { InputError } from "../errors";
import { parquetFiles, readParquet } from "../run-folder";
import { ROWS_BASIS, rowsBasis } from "../run-folder/rows-basis";
import { open } from "../table/open";
import type { Table } from "../table/table";

/** Name → SQL type (VARCHAR, DOUBLE, BIGINT, BOOLEAN) and a value for each key. */
export type ValueColumns = Readonly<
  Record<string, { readonly type: string; readonly values: readonly unknown[] }>
>;

/** Folders of this process, deleted when it ends. */
const folders: string[] = [];

/** A folder that is there as long as the process. */
export function temporaryFolder(): string {
  if (folders.length === 0) {
    process.once("exit", () => {
      for (const folder of folders) rmSync(folder, { recursive: true, force: true });
    });
  }
  const folder = mkdtempSync(join(tmpdir(), "corpuslab-vectors-"));
  folders.push(folder);
  return folder;
}

/** Writes `row_key` and the columns to a Parquet file and returns its path. */
export async function writeValues(keys: readonly string[], columns: ValueColumns): Promise<string> {
  const file = join(temporaryFolder(), "values.parquet");
  const buffer = new RowBuffer("computed", [
    ["row_key", "VARCHAR"],
    ...Object.entries(columns).map(([name, { type }]) => [name, type] as const),
  ]);
  buffer.append([keys, ...Object.values(columns).map(({ values }) => values)], keys.length);
  const db = await Db.open({ threads: 1 });
  try {
    db.attach(buffer);
    await db.run(`COPY (FROM computed()) TO ${quoteText(file)} (FORMAT parquet, COMPRESSION zstd)`);
  } finally {
    db.close();
  }
  return file;
}

/** The table with the columns of such a file; what it had under these names is replaced. Rows without a key have nulls. */
export async function withValues(table: Table, file: string): Promise<Table> {
  const values = await open(file);
  const names = (await values.schema).map(({ name }) => name).filter((name) => name !== "row_key");
  const had = (await table.schema).map(({ name }) => name);
  const kept = had.filter((name) => !names.includes(name));
  return await (kept.length === had.length ? table : table.select(kept)).attach(values, { on: "row_key" });
}

/**
 * Writes the values as `flags/<name>.v1/` of a run, shard for shard with its rows, so that `open` shows them from then on;
 * rows without a value have nulls. What stood there is replaced when all is written. Returns the folder.
 * @throws InputError for a folder without rows/.
 */
export async function saveSidecar(run: string, name: string, file: string, facts: object): Promise<string> {
  const shards = parquetFiles(join(run, "rows"));
  if (shards.length === 0) throw new InputError(`save ${run}: no rows/ there; expected the folder of a run`);
  const folder = join(run, "flags", `${name}.v1`);
  const unlock = lockRun(run);
  const building = join(run, ".sidecar-building");
  const db = await Db.open({ threads: 1 });
  try {
    rmSync(building, { recursive: true, force: true });
    writeFileDurably(
      join(building, "flag.json"),
      `${JSON.stringify({ flag: name, version: 1, ...facts, [ROWS_BASIS]: rowsBasis(run) }, null, 2)}\n`,
    );
    const names = (await db.describe(`select * exclude (row_key) from ${readParquet([file])}`)).map(
      (column) => quoteName(column.name),
    );
    for (const shard of shards) {
      const to = join(building, shard);
      writeFileDurably(to, "");
      await db.run(
        `COPY (SELECT r.row_key, ${names.map((column) => `v.${column}`).join(", ")} FROM ` +
          `(SELECT row_key, file_row_number AS n FROM ${readParquet([join(run, "rows", shard)], ", file_row_number = true")}) r ` +
          `LEFT JOIN ${readParquet([file])} v USING (row_key) ORDER BY r.n) TO ${quoteText(to)} (FORMAT parquet, COMPRESSION zstd)`,
      );
    }
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(join(run, "flags"), { recursive: true });
    renameSync(building, folder);
  } finally {
    db.close();
    rmSync(building, { recursive: true, force: true });
    unlock();
  }
  return folder;
}
