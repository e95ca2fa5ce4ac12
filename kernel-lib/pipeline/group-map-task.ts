/** Task: of the rows of one part that are still in, what a rule over groups looks at, with their places. */
import { Db, quoteName, quoteText } from "../db";
import type { TaskContext } from "../engine/engine";
import { KEPT, partSql } from "./part-rows";
import type { PartSpec } from "./part-spec";

export interface GroupMapSpec extends PartSpec {
  /** File to write, relative to the output folder. */
  readonly to: string;
}

/** Name of the column with a row's place among all rows of the input. */
export const PLACE = "__corpuslab_place";

export async function task(spec: unknown, context: TaskContext): Promise<{ readonly rows: number }> {
  const { part, rows, to } = spec as GroupMapSpec;
  const db = await Db.open({ threads: 1, memoryLimit: "400MB", signal: context.signal });
  try {
    const names = rows.columns.map(({ name }) => quoteName(name));
    const numbered = `select *, ${part.start} + row_number() over () - 1 as ${PLACE} from (${partSql(rows, context.out)})`;
    await db.run(
      `copy (select ${[...names, PLACE].join(", ")} from (${numbered}) where ${KEPT}) to ${quoteText(context.file(to))} (format parquet, compression zstd)`,
    );
    return { rows: part.rows };
  } finally {
    db.close();
  }
}
