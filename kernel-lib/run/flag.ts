/** Flags over a table, in a cell. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Db, quoteText } from "../db";
import { RowBuffer } from "../db/row-buffer";
import { InputError } from "../errors";
import { FLAGS } from "../flag";
import { interruptSignal } from "../interrupt";
import { type OnProgress, withProgress } from "../notebook/progress";
import { JOBS } from "../progress";
import type { Columns } from "../step";
import { checkColumnType } from "../steps/column-check";
import type { FlaggedBy } from "../table/flagged-by";
import type { Table } from "../table/table";
import { chosenFlags, type FlagChoice } from "./choose-flags";
import { FlagBatches, readColumns } from "./flag-batches";
import { MAX_ERRORS, ROW_TIMEOUT_S } from "./limits";
import { tooManyErrors } from "./too-many-errors";

/** Folders of this process, deleted when it ends. */
const folders: string[] = [];

export interface FlagTableOptions {
  /** Folder of promoted steps; default `pipelines/` of the workspace. */
  readonly pipelines?: string;
  /** Rows on which promoted flags may throw before the call fails; default 100. */
  readonly maxErrors?: number;
  /** Seconds that a promoted flag may take for one row; default 60. */
  readonly taskTimeout?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: OnProgress;
}

/**
 * The table with the flags' columns, one value a row; no row is dropped. The table needs the columns that the flags read
 * (a run's rows have them all) and `row_key`. The values are computed now and kept in a temporary file until the process
 * ends. A flag whose columns the table has already gives them anew under `<flag>_<column>`. A promoted flag (`my_flag@2`,
 * or what `promote` answered) runs as in a pipeline; what it threw stands in `<name>_error`.
 *
 * @throws InputError for an unknown flag, refused parameters, and columns that the table does not have.
 * @example
 * const looked = await flag((await open("out/demo")).sample(500), ["repetition", { flag: "form", params: { minChars: 20 } }]);
 * looked.filter("repetitive").select(["id", "repetition_reasons"])
 */
export async function flag(
  table: Table,
  choices: readonly FlagChoice[] | FlagChoice,
  options: FlagTableOptions = {},
): Promise<Table> {
  const { signal = interruptSignal(), onProgress, maxErrors = MAX_ERRORS } = options;
  const flags = chosenFlags(isList(choices) ? choices : [choices], { pipelines: options.pipelines });
  const reads = readColumns(flags);
  const have = new Map((await table.schema).map(({ name, type }) => [name, type]));
  const missing = ["row_key", ...reads].filter((name) => !have.has(name));
  if (missing.length > 0) {
    throw new InputError(
      `flag: ${table.origin} has no column ${missing.join(", ")}; flags read canonical rows: normalize(…) first, then run.rows()`,
    );
  }
  for (const { plan, reads: names } of flags) {
    if (!("step" in plan)) continue;
    for (const name of names) checkColumnType(plan.step, { name, type: have.get(name)! }, table.origin);
  }
  return await withProgress(JOBS.flag, onProgress, async (report) => {
    const total = await table.count({ signal });
    const columns = flags.flatMap(({ name: prefix, columns: written }) =>
      written.map(({ name, type }) => [have.has(name) ? `${prefix}_${name}` : name, type] as const),
    );
    const out = new RowBuffer("flag_out", [["row_key", "VARCHAR"], ...columns]);
    const rowTimeoutMs = 1000 * (options.taskTimeout ?? ROW_TIMEOUT_S);
    const batches = await FlagBatches.open(flags, { limits: () => ({ rowTimeoutMs }), signal });
    try {
      let done = 0;
      for await (const batch of table.select([...new Set(["row_key", ...reads])]).stream({ signal })) {
        const read: Columns = Object.fromEntries(
          reads.map((name) => [name, batch.map((row) => row[name] ?? null)]),
        );
        const keys = batch.map(({ row_key }) => row_key);
        await batches.run(read, keys, (values, some) => out.append([some, ...values.flat()], some.length));
        const problem = tooManyErrors(batches.errors, () => maxErrors);
        if (problem) throw problem;
        done += batch.length;
        report({ stage: "flag", done, unit: "rows", share: done / Math.max(1, total) });
      }
    } finally {
      await batches.close();
    }
    const file = join(temporaryFolder(), "flags.parquet");
    const db = await Db.open({ threads: 1, signal });
    try {
      db.attach(out);
      await db.run(`COPY (FROM flag_out()) TO ${quoteText(file)} (FORMAT parquet, COMPRESSION zstd)`);
    } finally {
      db.close();
    }
    const known = flags.map(
      ({ name: flag, facts, columns: written, plan }): FlaggedBy => ({
        ...{ flag, version: Number(facts.version), params: facts.params as Record<string, unknown> },
        kind: FLAGS.has(flag) ? "built-in" : "classifier" in plan ? "classifier" : "other",
        columns: written.map(({ name, type }) => ({
          ...{ name, type },
          shownAs: have.has(name) ? `${flag}_${name}` : name,
        })),
      }),
    );
    const flagged = await table.attach(file, { on: "row_key" });
    return flagged.with({ flags: [...(table.state.flags ?? []), ...known] });
  });
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
