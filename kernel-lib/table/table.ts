/** A lazy table over DuckDB: nothing is read until rows, counts or columns are asked for. */

import { basename, relative } from "node:path";
import { quoteName } from "../db";
import { InputError, QueryError } from "../errors";
import { researchNotes } from "../run-folder/research-mode";
import { type ResolvedSource, resolveSource } from "../source/resolve";
import type { Source } from "../source/source";
import { type AttachOptions, type AttachReport, attachRelation } from "./attach";
import type { RowProblem } from "./check-json";
import { streamDb, withDb } from "./db-pool";
import { GroupedTable } from "./group-by";
import { onlySplit } from "./only-split";
import { canPick, pickedSql } from "./pick-rows";
import { queryFailure } from "./query-failure";
import { firstRows, ID_FILE, ID_ROW, mentionsPlace, PLAIN, type Relation, type Want } from "./relation";
import { markRun, rememberRun } from "./row-run";
import { type RunRelationOptions, runRelation } from "./run-relation";
import { sampleRelation } from "./sample-relation";
import { type SearchOptions, searchPredicate } from "./search-predicate";
import { type SimilarOptions, similarRows } from "./similar-rows";
import { sourceRelation } from "./source-relation";
import { type Column, Schema } from "./table-columns";
import { tableDisplay } from "./table-display";
import { type CollectOptions, identityAfter, type ReadOptions, type TableState, whole } from "./table-state";
import { arrowTable, dataFrame, parseJsonColumns } from "./table-values";

export type { CollectOptions, ReadOptions } from "./table-state";
export type TableRow = Record<string, unknown>;

/**
 * Rows that are read when they are asked for. Each verb gives a new table; the old one stays as it is. In SQL the
 * table is called `this` (or `rows`). Columns are the source's own; speaking of `_split`, `_subset`, `_file` or, for
 * Parquet, `_row` in SQL adds where a row comes from. As the last expression of a cell it shows its first rows.
 */
export class Table {
  private described: { readonly sql: string; readonly schema: Promise<Schema> } | null = null;

  /** @internal Tables come from `open`. */
  constructor(
    /** @internal */
    readonly state: TableState,
  ) {}

  /** What the last `attach` matched, or null. */
  get attachReport(): AttachReport | null {
    return this.state.attachReport;
  }

  /** Where the rows come from, for people. */
  get origin(): string {
    return this.state.origin;
  }

  /** Remarks about the source: splits that were left out, an offline cache. */
  get notes(): readonly string[] {
    return this.state.notes;
  }

  /** The source this table is all of. Throws InputError for a selection and for a run: those have no files of their own. */
  get source(): Source {
    if (this.state.base && this.state.relation === this.state.base) return this.state.base.source;
    throw new InputError(
      `${this.origin}: is a selection or a run, expected a whole dataset or one split of it`,
    );
  }

  /** Subsets, splits and their files; empty for a run. */
  get splits(): readonly {
    readonly subset: string;
    readonly split: string;
    readonly files: readonly string[];
  }[] {
    const splits = this.state.base?.source.splits ?? [];
    return splits.map((part) => ({ ...part, files: part.files.map(({ name }) => name) }));
  }

  /**
   * The rows of one split as they stand in the source (verbs before it are not repeated); for a run, the rows whose
   * `split` it is. Throws InputError with the nearest names.
   * @example ds.split("train").head(5)
   */
  split(name: string, { subset }: { readonly subset?: string } = {}): Table {
    const { base } = this.state;
    if (base === null) return this.filter(`split = '${name.replaceAll("'", "''")}'`);
    const part = sourceRelation(onlySplit(base.source, name, subset));
    return new Table({
      ...this.state,
      relation: part,
      root: part,
      base: part,
      origin: `${this.origin} · ${name}`,
      attachReport: null,
    });
  }

