/** Task: the places that a rule over groups drops → the verdicts of one part. */
import { join } from "node:path";
import { Db, quoteText } from "../db";
import type { TaskContext } from "../engine/engine";
import { readParquet } from "../run-folder";
import { filterSql } from "../steps/filter-sql";
import { beforeColumns, finishDecided, type Said } from "./decided-part";
import { verdictsIn } from "./part-rows";
import type { PartSpec, SegmentSummary } from "./part-spec";
import { sliceSql } from "./verdict-writer";

export interface GroupSpec extends PartSpec {
  /** What the reduce task wrote, relative to the output folder. */
  readonly dropped: string;
}

export async function task(spec: unknown, context: TaskContext): Promise<SegmentSummary> {
  const given = spec as GroupSpec;
  const { part, rows, dropped } = given;
  const db = await Db.open({ threads: 1, memoryLimit: "400MB", signal: context.signal });
  try {
    const reasons = filterSql(given.steps[0]!).reasons;
    const said: Said[] = [null, ...reasons].map((reason) => ({ step: 0, reason }));
    const codes = reasons.map((reason, i) => `when d.reason = ${quoteText(reason)} then ${i + 2}`);
    const before = verdictsIn(rows, context.out);
    const end = part.start + part.rows;
    const verdicts = before
      ? `select *, ${part.start} + row_number() over () - 1 as place from (${sliceSql(before)})`
      : `select true as kept, null::varchar as step, null::varchar as reason, range as place from range(${part.start}, ${end})`;
    await db.run(
      `create temp table decided as
       select v.kept, ${beforeColumns(given).length > 0 ? "v.step as before_step, v.reason as before_reason, " : ""}
         (case when d.place is null then 0 when d.reason is null then 1 ${codes.join(" ")} end)::usmallint as code
       from (${verdicts}) v left join (
         select place, reason from ${readParquet([join(context.out, dropped)])} where place >= ${part.start} and place < ${end}
       ) d on d.place = v.place order by v.place`,
    );
    return await finishDecided(db, { table: "decided", said }, given, context);
  } finally {
    db.close();
  }
}
