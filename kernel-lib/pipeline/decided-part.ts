/** What DuckDB decided about the rows of one part, in a temporary table → its verdict file, counts and quarantine. */
import { join } from "node:path";
import { type Db, quoteText } from "../db";
import type { TaskContext } from "../engine/engine";
import { readParquet } from "../run-folder";
import { UNDECIDED } from "../steps/filter-sql";
import { readLimits, TooManyErrors } from "./limits";
import type { PartSpec, SegmentSummary } from "./part-spec";
import { StepQuarantine } from "./quarantine";
import { ERROR_REASON, TallyCounter } from "./step-counts";

/**
 * Columns of the table, whose rows are those of the part in their order: `kept` before the segment, what was said of
 * those that were not, and for the others the `step` that drops them (its number, null for none), with the `reason`, which
 * is null where the step could not decide.
 */
export const DECIDED_COLUMNS = ["kept", "before_step", "before_reason", "step", "reason"] as const;

/** @throws TooManyErrors when steps could not decide about more rows than the run may have. */
export async function finishDecided(
  db: Db,
  table: string,
  spec: PartSpec,
  context: TaskContext,
): Promise<SegmentSummary> {
  const { part, steps, verdicts } = spec;
  const { rows } = await db.one<{ rows: number }>(`select count(*) as rows from ${table}`);
  if (rows !== part.rows) throw new Error(`${part.id}: read ${rows} rows, expected ${part.rows}`);
  await quarantineUndecided(db, table, spec, context);
  // Not a list and its element: that builds the list for each row.
  const ref = `case step ${steps.map((step, i) => `when ${i} then ${quoteText(step.ref)}`).join(" ")} end`;
  await db.run(
    `copy (select kept and step is null as kept, case when kept then ${ref} else before_step end as step,
       case when not kept then before_reason when step is not null then coalesce(reason, ${quoteText(ERROR_REASON)}) end as reason
       from ${table}) to ${quoteText(context.file(verdicts))} (format parquet, compression zstd)`,
  );
  context.setRows(verdicts, rows);
  return { rows, tally: (await counted(db, table, spec)).tally };
}

async function counted(db: Db, table: string, { part, steps, splits }: PartSpec): Promise<TallyCounter> {
  const counter = new TallyCounter(steps.length, splits);
  const lines = await db.all<{ split: number; step: number | null; reason: string | null; rows: number }>(
    `select ${splitSql(part.shards)} as split, step, reason, count(*) as rows from ${table} where kept group by all`,
  );
  for (const { split, step, reason, rows } of lines) {
    for (let passed = 0; passed < (step ?? steps.length); passed++) counter.kept(passed, split, rows);
    if (step === null) continue;
    if (reason === null) counter.failed(step, split, rows);
    else counter.rejected(step, split, reason, rows);
  }
  return counter;
}

/** The split of a row, from its place in the table. */
function splitSql(shards: PartSpec["part"]["shards"]): string {
  const cases: string[] = [];
  let end = 0;
  shards.forEach((shard, i) => {
    end += shard.rows;
    if (shards[i + 1]?.split !== shard.split) cases.push(`when rowid < ${end} then ${shard.split}`);
  });
  return cases.length <= 1 ? `${shards[0]?.split ?? 0}` : `case ${cases.join(" ")} end`;
}

async function quarantineUndecided(
  db: Db,
  table: string,
  { part, rows, steps, quarantine }: PartSpec,
  context: TaskContext,
): Promise<void> {
  const where = "kept and step is not null and reason is null";
  const { n } = await db.one<{ n: number }>(`select count(*) as n from ${table} where ${where}`);
  if (n === 0) return;
  const { maxErrors } = readLimits(context.out);
  const lines = await db.all<{ place: number; step: number }>(
    `select rowid as place, step from ${table} where ${where} order by rowid limit ${maxErrors + 1}`,
  );
  const paths = part.shards.map(({ name }) => join(rows.base, "rows", name));
  const keys = await db.all<{ row_key: string }>(
    `select row_key from (select row_key, row_number() over () - 1 as place from ${readParquet(paths)})
     where place in (${lines.map(({ place }) => place).join(", ")}) order by place`,
  );
  if (n > maxErrors) {
    throw new TooManyErrors(
      n,
      maxErrors,
      `step ${steps[lines[0]!.step]!.ref}: row ${keys[0]!.row_key}: ${UNDECIDED}`,
    );
  }
  const file = new StepQuarantine(() => context.file(`${quarantine}/${part.id}.jsonl`));
  lines.forEach(({ step }, i) => {
    const { name, version } = steps[step]!;
    file.add({ row_key: keys[i]!.row_key, step: name, version, message: UNDECIDED });
  });
  file.close();
}
