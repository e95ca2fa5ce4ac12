/** Task: the rows of one part through predicates that DuckDB decides → verdicts. No row comes into JavaScript. */
import { Db, quoteName } from "../db";
import type { TaskContext } from "../engine/engine";
import { filterSql } from "../steps/filter-sql";
import type { PinnedStep } from "../steps/pinned-step";
import { finishDecided } from "./decided-part";
import { KEPT, partSql } from "./part-rows";
import type { PartSpec, SegmentSummary } from "./part-spec";

export async function task(spec: unknown, context: TaskContext): Promise<SegmentSummary> {
  const given = spec as PartSpec;
  const { rows, steps } = given;
  const db = await Db.open({ threads: 1, memoryLimit: "400MB", signal: context.signal });
  try {
    // Left joins keep the order of their left side only when DuckDB does not swap the sides.
    await db.run("set disabled_optimizers = 'build_side_probe_side'");
    const before = rows.verdicts
      ? ["__corpuslab_step as before_step", "__corpuslab_reason as before_reason"]
      : ["null::varchar as before_step", "null::varchar as before_reason"];
    const names = rows.columns.map(({ name }) => quoteName(name));
    const start = `select *, null::integer as step, null::varchar as reason from (${partSql(rows, context.out, { ofVerdicts: before })})`;
    const decided = steps.reduce((from, step, i) => decidedSql(from, step, i, names), start);
    await db.run(
      `create temp table decided as select ${KEPT} as kept, before_step, before_reason, step, reason from (${decided})`,
    );
    return await finishDecided(db, "decided", given, context);
  } finally {
    db.close();
  }
}

/** A predicate is asked about rows that are still in, and about no others: it may fail on rows that are out. */
function decidedSql(from: string, step: PinnedStep, at: number, names: readonly string[]): string {
  const { undecided, reason } = filterSql(step);
  const own = [KEPT, "before_step", "before_reason", ...names].join(", ");
  const asked = `select *, case when ${KEPT} and step is null then ${undecided} else false end as __u,
    case when ${KEPT} and step is null then ${reason} end as __r from (${from})`;
  return `select ${own}, case when __u or __r is not null then ${at} else step end as step,
    case when __u then null else coalesce(__r, reason) end as reason from (${asked})`;
}
