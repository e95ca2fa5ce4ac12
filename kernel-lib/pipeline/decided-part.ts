/** What DuckDB decided about the rows of one part, in a temporary table → its verdict file, counts and quarantine. */
import { join } from "node:path";
import { type Db, quoteText } from "../db";
import type { TaskContext } from "../engine/engine";
import { readLimits, TooManyErrors } from "../run/limits";
import { readParquet } from "../run-folder";
import { UNDECIDED } from "../steps/filter-sql";
import type { PartSpec, SegmentSummary } from "./part-spec";
import { StepQuarantine } from "./quarantine";
import { ERROR_REASON, TallyCounter } from "./step-counts";

/** What a code in the table says: the step that drops the row, by its number, and why; null where it could not decide. */
export interface Said {
  readonly step: number;
  readonly reason: string | null;
}

/**
 * Its rows are those of the part in their order. `kept` says whether a row was in before the segment, `beforeColumns` what
 * was said of those that were not, and `code` what the segment says: 0 for rows that stay, else the place in `said`, from 1.
 */
export interface Decided {
  readonly table: string;
  readonly said: readonly Said[];
}

/** Columns for what was said before the segment; none where nothing was. */
export function beforeColumns({ rows }: PartSpec): readonly ("before_step" | "before_reason")[] {
  return rows.verdicts ? ["before_step", "before_reason"] : [];
}

/** @throws TooManyErrors when steps could not decide about more rows than the run may have. */
export async function finishDecided(
  db: Db,
  decided: Decided,
  spec: PartSpec,
  context: TaskContext,
): Promise<SegmentSummary> {
  const { part, verdicts } = spec;
  const { rows } = await db.one<{ rows: number }>(`select count(*) as rows from ${decided.table}`);
  if (rows !== part.rows) throw new Error(`${part.id}: read ${rows} rows, expected ${part.rows}`);
  const counter = await counted(db, decided, spec);
  await quarantineUndecided(db, decided, spec, context);
  await db.run(
    `copy (${verdictSql(decided, spec)}) to ${quoteText(context.file(verdicts))} (format parquet, compression zstd)`,
  );
  context.setRows(verdicts, rows);
  return { rows, tally: counter.tally };
}

/** Few texts for many rows: as enums they reach the file's dictionaries three times faster. */
function verdictSql({ table, said }: Decided, spec: PartSpec): string {
  const texts = (of: (one: Said) => string, before: string): string => {
    if (said.length === 0) return "null::varchar";
    const type = `enum(${[...new Set(said.map(of))].map(quoteText).join(", ")})`;
    const cases = said.map((one, i) => `when ${i + 1} then ${quoteText(of(one))}::${type}`).join(" ");
    const own = `case code ${cases} end`;
    return spec.rows.verdicts ? `case when kept then (${own})::varchar else ${before} end` : own;
  };
  const step = texts((one) => spec.steps[one.step]!.ref, "before_step");
  const reason = texts((one) => one.reason ?? ERROR_REASON, "before_reason");
  return `select kept and code = 0 as kept, ${step} as step, ${reason} as reason from ${table}`;
}

async function counted(
  db: Db,
  { table, said }: Decided,
  { part, steps, splits }: PartSpec,
): Promise<TallyCounter> {
  const counter = new TallyCounter(steps.length, splits);
  const lines = await db.all<{ split: number; code: number; rows: number }>(
    `select ${splitSql(part.shards)} as split, code, count(*) as rows from ${table} where kept group by all`,
  );
  for (const { split, code, rows } of lines) {
    const one = said[code - 1];
    for (let passed = 0; passed < (one?.step ?? steps.length); passed++) counter.kept(passed, split, rows);
    if (!one) continue;
    if (one.reason === null) counter.failed(one.step, split, rows);
    else counter.rejected(one.step, split, one.reason, rows);
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
  { table, said }: Decided,
  { part, rows, steps, quarantine }: PartSpec,
  context: TaskContext,
): Promise<void> {
  const undecided = said.flatMap(({ reason }, i) => (reason === null ? [i + 1] : []));
  const where = `kept and code in (${undecided.join(", ")})`;
  const { n } = await db.one<{ n: number }>(`select count(*) as n from ${table} where ${where}`);
  if (n === 0) return;
  const { maxErrors } = readLimits(context.out);
  const lines = await db.all<{ place: number; code: number }>(
    `select rowid as place, code from ${table} where ${where} order by rowid limit ${maxErrors + 1}`,
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
      `step ${steps[said[lines[0]!.code - 1]!.step]!.ref}: row ${keys[0]!.row_key}: ${UNDECIDED}`,
    );
  }
  const file = new StepQuarantine(() => context.file(`${quarantine}/${part.id}.jsonl`));
  lines.forEach(({ code }, i) => {
    const { name, version } = steps[said[code - 1]!.step]!;
    file.add({ row_key: keys[i]!.row_key, step: name, version, message: UNDECIDED });
  });
  file.close();
}
