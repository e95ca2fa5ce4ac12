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
const COLUMNS = Object.keys(ROW_COLUMNS) as Column[];
const CONSTANT: ReadonlySet<Column> = new Set<keyof RowConstants>([
  "dataset",
  "subset",
  "split",
  "source_revision",
  "source_file",
  "template",
]);
/** Long texts, sent as they are. `messages` goes as JSON text. */
const LONG: readonly Column[] = ["id", "text_id", "messages", "text", "meta_eval_json", "source_extra_json"];
/**
 * All other columns travel as one JSON array a row and are taken apart by SQL: a call into the driver for each of
 * forty small values costs more than parsing the row.
 */
const PACKED: readonly Column[] = COLUMNS.filter((name) => !CONSTANT.has(name) && !LONG.includes(name));

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
    for (const name of LONG) {
      const value = row[name];
      if (value === null) appender.appendNull();
      else appender.appendVarchar(typeof value === "string" ? value : JSON.stringify(value));
    }
    const packed: unknown[] = [];
    for (const name of PACKED) packed.push(row[name]);
    appender.appendVarchar(JSON.stringify(packed));
    for (const value of extra) {
      if (value === null) appender.appendNull();
      else appender.appendVarchar(value);
    }
    appender.endRow();
    this.count++;
  }

  /** Writes the file, drops the rows and is ready for the next file. Returns the number of rows written. */
  async finish(path: string, constants: RowConstants): Promise<number> {
    if (!this.appender) await this.begin();
    this.appender?.flushSync();
    this.appender?.closeSync();
    this.appender = null;
    const select = COLUMNS.map((name) =>
      CONSTANT.has(name)
        ? `${quoteText(constants[name as keyof RowConstants])} AS ${name}`
        : `${restore(name)} AS ${name}`,
    );
    const columns = [...select, ...this.extra].join(", ");
    await this.db.run(
      `COPY (SELECT ${columns} FROM (SELECT *, from_json(packed, '["VARCHAR"]') AS p FROM ${this.table})) ` +
        `TO ${quoteText(path)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${ROW_GROUP_ROWS})`,
    );
    await this.db.run(`DROP TABLE ${this.table}`);
    const written = this.count;
    this.count = 0;
    return written;
  }

  private async begin(): Promise<Appender> {
    const columns = [...LONG, "packed", ...this.extra].map((name) => `${name} VARCHAR`).join(", ");
    await this.db.run(`CREATE OR REPLACE TEMP TABLE ${this.table} (${columns})`);
    this.appender = await this.db.appender(this.table);
    return this.appender;
  }
}

/** SQL that gives a column back as its own type. */
function restore(name: Column): string {
  if (name === "messages") {
    const fields = ["role", "name", "channel", "content", "reasoning_content", "tool_calls"];
    return `from_json(messages, '[{${fields.map((f) => `"${f}":"VARCHAR"`).join(",")}}]')`;
  }
  if (LONG.includes(name)) return name;
  const type = ROW_COLUMNS[name];
  const text = `p[${PACKED.indexOf(name) + 1}]`;
  if (type.endsWith("[]")) return `from_json(${text}, '["VARCHAR"]')`;
  return type === "VARCHAR" ? text : `${text}::${type}`;
}
