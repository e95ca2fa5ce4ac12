/** Flags over a table, in a cell. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Db, quoteText } from "../db";
import { RowBuffer } from "../db/row-buffer";
import { InputError } from "../errors";
import { interruptSignal } from "../interrupt";
import { type OnProgress, withProgress } from "../notebook/progress";
import { JOBS } from "../progress";
import { type Columns, writtenColumns } from "../step";
import type { Table, TableRow } from "../table/table";
import { chosenFlags, type FlagChoice, prepareFlags, readColumns, runFlags } from "./flag-batches";

/** Folders of this process, deleted when it ends. */
const folders: string[] = [];

/**
 * The table with the flags' columns, one value a row; no row is dropped. The table needs the columns that the flags read
 * (a run's rows have them all) and `row_key`. The values are computed now and kept in a temporary file until the process
 * ends. A flag whose columns the table has already gives them anew under `<flag>_<column>`.
 *
 * @throws InputError for an unknown flag, refused parameters, and columns that the table does not have.
 * @example
 * const looked = await flag((await open("out/demo")).sample(500), ["repetition", { flag: "form", params: { minChars: 20 } }]);
 * looked.filter("repetitive").select(["id", "repetition_reasons"])
 */
export async function flag(
  table: Table,
  choices: readonly FlagChoice[] | FlagChoice,
  {
    signal = interruptSignal(),
    onProgress,
  }: { readonly signal?: AbortSignal; readonly onProgress?: OnProgress } = {},
): Promise<Table> {
  const flags = chosenFlags(isList(choices) ? choices : [choices]);
  const reads = readColumns(flags);
  const have = new Set((await table.schema).map(({ name }) => name));
  const missing = ["row_key", ...reads].filter((name) => !have.has(name));
  if (missing.length > 0) {
    throw new InputError(
      `flag: ${table.origin} has no column ${missing.join(", ")}; flags read canonical rows: normalize(…) first, then run.rows()`,
    );
  }
  await prepareFlags(flags);
  return await withProgress(JOBS.flag, onProgress, async (report) => {
    const total = await table.count({ signal });
    const columns = flags.flatMap(({ step }) =>
      writtenColumns(step).map(
        ({ name, type }) => [have.has(name) ? `${step.name}_${name}` : name, type] as const,
      ),
    );
    const out = new RowBuffer("flag_out", [["row_key", "VARCHAR"], ...columns]);
    let done = 0;
    for await (const batch of table.select([...new Set(["row_key", ...reads])]).stream({ signal })) {
      append(out, batch, flags, reads);
      done += batch.length;
      report({ stage: "flag", done, unit: "rows", share: done / Math.max(1, total) });
    }
    const file = join(temporaryFolder(), "flags.parquet");
    const db = await Db.open({ threads: 1, signal });
    try {
      db.attach(out);
      await db.run(`COPY (FROM flag_out()) TO ${quoteText(file)} (FORMAT parquet, COMPRESSION zstd)`);
    } finally {
      db.close();
    }
    return await table.attach(file, { on: "row_key" });
  });
}

function append(
  out: RowBuffer,
  batch: readonly TableRow[],
  flags: ReturnType<typeof chosenFlags>,
  reads: readonly string[],
): void {
  const columns: Columns = Object.fromEntries(
    reads.map((name) => [name, batch.map((row) => row[name] ?? null)]),
  );
  const values: (readonly unknown[])[] = [];
  let at = 0;
  runFlags(flags, columns, batch.length, (flagIndex, written, from, count) => {
    values.push(...written);
    if (flagIndex < flags.length - 1) return;
    out.append([batch.slice(from, from + count).map((row) => row.row_key), ...values.splice(0)], count);
    at += count;
  });
  if (at !== batch.length) throw new Error(`flag: ${at} of ${batch.length} rows were flagged`);
}

function temporaryFolder(): string {
  if (folders.length === 0) {
    process.once("exit", () => {
      for (const folder of folders) rmSync(folder, { recursive: true, force: true });
    });
  }
  const folder = mkdtempSync(join(tmpdir(), "corpuslab-flags-"));
  folders.push(folder);
  return folder;
}

function isList(choices: readonly FlagChoice[] | FlagChoice): choices is readonly FlagChoice[] {
  return Array.isArray(choices);
}
