/** Files that belong to the run as a whole, made when all shards are there. */

import { once } from "node:events";
import { createWriteStream, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { Db, literalPath, quoteList } from "../db";
import { listFiles, statePath } from "../engine/commit";
import { ShardError } from "../errors";
import { parquetFiles, readParquet } from "../run-folder";
import { type Ledger, sum } from "./ledger";

const CATALOG = "tools_catalog.json";

/**
 * Writes tools_catalog.json: source_tools_id → tool schemas (canonical JSON), sorted by id. Streams, so that a
 * million distinct tool sets need no more memory than one.
 */
export async function writeToolsCatalog(out: string): Promise<void> {
  const folder = statePath(out, "tools");
  const parts = listFiles(folder).map((name) => join(folder, name));
  const temporary = statePath(out, CATALOG);
  const file = createWriteStream(temporary);
  const done = finished(file);
  done.catch(() => undefined); // a failure to write is reported where it is awaited
  file.write("{");
  if (parts.length > 0) {
    const db = await Db.open({ threads: 1, memoryLimit: "400MB" });
    try {
      const query = `SELECT id, any_value(json) AS json FROM ${readParquet(parts)} GROUP BY id ORDER BY id`;
      let separator = "\n";
      for await (const batch of db.stream<{ id: string; json: string }>(query)) {
        for (const { id, json } of batch) {
          if (!file.write(`${separator}${JSON.stringify(id)}: ${json}`)) {
            await Promise.race([once(file, "drain"), done]);
          }
          separator = ",\n";
        }
      }
    } finally {
      db.close();
    }
  }
  file.end("\n}\n");
  await done;
  renameSync(temporary, join(out, CATALOG));
}

/**
 * Takes away data files that no task of this run wrote: shards of an input that was longer before it was mended. What
 * stands below a folder of `keep` is somebody else's.
 */
export function removeOrphans(out: string, written: ReadonlySet<string>, keep: readonly string[] = []): void {
  for (const folder of ["rows", "rejected", "flags", "decisions", "quarantine", ".run/tools"]) {
    for (const name of listFiles(join(out, folder))) {
      const path = `${folder}/${name}`;
      if (!written.has(path) && !keep.some((kept) => path.startsWith(kept))) rmSync(join(out, path));
    }
  }
}

/**
 * Nothing happens when the Parquet files that a reader finds below rows/ hold as many rows as the ledger says.
 * @throws ShardError when they do not: the last check before a run counts as finished.
 */
export async function assertRowCounts(out: string, ledger: Ledger): Promise<void> {
  const paths = parquetFiles(join(out, "rows")).map((name) => join(out, "rows", name));
  const db = await Db.open({ threads: 1, memoryLimit: "200MB" });
  try {
    const counted =
      paths.length === 0
        ? { n: 0 }
        : await db.one<{ n: number }>(
            `SELECT coalesce(sum(num_rows), 0)::BIGINT AS n FROM parquet_file_metadata(${quoteList(paths.map(literalPath))})`,
          );
    const stages = [...new Set(ledger.splits.map(({ stage }) => stage))];
    const last = ledger.splits.filter(({ stage }) => stage === stages[stages.length - 1]);
    const expected = sum(last.map(({ rows_out }) => rows_out));
    if (counted.n !== expected) {
      throw new ShardError(
        `rows/ holds ${counted.n} rows, the ledger says ${expected}: do not use ${out}, report this`,
      );
    }
  } finally {
    db.close();
  }
}
