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
    const before = rows.verdicts
      ? [`__corpuslab_step as ${OWN.beforeStep}`, `__corpuslab_reason as ${OWN.beforeReason}`]
      : [`null::varchar as ${OWN.beforeStep}`, `null::varchar as ${OWN.beforeReason}`];
    const names = rows.columns.map(({ name }) => quoteName(name));
    const start = `select *, null::integer as ${OWN.step}, null::varchar as ${OWN.reason} from (${partSql(rows, context.out, { ofVerdicts: before })})`;
    const decided = steps.reduce((from, step, i) => decidedSql(from, step, i, names), start);
    await db.run(
      `create temp table decided as select ${KEPT} as kept, ${OWN.beforeStep} as before_step,
         ${OWN.beforeReason} as before_reason, ${OWN.step} as step, ${OWN.reason} as reason from (${decided})`,
    );
    return await finishDecided(db, "decided", given, context);
  } finally {
    db.close();
  }
}

/** Columns beside those of the rows, which may have any name: `reason` is a good one for a flag. */
const OWN = {
  beforeStep: "__corpuslab_before_step",
  beforeReason: "__corpuslab_before_reason",
  step: "__corpuslab_now_step",
  reason: "__corpuslab_now_reason",
  undecided: "__corpuslab_now_undecided",
  drops: "__corpuslab_now_drops",
} as const;

/** A predicate is asked about rows that are still in, and about no others: it may fail on rows that are out. */
function decidedSql(from: string, step: PinnedStep, at: number, names: readonly string[]): string {
  const { undecided, reason } = filterSql(step);
  const own = [KEPT, OWN.beforeStep, OWN.beforeReason, ...names].join(", ");
  const asked = `select *, case when ${KEPT} and ${OWN.step} is null then ${undecided} else false end as ${OWN.undecided},
    case when ${KEPT} and ${OWN.step} is null then ${reason} end as ${OWN.drops} from (${from})`;
  return `select ${own}, case when ${OWN.undecided} or ${OWN.drops} is not null then ${at} else ${OWN.step} end as ${OWN.step},
    case when ${OWN.undecided} then null else coalesce(${OWN.drops}, ${OWN.reason}) end as ${OWN.reason} from (${asked})`;
}
