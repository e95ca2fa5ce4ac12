/** Rows that moved, on their way into Parquet files: what the details of a difference are found in. */
import { type Db, quoteText } from "../db";
import { RowBuffer } from "../db/row-buffer";
import type { TaskContext } from "../engine/engine";

/** One row on which two versions disagree. */
export interface MovedRow {
  /** row_key, or the row's number in the table. */
  readonly key: string | number;
  /** `kept_to_dropped` */
  readonly direction: string;
  /** See `CAUSES`; null where it is not known. */
  readonly because: string | null;
  /** Value of the grouping column, as text. */
  readonly group: string | null;
  readonly before: string;
  readonly after: string;
  /** Of a flag: each compared column's values as JSON where they differ; of a rewrite: none. */
  readonly values: readonly (readonly [before: string | null, after: string | null])[];
  /** The difference of two numbers, or of the lengths of two texts; null for other values. */
  readonly changes: readonly (number | null)[];
}

/** More rows than this do not wait in memory. */
const ROWS_PER_FILE = 50_000;

/** Writes moved rows as `moved/<part>-<n>.parquet`. `columns`: what `values` and `changes` are about. */
export class MovedRows {
  private readonly buffer: RowBuffer;
  private files = 0;

  constructor(
    private readonly db: Db,
    private readonly context: TaskContext,
    private readonly part: string,
    keyColumn: "row_key" | "row_number",
    columns: readonly string[],
  ) {
    this.buffer = new RowBuffer("moved_rows", [
      [keyColumn, keyColumn === "row_key" ? "VARCHAR" : "BIGINT"],
      ["direction", "VARCHAR"],
      ["because", "VARCHAR"],
      ["grouped", "VARCHAR"],
      ["before", "VARCHAR"],
      ["after", "VARCHAR"],
      ...columns.flatMap((_, i) => VALUE_COLUMNS(i)),
    ]);
    db.attach(this.buffer);
  }

  async append(rows: readonly MovedRow[]): Promise<void> {
    if (rows.length === 0) return;
    const width = rows[0]!.values.length;
    this.buffer.append(
      [
        rows.map(({ key }) => key),
        rows.map(({ direction }) => direction),
        rows.map(({ because }) => because),
        rows.map(({ group }) => group),
        rows.map(({ before }) => before),
        rows.map(({ after }) => after),
        ...Array.from({ length: width }, (_, i) => [
          rows.map(({ values }) => values[i]![0]),
          rows.map(({ values }) => values[i]![1]),
          rows.map(({ changes }) => changes[i]!),
        ]).flat(),
      ],
      rows.length,
    );
    if (this.buffer.rows >= ROWS_PER_FILE) await this.flush();
  }

  /** Rows that wait are written. */
  async flush(): Promise<void> {
    if (this.buffer.rows === 0) return;
    const name = `moved/${this.part}-${String(this.files++).padStart(5, "0")}.parquet`;
    const path = this.context.file(name);
    await this.db.run(`copy (from moved_rows()) to ${quoteText(path)} (format parquet, compression zstd)`);
    this.context.setRows(name, this.buffer.rows);
    this.buffer.clear();
  }
}

/** Columns of the file for the i-th compared column. */
const VALUE_COLUMNS = (i: number): (readonly [string, string])[] => [
  [`before_${i}`, "VARCHAR"],
  [`after_${i}`, "VARCHAR"],
  [`change_${i}`, "DOUBLE"],
];