  /**
   * Column names and DuckDB types. Parquet: from the footers; JSON: from the rows. Shows itself in a notebook.
   * @example await ds.schema
   */
  get schema(): Promise<Schema> {
    return this.readSchema();
  }

  /** @internal `schema`, to be stopped by a signal. */
  async readSchema(signal?: AbortSignal): Promise<Schema> {
    const sql = await this.state.relation.sql(PLAIN, signal).catch(async (error: unknown) => {
      throw await this.failure(error);
    });
    // Labels that were given since are columns too, so another SQL is described anew.
    if (this.described?.sql !== sql) this.described = { sql, schema: this.describeColumns(sql, signal) };
    const mine = this.described;
    return await mine.schema.catch((error: unknown) => {
      if (this.described === mine) this.described = null;
      throw error;
    });
  }

  /** Number of rows. */
  async count({ signal }: ReadOptions = {}): Promise<number> {
    const [row] = await this.read<{ n: number }>((sql) => `select count(*) as n from (${sql})`, signal);
    return row!.n;
  }

  /** The first `n` rows in order; default 10. */
  head(n = 10): Table {
    whole("head", n);
    const cut = this.keep((sql) => `select * from (${sql}) limit ${n}`);
    return cut.with({ relation: firstRows(this.state.relation, n, cut.state.relation) });
  }

  /**
   * `n` rows drawn with `seed` (default 0), in the order of the source. The same rows, n and seed give the same sample
   * on every machine. Row numbers are drawn first, then only those rows are read.
   * @example ds.sample(20, { seed: 1 })
   */
  sample(n: number, { seed = 0 }: { readonly seed?: number } = {}): Table {
    whole("sample", n);
    if (!Number.isSafeInteger(seed)) throw new InputError(`sample: seed ${seed}, expected a whole number`);
    return this.with({ relation: sampleRelation(this.state.relation, n, seed), conditions: null });
  }

  /** Rows for which the SQL predicate is true. @example ds.filter("length(problem) > 200") */
  filter(predicate: string): Table {
    const kept = this.keep((sql) => `select * from (${sql}) as this where (${predicate}\n)`, predicate);
    const { conditions } = this.state;
    return kept.with({ conditions: conditions && [...conditions, predicate] });
  }

  /** Only these columns, in this order. @example ds.select(["uuid", "messages"]) */
  select(columns: readonly string[]): Table {
    if (columns.length === 0) throw new InputError("select: no columns, expected at least one name");
    const { relation } = this.state;
    const list = columns.map(quoteName).join(", ");
    const place = mentionsPlace(...columns);
    return this.with({
      written: `select ${list} from this`,
      relation: {
        identity: (signal) => identityAfter(relation, columns.includes("row_key"), signal),
        async sql(want, signal) {
          const ids = want.ids ? `, ${ID_FILE}, ${ID_ROW}` : "";
          return `select ${list}${ids} from (${await relation.sql({ ...want, place }, signal)})`;
        },
      },
    });
  }

  /**
   * The result of a SELECT over `this`, as a table. Throws QueryError with the SQL when the result is read.
   * @example ds.sql("select data_source, count(*) n from this group by all order by n desc")
   */
  sql(select: string): Table {
    const { relation } = this.state;
    const body = select.trim().replace(/;+\s*$/, "");
    if (body === "") throw new InputError('sql: empty statement, expected for example "select * from this"');
    return this.with({
      written: body,
      ordered: false,
      relation: {
        identity: async () => ({ kind: "content" }),
        async sql({ ids }, signal) {
          const inner = await relation.sql({ place: mentionsPlace(body), ids: false }, signal);
          const none = ids ? `, '' as ${ID_FILE}, 0 as ${ID_ROW}` : "";
          return (
            `with this as not materialized (${inner}), rows as not materialized (select * from this) ` +
            `select *${none} from (\n${body}\n)`
          );
        },
      },
    });
  }

  /** Groups by columns or SQL expressions. @example ds.groupBy("_split").count() */
  groupBy(...columns: readonly (string | readonly string[])[]): GroupedTable<Table> {
    return new GroupedTable(this, columns.flat());
  }

