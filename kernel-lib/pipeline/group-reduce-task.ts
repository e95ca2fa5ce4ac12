/** Task: what all parts say of their rows → the places of those that a rule over groups drops, ascending. */
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { Db, quoteText } from "../db";
import type { TaskContext } from "../engine/engine";
import { readParquet } from "../run-folder";
import { filterSql } from "../steps/filter-sql";
import type { PinnedStep } from "../steps/pinned-step";
import { PLACE } from "./group-map-task";

export interface GroupReduceSpec {
  readonly step: PinnedStep;
  /** Files of the parts, relative to the output folder. */
  readonly from: readonly string[];
  /** File to write, relative to the output folder: `place`, `reason`, which is null where the rule cannot decide. */
  readonly to: string;
  readonly rows: number;
  /** Identity of the input's files. */
  readonly basis: string;
}

/** A group may be spread over all parts, so this is one task: DuckDB uses all cores and spills what does not fit. */
export async function task(spec: unknown, context: TaskContext): Promise<{ readonly rows: number }> {
  const { step, from, to, rows } = spec as GroupReduceSpec;
  const db = await Db.open({ threads: availableParallelism(), memoryLimit: "2GB", signal: context.signal });
  try {
    const { undecided, reason } = filterSql(step, { tie: PLACE });
    const files = readParquet(from.map((file) => join(context.out, file)));
    await db.run(
      `copy (select place, case when undecided then null else reason end as reason
         from (select ${PLACE} as place, ${undecided} as undecided, ${reason} as reason from ${files})
         where undecided or reason is not null order by place)
       to ${quoteText(context.file(to))} (format parquet, compression zstd)`,
    );
    return { rows };
  } finally {
    db.close();
  }
}
