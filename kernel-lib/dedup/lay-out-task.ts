/** Task: a Parquet shard of canonical rows → lines of JSON with what dedup needs of each row. */
import { Db, quoteText } from "../db";
import type { TaskContext } from "../engine/engine";
import { readParquet } from "../run-folder";
import type { ParquetShard } from "./planned-input";
import { linesSelect } from "./table-inputs";

export interface LayOutSpec {
  readonly shard: ParquetShard;
  /** Identity of the shard: its size and time of change. */
  readonly basis: string;
}

export async function task(spec: unknown, context: TaskContext): Promise<{ readonly rows: number }> {
  const { shard } = spec as LayOutSpec;
  const db = await Db.open({ threads: 1, memoryLimit: "400MB", signal: context.signal });
  try {
    const columns = linesSelect({ text: "text", id: "id", key: "row_key", verified: "meta_correct_count" });
    const from = readParquet([shard.path]);
    await db.run(
      `copy (select ${columns} from ${from}) to ${quoteText(context.file(shard.lines))} (format json)`,
    );
    const { rows } = await db.one<{ rows: number }>(`select count(*) as rows from ${from}`);
    context.setRows(shard.lines, rows);
    return { rows };
  } finally {
    db.close();
  }
}
