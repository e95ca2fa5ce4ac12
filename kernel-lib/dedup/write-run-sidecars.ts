/** The result of dedup beside the rows of the runs it was found in: a sidecar that `open(run)` and pools read as columns. */
import { mkdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { Db, quoteText } from "../db";
import { RowBuffer } from "../db/row-buffer";
import { parquetFiles, readParquet } from "../run-folder";
import type { Duplicate } from "./find-duplicates";

/** Folder of the sidecar below a run's flags/. */
export const DUPLICATE_SIDECAR = "duplicate.v1";

/**
 * `flags/duplicate.v1` of each run has the rows of its shards in their order: `duplicate_of`, `duplicate_kind`,
 * `duplicate_similarity` and `duplicate_cluster`, null for rows that stay. An earlier one is replaced, shard by shard.
 */
export async function writeRunSidecars(
  runs: readonly string[],
  duplicates: readonly Duplicate[],
  signal: AbortSignal,
): Promise<void> {
  const columns = ["row_key", "duplicate_of", "kind", "cluster"] as const;
  const buffer = new RowBuffer("found", [
    ...columns.map((name) => [name, "VARCHAR"] as const),
    ["similarity", "DOUBLE"] as const,
  ]);
  for (let from = 0; from < duplicates.length; from += 10_000) {
    const batch = duplicates.slice(from, from + 10_000);
    buffer.append(
      [...columns, "similarity" as const].map((name) => batch.map((duplicate) => duplicate[name])),
      batch.length,
    );
  }
  const db = await Db.open({ threads: 1, signal });
  try {
    db.attach(buffer);
    await db.run("create temp table duplicates as from found()");
    for (const run of runs) {
      rmSync(join(run, "flags", DUPLICATE_SIDECAR), { recursive: true, force: true });
      for (const name of parquetFiles(join(run, "rows"))) {
        const rows = readParquet([join(run, "rows", name)], ", file_row_number = true");
        const path = join(run, "flags", DUPLICATE_SIDECAR, name);
        const temporary = `${path}.tmp`;
        mkdirSync(dirname(path), { recursive: true });
        await db.run(`copy (
          select r.row_key, d.duplicate_of, d.kind as duplicate_kind, d.similarity as duplicate_similarity,
            d.cluster as duplicate_cluster
          from (select row_key, file_row_number as n from ${rows}) r left join duplicates d using (row_key) order by r.n
        ) to ${quoteText(temporary)} (format parquet, compression zstd, row_group_size 122880)`);
        renameSync(temporary, path);
      }
    }
  } finally {
    db.close();
  }
}
