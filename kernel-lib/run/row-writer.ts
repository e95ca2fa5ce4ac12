/** Canonical rows → one Parquet file after the other. */
import { type Db, quoteText } from "../db";
import { RowBuffer } from "../db/row-buffer";
import { type CanonicalRow, ROW_COLUMNS } from "../row";

/** Columns that are the same in every row of a file: put in by SQL, never sent row by row. */
export type RowConstants = Pick<
  CanonicalRow,
  "dataset" | "subset" | "split" | "source_revision" | "source_file" | "template"
>;

/** Rows in a row group. Small, because the writer makes no page index; keeps a group below 100 MB unpacked. */
const ROW_GROUP_ROWS = 2048;

type Column = keyof CanonicalRow;
const COLUMNS = Object.keys(ROW_COLUMNS) as Column[];
const CONSTANT: ReadonlySet<Column> = new Set<keyof RowConstants>([
  "dataset",
  "subset",
  "split",
  "source_revision",
  "source_file",
  "template",
]);
const SENT: readonly Column[] = COLUMNS.filter((name) => !CONSTANT.has(name));
/** Rows are put into the buffer in lots, column by column: at most so many, and not many more characters of text. */
const LOT_ROWS = 256;
const LOT_CHARACTERS = 8 * 1024 * 1024;

/** Buffers of writers that were closed, by table: new memory for each shard costs more than filling it. */
const spare = new Map<string, RowBuffer>();

/** Collects rows of one file and writes them as zstd Parquet, in the order in which they were added. */
export class RowWriter {
  private buffer: RowBuffer | null = null;
  private lot: CanonicalRow[] = [];
  private lotExtra: (readonly (string | null)[])[] = [];
  private lotCharacters = 0;
  private count = 0;

  constructor(
    private readonly db: Db,
    /** Name under which the database sees the rows; writers of one name have the same columns. */
    private readonly table: "kept_rows" | "refused_rows",
    private readonly extra: readonly string[] = [],
  ) {}

  get rows(): number {
    return this.count;
  }

  /** Takes the row: it must not change any more. */
  add(row: CanonicalRow, extra: readonly (string | null)[] = []): void {
    this.lot.push(row);
    this.lotExtra.push(extra);
    this.lotCharacters += row.text.length;
    this.count++;
    if (this.lot.length === LOT_ROWS || this.lotCharacters > LOT_CHARACTERS) this.flush();
  }

  /** Writes the file, drops the rows and is ready for the next file. Returns the number of rows written. */
  async finish(path: string, constants: RowConstants): Promise<number> {
    const buffer = this.flush();
    const select = COLUMNS.map((name) =>
      CONSTANT.has(name) ? `${quoteText(constants[name as keyof RowConstants])} AS ${name}` : name,
    );
    await this.db.run(
      `COPY (SELECT ${[...select, ...this.extra].join(", ")} FROM ${this.table}()) ` +
        `TO ${quoteText(path)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${ROW_GROUP_ROWS})`,
    );
    buffer.clear();
    const written = this.count;
    this.count = 0;
    return written;
  }

  private flush(): RowBuffer {
    const { lot, lotExtra } = this;
    this.buffer ??= this.newBuffer();
    const { buffer } = this;
    const columns: unknown[][] = SENT.map((name) => lot.map((row) => row[name]));
    for (let i = 0; i < this.extra.length; i++) columns.push(lotExtra.map((values) => values[i]));
    buffer.append(columns, lot.length);
    this.lot = [];
    this.lotExtra = [];
    this.lotCharacters = 0;
    return buffer;
  }

  private newBuffer(): RowBuffer {
    const buffer =
      spare.get(this.table) ??
      new RowBuffer(this.table, [
        ...SENT.map((name) => [name, ROW_COLUMNS[name]] as const),
        ...this.extra.map((name) => [name, "VARCHAR"] as const),
      ]);
    spare.delete(this.table);
    this.db.attach(buffer);
    return buffer;
  }

  /** Ends the writer; rows that are not in a file yet are dropped. */
  close(): void {
    if (this.buffer === null) return;
    this.buffer.clear();
    spare.set(this.table, this.buffer);
    this.buffer = null;
  }
}
