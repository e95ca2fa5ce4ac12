/** Files that belong to the run as a whole, made when all shards are there. */

import { once } from "node:events";
import { createWriteStream, existsSync, renameSync } from "node:fs";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { Db, literalPath, quoteList } from "../db";
import { ShardError } from "../errors";
import { readParquet } from "../run-folder";
import { listFiles, statePath } from "./commit";
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
  file.write("{");
  if (parts.length > 0) {
    const db = await Db.open({ threads: 1, memoryLimit: "400MB" });
    try {
      const query = `SELECT id, any_value(json) AS json FROM ${readParquet(parts)} GROUP BY id ORDER BY id`;
      let separator = "\n";
      for await (const batch of db.stream<{ id: string; json: string }>(query)) {
        for (const { id, json } of batch) {
          if (!file.write(`${separator}${JSON.stringify(id)}: ${json}`)) {
            await once(file, "drain");
          }
          separator = ",\n";
        }
      }
    } finally {
      db.close();
    }
  }
  file.end("\n}\n");
  await finished(file);
  renameSync(temporary, join(out, CATALOG));
}

/**
 * Nothing happens when the Parquet files hold as many rows as the ledger says.
 * @throws ShardError when a shard is missing or has other rows: the last check before a run counts as finished.
 */
export async function assertRowCounts(out: string, ledger: Ledger, shards: readonly string[]): Promise<void> {
  const paths = shards.map((name) => join(out, "rows", name));
  const missing = paths.filter((path) => !existsSync(path));
  if (missing.length > 0) throw new ShardError(`shard ${missing[0]} is missing: run again with --resume`);
  if (paths.length === 0) return;
  const db = await Db.open({ threads: 1, memoryLimit: "200MB" });
  try {
    const { n } = await db.one<{ n: number }>(
      `SELECT coalesce(sum(num_rows), 0)::BIGINT AS n FROM parquet_file_metadata(${quoteList(paths.map(literalPath))})`,
    );
    const stages = [...new Set(ledger.splits.map(({ stage }) => stage))];
    const last = ledger.splits.filter(({ stage }) => stage === stages[stages.length - 1]);
    const expected = sum(last.map(({ rows_out }) => rows_out));
    if (n !== expected) {
      throw new ShardError(
        `rows/ holds ${n} rows, the ledger says ${expected}: do not use ${out}, report this`,
      );
    }
  } finally {
    db.close();
  }
}
