/** The result of dedup on disk: a sidecar of the dropped rows, and what was found in numbers. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Db, quoteText } from "../db";
import { RowBuffer } from "../db/row-buffer";
import type { DedupResult } from "./dedup-result";

const COLUMNS = [
  ["row_key", "VARCHAR"],
  ["id", "VARCHAR"],
  ["duplicate_of", "VARCHAR"],
  ["kind", "VARCHAR"],
  ["similarity", "DOUBLE"],
  ["cluster", "VARCHAR"],
] as const;

/** `duplicates.parquet`: a line for each dropped row, sorted by row_key; `dedup.json`: settings and counts. */
export async function writeDuplicates(result: DedupResult, out: string): Promise<void> {
  const buffer = new RowBuffer("found", COLUMNS);
  const { duplicates } = result;
  for (let from = 0; from < duplicates.length; from += 10_000) {
    const batch = duplicates.slice(from, from + 10_000);
    buffer.append(
      COLUMNS.map(([name]) => batch.map((duplicate) => duplicate[name])),
      batch.length,
    );
  }
  const db = await Db.open({ threads: 1 });
  try {
    db.attach(buffer);
    const path = quoteText(join(out, "duplicates.parquet"));
    await db.run(`copy (from found()) to ${path} (format parquet, compression zstd, row_group_size 122880)`);
  } finally {
    db.close();
  }
  writeFileSync(join(out, "dedup.json"), `${JSON.stringify(result.toJSON(), null, 2)}\n`);
}
