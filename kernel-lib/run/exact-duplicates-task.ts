/** Task: all canonical shards of the run → which rows repeat the text of a better row. */
import { Db, quoteList, quoteText } from "../db";
import type { TaskContext } from "../engine/engine";
import { textId } from "../harmony";
import { readParquet } from "../run-folder";

/** Where the reduce step leaves its result; read by every mark-duplicates task. */
export const DUPLICATES_FILE = ".run/exact-duplicates.parquet";

export interface ExactDuplicatesSpec {
  /** Canonical shards, relative to the run folder. */
  readonly parts: readonly string[];
  /** Identity of those shards. */
  readonly basis: string;
  /** Dataset names in the order in which they were given: earlier wins. */
  readonly datasets: readonly string[];
}

export interface ExactDuplicatesSummary {
  readonly duplicates: number;
}

/**
 * Of rows with equal text one is kept: verified correct first, then longer completion (equal texts have equal
 * completions), then dataset order given, then row_key. Rows without text are nobody's duplicate.
 */
export async function task(spec: unknown, context: TaskContext): Promise<ExactDuplicatesSummary> {
  const { parts, datasets } = spec as ExactDuplicatesSpec;
  const db = await Db.open({ threads: 1, memoryLimit: "600MB", signal: context.signal });
  try {
    const files = readParquet(parts.map((part) => `${context.out}/${part}`));
    await db.run(`
      CREATE TEMP TABLE candidates AS
      SELECT text_id, row_key, id, coalesce(meta_correct_count, 0) >= 1 AS verified,
             list_position(${quoteList(datasets)}, dataset) AS dataset_order
      FROM ${files} WHERE text_id <> ${quoteText(textId(""))}`);
    await db.run(`
      CREATE TEMP TABLE duplicates AS
      SELECT row_key, id, kept FROM (
        SELECT row_key, id, first_value(row_key) OVER (
          PARTITION BY text_id ORDER BY verified DESC, dataset_order, row_key) AS kept
        FROM candidates SEMI JOIN (
          SELECT text_id FROM candidates GROUP BY text_id HAVING count(*) > 1) USING (text_id))
      WHERE row_key <> kept`);
    await db.run(
      `COPY (FROM duplicates ORDER BY row_key) TO ${quoteText(context.file(DUPLICATES_FILE))} (FORMAT parquet)`,
    );
    const { n } = await db.one<{ n: number }>("SELECT count(*) AS n FROM duplicates");
    return { duplicates: n };
  } finally {
    db.close();
  }
}
