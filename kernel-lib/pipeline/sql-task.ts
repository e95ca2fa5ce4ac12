/** Task: the rows of one part through predicates that DuckDB decides → verdicts. No row comes into JavaScript. */
import { Db, quoteName } from "../db";
import type { TaskContext } from "../engine/engine";
import { filterSql } from "../steps/filter-sql";
import { beforeColumns, finishDecided, type Said } from "./decided-part";
import { KEPT, partSql } from "./part-rows";
import type { PartSpec, SegmentSummary } from "./part-spec";

export async function task(spec: unknown, context: TaskContext): Promise<SegmentSummary> {
  const given = spec as PartSpec;
  const { rows, steps } = given;
  const db = await Db.open({ threads: 1, memoryLimit: "400MB", signal: context.signal });
  try {
    const before = rows.verdicts
      ? [`__corpuslab_step as ${OWN.before_step}`, `__corpuslab_reason as ${OWN.before_reason}`]
      : [];
    const said: Said[] = [];
    const earlier = beforeColumns(given);
    const names = [...earlier.map((name) => OWN[name]), ...rows.columns.map(({ name }) => quoteName(name))];
    const start = `select *, 0 as ${OWN.code} from (${partSql(rows, context.out, { ofVerdicts: before })})`;
    const decided = steps.reduce((from, step, at) => {
      const { undecided, code, reasons } = filterSql(step);
      const first = said.length + 1;
      said.push({ step: at, reason: null }, ...reasons.map((reason) => ({ step: at, reason })));
      const answer = `case when ${undecided} then ${first} else ${code(first + 1)} end`;
      // Rows that are out are not asked: a predicate may fail on them.
      const asked = `case when ${KEPT} and ${OWN.code} = 0 then ${answer} else ${OWN.code} end`;
      return `select ${[KEPT, ...names].join(", ")}, ${asked} as ${OWN.code} from (${from})`;
    }, start);
    const shown = [`${KEPT} as kept`, ...earlier.map((name) => `${OWN[name]} as ${name}`)].join(", ");
    await db.run(
      `create temp table decided as select ${shown}, ${OWN.code}::usmallint as code from (${decided})`,
    );
    return await finishDecided(db, { table: "decided", said }, given, context);
  } finally {
    db.close();
  }
}

/** Columns beside those of the rows, which may have any name: `code` is a good one for a flag. */
const OWN = {
  before_step: "__corpuslab_before_step",
  before_reason: "__corpuslab_before_reason",
  code: "__corpuslab_code",
} as const;