  /**
   * Rows with `text` in a message body or text column; see `SearchOptions`. Case is ignored unless said.
   * @example await ds.search("as an ai", { role: "assistant", limit: 20 })
   */
  async search(text: string, options: SearchOptions = {}): Promise<Table> {
    const found = this.filter(searchPredicate(text, await this.schema, options));
    return options.limit === undefined ? found : found.head(options.limit);
  }

  /**
   * The `k` rows (default 10) that are nearest in meaning to a text, or to a row of the table, the nearest first, with the
   * column `similarity` (cosine, -1..1). The rows' vectors come from `embed`; rows without one are not found.
   * @example const ds = await embed(await open("demo"), "words"); await ds.similar("how fast is a train", { k: 5 })
   */
  async similar(query: string | TableRow, options: SimilarOptions = {}): Promise<Table> {
    return await similarRows(this, query, options);
  }

  /**
   * The table with the columns of `other` (a table, or a Parquet, JSON or CSV file) joined by `on`; no row is lost or
   * multiplied. `attachReport` says how many rows matched, which keys did not on either side, and which are double
   * (the first row of a double key counts).
   * @example const judged = await ds.attach("judge.parquet", { on: "uuid", prefix: "judge_" }); judged.attachReport
   */
  async attach(other: Table | string, options: AttachOptions): Promise<Table> {
    const right = typeof other === "string" ? tableOf(await resolveSource(other, options)) : other;
    const { relation, report } = await attachRelation(this, right, options);
    return this.with({ relation, attachReport: report, conditions: null });
  }

  /** Rows that could not be read, by file and row. Reads the JSON and CSV files when that was not done yet. */
  async problems({ signal }: ReadOptions = {}): Promise<readonly RowProblem[]> {
    return (await this.state.base?.problems(signal)) ?? [];
  }

  /** Minimum, maximum, distinct count (estimated), quartiles and null share of each column. */
  describe(): Table {
    return this.sql("summarize this");
  }

  /** Batches of some 2,000 rows as objects, in order, with bounded memory. JSON columns are parsed. */
  async *stream({ signal }: ReadOptions = {}): AsyncGenerator<TableRow[], void, void> {
    const columns = await this.readSchema(signal);
    const parse = parseJsonColumns(columns);
    const { run, ordered } = this.state;
    try {
      const sql = await this.rowsSql(signal);
      for await (const batch of streamDb<TableRow>(sql, { signal, oneThread: ordered })) {
        yield batch.map(run === null ? parse : (row) => markRun(parse(row), run));
      }
    } catch (error) {
      throw await this.failure(error);
    }
  }

  /** Calls `use` with each row in order; for cells, where `for await` does not work. */
  async forEach(use: (row: TableRow, index: number) => unknown, options: ReadOptions = {}): Promise<void> {
    let index = 0;
    for await (const batch of this.stream(options)) for (const row of batch) await use(row, index++);
  }

  /** All rows as objects. Throws InputError beyond `maxRows`. @example await ds.head(3).toArray() */
  async toArray({ maxRows = 100_000, ...options }: CollectOptions = {}): Promise<TableRow[]> {
    const rows: TableRow[] = [];
    for await (const batch of this.stream(options)) {
      rows.push(...batch);
      if (rows.length > maxRows) {
        throw new InputError(
          `toArray: more than ${maxRows} rows; take fewer (head, sample, select), use stream() or forEach(), ` +
            "or raise maxRows",
        );
      }
    }
    return rows;
  }

  /** An Apache Arrow table; needs the package apache-arrow. */
  async toArrow(options: CollectOptions = {}): Promise<unknown> {
    return await arrowTable(await this.schema, await this.toArray(options));
  }

  /** A danfo.js DataFrame; needs the optional package danfojs-node. */
  async toDataFrame(options: CollectOptions = {}): Promise<unknown> {
    return await dataFrame(await this.schema, await this.toArray(options));
  }

