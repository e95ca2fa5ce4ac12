/** The result of dedup beside the rows of the runs it was found in: a sidecar that `open(run)` and pools read as columns. */
import { mkdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { Db, quoteName, quoteText } from "../db";
import { RowBuffer } from "../db/row-buffer";
import { parquetFiles, readParquet } from "../run-folder";
import type { Found } from "./found";
import type { InputRun } from "./planned-input";

/** Folder of the sidecar below a run's flags/. */
export const DUPLICATE_SIDECAR = "duplicate.v1";

/**
 * `flags/duplicate.v1` of each run has the rows of its shards in their order: `duplicate_of`, `duplicate_kind`,
 * `duplicate_similarity` and `duplicate_cluster`, null for rows that stay. An earlier one is replaced, shard by shard.
 */
export async function writeRunSidecars(
  runs: readonly InputRun[],
  { duplicates, tableOf }: Pick<Found, "duplicates" | "tableOf">,
  signal: AbortSignal,
): Promise<void> {
  const columns = ["row_key", "duplicate_of", "kind", "cluster"] as const;
  const buffer = new RowBuffer("found", [
    ...columns.map((name) => [name, "VARCHAR"] as const),
    ["similarity", "DOUBLE"] as const,
    [TABLE, "DOUBLE"] as const,
  ]);
  for (let from = 0; from < duplicates.length; from += 10_000) {
    const batch = duplicates.slice(from, from + 10_000);
    buffer.append(
      [
        ...[...columns, "similarity" as const].map((name) => batch.map((duplicate) => duplicate[name])),
        tableOf.slice(from, from + 10_000),
      ],
      batch.length,
    );
  }
  await writeRowSidecar(
    runs,
    {
      folder: DUPLICATE_SIDECAR,
      found: buffer,
      columns: [
        { name: "duplicate_of", shownAs: "duplicate_of" },
        { name: "kind", shownAs: "duplicate_kind" },
        { name: "similarity", shownAs: "duplicate_similarity" },
        { name: "cluster", shownAs: "duplicate_cluster" },
      ],
    },
    signal,
  );
}

/** The column of found rows that says of which table a row is, see `InputRun`. */
export const TABLE = "of_table";

/** Rows by their row_key and table, and which of their columns a sidecar gets under which name. */
export interface SidecarRows {
  /** Below flags/: `<name>.v<N>`. */
  readonly folder: string;
  readonly found: RowBuffer;
  readonly columns: readonly { readonly name: string; readonly shownAs: string }[];
}

/** The sidecar has the rows of each run's shards in their order; null for rows that were not found. An earlier one is replaced. */
export async function writeRowSidecar(
  runs: readonly InputRun[],
  { folder, found, columns }: SidecarRows,
  signal: AbortSignal,
): Promise<void> {
  const selected = columns
    .map(({ name, shownAs }) => `f.${quoteName(name)} as ${quoteName(shownAs)}`)
    .join(", ");
  const db = await Db.open({ threads: 1, signal });
  try {
    db.attach(found);
    await db.run(`create temp table found_rows as from ${found.name}()`);
    for (const { path: run, table } of runs) {
      rmSync(join(run, "flags", folder), { recursive: true, force: true });
      for (const name of parquetFiles(join(run, "rows"))) {
        const rows = readParquet([join(run, "rows", name)], ", file_row_number = true");
        const path = join(run, "flags", folder, name);
        const temporary = `${path}.tmp`;
        mkdirSync(dirname(path), { recursive: true });
        await db.run(`copy (
          select r.row_key, ${selected}
          from (select row_key, file_row_number as n from ${rows}) r left join found_rows f on f.row_key = r.row_key and f.${TABLE} = ${table} order by r.n
        ) to ${quoteText(temporary)} (format parquet, compression zstd, row_group_size 122880)`);
        renameSync(temporary, path);
      }
    }
  } finally {
    db.close();
  }
}
