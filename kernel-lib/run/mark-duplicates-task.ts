/** Task: one shard of canonical rows → its exact-duplicate sidecar, and with `drop` the shard without duplicates. */
import { Db, quoteText } from "../db";
import type { TaskContext } from "../engine/engine";
import { readParquet } from "../run-folder";
import { DECISION_COLUMNS } from "./decisions";
import { DUPLICATES_FILE } from "./exact-duplicates-task";

export const EXACT_DUPLICATE = "exact_duplicate.v1";

export interface MarkDuplicatesSpec {
  /** Canonical shard, relative to the run folder (with `drop`: the staged one). */
  readonly part: string;
  /** Path below rows/, the same in every sidecar. */
  readonly name: string;
  /** Takes duplicates out of rows/ into rejected/ instead of marking them only. */
  readonly drop: boolean;
  /** Identity of the shards among which duplicates were sought. */
  readonly basis: string;
}

export interface MarkDuplicatesSummary {
  readonly rows: number;
  readonly duplicates: number;
}

export async function task(spec: unknown, context: TaskContext): Promise<MarkDuplicatesSummary> {
  const { part, name, drop } = spec as MarkDuplicatesSpec;
  const db = await Db.open({ threads: 1, memoryLimit: "400MB", signal: context.signal });
  try {
    await db.run(
      `CREATE TEMP VIEW part AS FROM ${readParquet([`${context.out}/${part}`], ", file_row_number = true")}`,
    );
    await db.run(`
      CREATE TEMP TABLE marks AS
      SELECT p.file_row_number AS n, p.row_key, p.id, d.kept
      FROM (SELECT file_row_number, row_key, id FROM part) p
      LEFT JOIN ${readParquet([`${context.out}/${DUPLICATES_FILE}`])} d USING (row_key)`);
    const counts = await db.one<{ rows: number; duplicates: number }>(
      "SELECT count(*) AS rows, count(kept) AS duplicates FROM marks",
    );
    const write = async (query: string, to: string, rows: number) => {
      await db.run(
        `COPY (${query}) TO ${quoteText(context.file(to))} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 2048)`,
      );
      context.setRows(to, rows);
    };
    const kept = drop ? counts.rows - counts.duplicates : counts.rows;
    const where = drop ? "WHERE kept IS NULL" : "";
    await write(
      `SELECT row_key, kept IS NOT NULL AS quality_is_duplicate, kept AS quality_duplicate_of
       FROM marks ${where} ORDER BY n`,
      `flags/${EXACT_DUPLICATE}/${name}`,
      kept,
    );
    if (counts.duplicates > 0) {
      const columns: Record<(typeof DECISION_COLUMNS)[number], string> = {
        row_key: "row_key",
        id: "id",
        stage: "'exact_duplicate'",
        version: "'1'",
        action: drop ? "'reject'" : "'mark'",
        reason: "'exact_duplicate'",
        evidence: "'same text as ' || kept",
      };
      const list = DECISION_COLUMNS.map((column) => `${columns[column]} AS ${column}`).join(", ");
      await write(
        `SELECT ${list} FROM marks WHERE kept IS NOT NULL ORDER BY n`,
        `decisions/exact_duplicate/${name}`,
        counts.duplicates,
      );
    }
    if (drop) {
      const rows = "SELECT p.* EXCLUDE (file_row_number) FROM part p SEMI JOIN";
      const ordered = "ORDER BY p.file_row_number";
      await write(
        `${rows} (SELECT n FROM marks WHERE kept IS NULL) m ON p.file_row_number = m.n ${ordered}`,
        `rows/${name}`,
        kept,
      );
      if (counts.duplicates > 0) {
        await write(
          `SELECT p.* EXCLUDE (file_row_number), 'exact_duplicate' AS reject_reason,
                  'same text as ' || m.kept AS reject_detail
           FROM part p JOIN (FROM marks WHERE kept IS NOT NULL) m ON p.file_row_number = m.n ${ordered}`,
          `rejected/exact_duplicate/${name}`,
          counts.duplicates,
        );
      }
    }
    return { rows: counts.rows, duplicates: counts.duplicates };
  } finally {
    db.close();
  }
}
