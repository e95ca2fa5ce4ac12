/** Canonical rows → one Parquet file, through a DuckDB table that is dropped after each file. */
import { type Appender, type Db, quoteText } from "../db";
import { type CanonicalRow, ROW_COLUMNS } from "../row";

/** Columns that are the same in every row of a file: put in by SQL, never sent row by row. */
export type RowConstants = Pick<
  CanonicalRow,
  "dataset" | "subset" | "split" | "source_revision" | "source_file" | "template"
>;

/** Rows in a row group. Small, because the writer makes no page index; keeps a group below 100 MB unpacked. */
const ROW_GROUP_ROWS = 2048;

type Column = keyof CanonicalRow;
const CONSTANT: ReadonlySet<string> = new Set<keyof RowConstants>([
  "dataset",
  "subset",
  "split",
  "source_revision",
  "source_file",
  "template",
]);
const SENT = (Object.keys(ROW_COLUMNS) as Column[]).filter((name) => !CONSTANT.has(name));

/** Collects rows of one file and writes them as zstd Parquet, in the order in which they were added. */
export class RowWriter {
  private appender: Appender | null = null;
  private count = 0;

  constructor(
    private readonly db: Db,
    private readonly table: string,
    private readonly extra: readonly string[] = [],
  ) {}

  get rows(): number {
    return this.count;
  }

  async add(row: CanonicalRow, extra: readonly (string | null)[] = []): Promise<void> {
    const appender = this.appender ?? (await this.begin());
    for (const name of SENT) append(appender, row[name]);
    for (const value of extra) append(appender, value);
    appender.endRow();
    this.count++;
  }

  /** Writes the file, drops the rows and is ready for the next file. Returns the number of rows written. */
  async finish(path: string, constants: RowConstants): Promise<number> {
    if (!this.appender) await this.begin();
    this.appender?.flushSync();
    this.appender?.closeSync();
    this.appender = null;
    const select = (Object.keys(ROW_COLUMNS) as Column[]).map((name) =>
      CONSTANT.has(name)
        ? `${quoteText(constants[name as keyof RowConstants])} AS ${name}`
        : `${restore(name)} AS ${name}`,
    );
    const columns = [...select, ...this.extra].join(", ");
    await this.db.run(
      `COPY (SELECT ${columns} FROM ${this.table}) TO ${quoteText(path)} ` +
        `(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${ROW_GROUP_ROWS})`,
    );
    await this.db.run(`DROP TABLE ${this.table}`);
    const written = this.count;
    this.count = 0;
    return written;
  }

  private async begin(): Promise<Appender> {
    const columns = [
      ...SENT.map((name) => `${name} ${sentType(name)}`),
      ...this.extra.map((name) => `${name} VARCHAR`),
    ].join(", ");
    await this.db.run(`CREATE OR REPLACE TEMP TABLE ${this.table} (${columns})`);
    this.appender = await this.db.appender(this.table);
    return this.appender;
  }
}

/** Lists travel as JSON text and whole numbers as doubles: the appender takes those without a boxed value each. */
function sentType(name: Column): string {
  const type = ROW_COLUMNS[name];
  if (type.endsWith("[]")) return "VARCHAR";
  return type === "BIGINT" ? "DOUBLE" : type;
}

function restore(name: Column): string {
  const type = ROW_COLUMNS[name];
  if (name === "messages") {
    const fields = ["role", "name", "channel", "content", "reasoning_content", "tool_calls"];
    return `from_json(messages, '[{${fields.map((f) => `"${f}":"VARCHAR"`).join(",")}}]')`;
  }
  if (type.endsWith("[]")) return `from_json(${name}, '["VARCHAR"]')`;
  return type === "BIGINT" ? `${name}::BIGINT` : name;
}

function append(appender: Appender, value: CanonicalRow[Column] | undefined): void {
  if (value === null || value === undefined) appender.appendNull();
  else if (typeof value === "string") appender.appendVarchar(value);
  else if (typeof value === "number") appender.appendDouble(value);
  else if (typeof value === "boolean") appender.appendBoolean(value);
  else if (value.length === 0) appender.appendVarchar("[]");
  else appender.appendVarchar(JSON.stringify(value));
}
