/** Canonical rows → one Parquet file, through a DuckDB table that is dropped after each file. */
import { type ColumnAppender, type Db, quoteText } from "../db";
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
/** Rows are handed to the database in lots: at most so many, and not many more characters of text. */
const LOT_ROWS = 256;
const LOT_CHARACTERS = 8 * 1024 * 1024;

/** Collects rows of one file and writes them as zstd Parquet, in the order in which they were added. */
export class RowWriter {
  private appender: ColumnAppender | null = null;
  private lot: CanonicalRow[] = [];
  private lotExtra: (readonly (string | null)[])[] = [];
  private lotCharacters = 0;
  private count = 0;

  constructor(
    private readonly db: Db,
    private readonly table: string,
    private readonly extra: readonly string[] = [],
  ) {}

  get rows(): number {
    return this.count;
  }

  /** Takes the row: it must not change any more. */
  async add(row: CanonicalRow, extra: readonly (string | null)[] = []): Promise<void> {
    this.lot.push(row);
    this.lotExtra.push(extra);
    this.lotCharacters += row.text.length;
    this.count++;
    if (this.lot.length === LOT_ROWS || this.lotCharacters > LOT_CHARACTERS) await this.flush();
  }

  /** Writes the file, drops the rows and is ready for the next file. Returns the number of rows written. */
  async finish(path: string, constants: RowConstants): Promise<number> {
    await this.flush();
    this.appender?.close();
    this.appender = null;
    const select = COLUMNS.map((name) =>
      CONSTANT.has(name) ? `${quoteText(constants[name as keyof RowConstants])} AS ${name}` : name,
    );
    await this.db.run(
      `COPY (SELECT ${[...select, ...this.extra].join(", ")} FROM ${this.table}) ` +
        `TO ${quoteText(path)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${ROW_GROUP_ROWS})`,
    );
    await this.db.run(`DROP TABLE ${this.table}`);
    const written = this.count;
    this.count = 0;
    return written;
  }

  private async flush(): Promise<void> {
    const { lot, lotExtra } = this;
    this.appender ??= await this.begin();
    const columns: unknown[][] = SENT.map((name) => lot.map((row) => row[name]));
    for (let i = 0; i < this.extra.length; i++) columns.push(lotExtra.map((values) => values[i]));
    this.appender.append(columns, lot.length);
    this.lot = [];
    this.lotExtra = [];
    this.lotCharacters = 0;
  }

  private async begin(): Promise<ColumnAppender> {
    const columns = [
      ...SENT.map((name) => `${name} ${ROW_COLUMNS[name]}`),
      ...this.extra.map((name) => `${name} VARCHAR`),
    ];
    await this.db.run(`CREATE OR REPLACE TEMP TABLE ${this.table} (${columns.join(", ")})`);
    return this.db.columnAppender(this.table);
  }
}
