/** What was decided about the rows of one part → its verdict file. */
import { type Db, quoteList, quoteText } from "../db";
import { RowBuffer } from "../db/row-buffer";
import { readParquet } from "../run-folder";
import type { VerdictSlice } from "../run-folder/verdict-slice";

const BUFFER = "verdict_out";
const COPY = "FORMAT parquet, COMPRESSION zstd";

export class VerdictWriter {
  private readonly buffer = new RowBuffer(BUFFER, [
    ["step", "BIGINT"],
    ["reason", "VARCHAR"],
  ]);

  /** @param refs The steps that may drop a row here. */
  constructor(private readonly refs: readonly string[]) {}

  /** Adds rows: for each the number of the step that dropped it, from 0, and its reason; nulls for rows that stay. */
  add(steps: readonly (number | null)[], reasons: readonly (string | null)[]): void {
    this.buffer.append([steps, reasons], steps.length);
  }

  /** Writes all rows; those that `before` dropped keep what it said. */
  async finish(db: Db, path: string, before: VerdictSlice | null): Promise<number> {
    db.attach(this.buffer);
    const step = `${quoteList(this.refs)}[c.step + 1]`;
    const sql =
      before === null
        ? `select c.step is null as kept, ${step} as step, c.reason from ${BUFFER}() c`
        : `select p.kept and c.step is null as kept, case when p.kept then ${step} else p.step end as step,
             case when p.kept then c.reason else p.reason end as reason
           from (${sliceSql(before)}) p positional join ${BUFFER}() c`;
    await db.run(`copy (${sql}) to ${quoteText(path)} (${COPY})`);
    return this.buffer.rows;
  }
}

/** SELECT of the verdicts in a slice, in their order. */
export function sliceSql({ files, from }: VerdictSlice): string {
  const cut = from === null ? "" : ` limit ${from.rows} offset ${from.offset}`;
  return `select kept, step, reason from ${readParquet(files)}${cut}`;
}
