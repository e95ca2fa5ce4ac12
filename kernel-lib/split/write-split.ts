/** A split on disk: a line for each row, the counts, and a sidecar beside the rows of runs. */
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Db, quoteText } from "../db";
import { RowBuffer } from "../db/row-buffer";
import type { InputRun } from "../dedup/planned-input";
import { TABLE, writeRowSidecar } from "../dedup/write-run-sidecars";
import { InputError } from "../errors";
import type { SplitResult, SplitRow } from "./split-result";

const OWN_FILES = ["split.parquet", "split.json"] as const;

/** Folder of the sidecar below a run's flags/. */
export const SPLIT_SIDECAR = "split.v1";

/** @throws InputError where an earlier split stands that may not be replaced. */
export function prepareSplitFolder(out: string, { overwrite }: { readonly overwrite: boolean }): void {
  const there = OWN_FILES.filter((name) => existsSync(join(out, name)));
  if (there.length > 0 && !overwrite)
    throw new InputError(
      `${out}: holds an earlier split (${there.join(", ")}); give --overwrite or another --out`,
    );
  for (const name of there) rmSync(join(out, name));
  mkdirSync(out, { recursive: true });
}

/** `split.parquet`: row_key, id, split_assigned, split_group of each row, in the order of the tables; `split.json`. */
export async function writeSplit(result: SplitResult, out: string, signal: AbortSignal): Promise<void> {
  const db = await Db.open({ threads: 1, signal });
  try {
    db.attach(buffered(result));
    await db.run(
      `copy (select * exclude (${TABLE}) from split()) to ${quoteText(join(out, OWN_FILES[0]))} (format parquet, compression zstd, row_group_size 122880)`,
    );
  } finally {
    db.close();
  }
  writeFileSync(join(out, OWN_FILES[1]), `${JSON.stringify(result.toJSON(), null, 2)}\n`);
}

/** `flags/split.v1` of each run: `split_assigned` and `split_group`, the rows of its shards in their order. */
export async function writeSplitSidecars(
  result: SplitResult,
  runs: readonly InputRun[],
  signal: AbortSignal,
): Promise<void> {
  const columns = ["split_assigned", "split_group"].map((name) => ({ name, shownAs: name }));
  await writeRowSidecar(runs, { folder: SPLIT_SIDECAR, found: buffered(result), columns }, signal);
}

const COLUMNS = ["row_key", "id", "split_assigned", "split_group"] as const;

function buffered(result: SplitResult): RowBuffer {
  const buffer = new RowBuffer("split", [
    ...COLUMNS.map((name) => [name, "VARCHAR"] as const),
    [TABLE, "DOUBLE"] as const,
  ]);
  let batch: SplitRow[] = [];
  const tables = result.tables();
  const flush = () => {
    buffer.append(
      [
        ...COLUMNS.map((name) => batch.map((row) => row[name])),
        batch.map(() => tables.next().value as number),
      ],
      batch.length,
    );
    batch = [];
  };
  for (const row of result.assigned()) if (batch.push(row) === 10_000) flush();
  if (batch.length > 0) flush();
  return buffer;
}
