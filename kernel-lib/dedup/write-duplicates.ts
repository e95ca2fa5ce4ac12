/** The result of dedup on disk: a sidecar of the dropped rows, and what was found in numbers. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Db, quoteText } from "../db";
import { RowBuffer } from "../db/row-buffer";
import type { DecontaminationResult } from "./contamination";
import { dedupBundle } from "./dedup-display";
import { dedupPage } from "./dedup-page";
import type { DedupResult } from "./dedup-result";

type Columns = readonly (readonly [name: string, type: string])[];

const DUPLICATES: Columns = [
  ["row_key", "VARCHAR"],
  ["id", "VARCHAR"],
  ["duplicate_of", "VARCHAR"],
  ["kind", "VARCHAR"],
  ["similarity", "DOUBLE"],
  ["cluster", "VARCHAR"],
];

const CONTAMINATION: Columns = [
  ["row_key", "VARCHAR"],
  ["id", "VARCHAR"],
  ["eval", "VARCHAR"],
  ["item", "VARCHAR"],
  ["kind", "VARCHAR"],
  ["coverage", "DOUBLE"],
  ["span", "VARCHAR"],
];

/** `duplicates.parquet`: a line for each dropped row, sorted by row_key; `dedup.json`: settings and counts; `dedup.html`: the report. */
export async function writeDuplicates(result: DedupResult, out: string): Promise<void> {
  await writeParquet(DUPLICATES, result.duplicates, join(out, "duplicates.parquet"));
  writeFileSync(join(out, "dedup.html"), dedupPage(dedupBundle(result)["text/html"]));
  writeFileSync(join(out, "dedup.json"), `${JSON.stringify(result.toJSON(), null, 2)}\n`);
}

/** `contaminated.parquet`: a line for each row and item it holds, sorted by row_key. */
export async function writeContamination(
  { contaminated }: DecontaminationResult,
  out: string,
): Promise<void> {
  mkdirSync(out, { recursive: true });
  await writeParquet(CONTAMINATION, contaminated, join(out, "contaminated.parquet"));
}

async function writeParquet(columns: Columns, rows: readonly object[], path: string): Promise<void> {
  const buffer = new RowBuffer("found", columns);
  for (let from = 0; from < rows.length; from += 10_000) {
    const batch = rows.slice(from, from + 10_000) as readonly Readonly<Record<string, unknown>>[];
    buffer.append(
      columns.map(([name]) => batch.map((row) => row[name])),
      batch.length,
    );
  }
  const db = await Db.open({ threads: 1 });
  try {
    db.attach(buffer);
    await db.run(
      `copy (from found()) to ${quoteText(path)} (format parquet, compression zstd, row_group_size 122880)`,
    );
  } finally {
    db.close();
  }
}