  /** @internal SQL that gives the rows in order; where conditions leave few of a run, hardly any others are read. */
  async rowsSql(signal?: AbortSignal): Promise<string> {
    const { ordered, relation, conditions } = this.state;
    const picked = ordered && canPick(conditions) ? await pickedSql(relation, signal) : null;
    return picked ?? (await relation.sql(PLAIN, signal));
  }

  /** @internal SQL of the rows, for parts of this room. */
  relation(): Relation {
    return this.state.relation;
  }

  /** @internal Runs SQL made from the table's own. */
  async read<T extends TableRow>(make: (sql: string) => string, signal?: AbortSignal): Promise<T[]> {
    try {
      const sql = make(await this.state.relation.sql(PLAIN, signal));
      return await withDb((db) => db.all<T>(sql), { signal });
    } catch (error) {
      throw await this.failure(error);
    }
  }

  async [Symbol.for("corpuslab.display")](): Promise<Record<string, string>> {
    return await tableDisplay(this, this.state);
  }

  /** @internal Another table of the same kind. */
  with(change: Partial<TableState>): Table {
    return new Table({ ...this.state, ...change });
  }

  /** A verb that keeps rows as they are, so that they are still known by where they stand. */
  private keep(make: (sql: string) => string, written = ""): Table {
    const { relation } = this.state;
    const place = mentionsPlace(written);
    return this.with({
      ...(written === "" ? {} : { written }),
      relation: {
        identity: (signal) => relation.identity(signal),
        async sql(want: Want, signal) {
          const inner = make(await relation.sql({ ...want, place: want.place || place }, signal));
          if (!place || want.place) return inner;
          const plain = await relation.sql(PLAIN, signal);
          const own = (await withDb((db) => db.describe(plain), { signal })).map(({ name }) =>
            quoteName(name),
          );
          const ids = want.ids ? [ID_FILE, ID_ROW] : [];
          return `select ${[...own, ...ids].join(", ")} from (${inner})`;
        },
      },
    });
  }

  private async describeColumns(sql: string, signal?: AbortSignal): Promise<Schema> {
    try {
      const short = (await this.state.relation.first?.(1, PLAIN, signal)) ?? sql;
      const columns: Column[] = await withDb((db) => db.describe(short), { signal });
      return Schema.from(columns) as Schema;
    } catch (error) {
      throw await this.failure(error);
    }
  }

  private async failure(error: unknown): Promise<unknown> {
    if (!(error instanceof QueryError)) return error;
    const columns = await this.state.root
      .sql(PLAIN)
      .then((sql) => withDb((db) => db.describe(sql)))
      .catch(() => []);
    return queryFailure(
      error,
      this.state.written,
      columns.map(({ name }) => name),
    );
  }
}

/** A table over the files of a resolved source. `check`: see `open`. */
export function tableOf(
  source: ResolvedSource,
  { check }: { readonly check?: boolean | undefined } = {},
): Table {
  const relation = sourceRelation(source, check === undefined ? {} : { check });
  return new Table({
    relation,
    root: relation,
    base: relation,
    origin: `${source.dataset} @ ${source.revision}`,
    written: "",
    attachReport: null,
    notes: [...source.notes, ...researchNotes(source)],
    run: null,
    vectors: null,
    ordered: false,
    conditions: [],
  });
}

/** A table over the rows and sidecars of a run folder. */
export function tableOfRun(folder: string, options: RunRelationOptions = {}): Table {
  const relation = runRelation(folder, options);
  rememberRun(folder);
  return new Table({
    relation,
    root: relation,
    base: null,
    origin: `run ${basename(folder)} (${relative(process.cwd(), folder) || "."})`,
    written: "",
    attachReport: null,
    notes: researchNotes(folder),
    run: folder,
    vectors: null,
    ordered: true,
    conditions: [],
  });
}
