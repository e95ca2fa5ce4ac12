/**
 * DuckDB; with its folder db/ the only import of it: values are bound, names are quoted, an error carries its SQL.
 * Each `Db` is a connection to its own in-memory instance that may spill to a temporary folder.
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DuckDBAppender, DuckDBConnection, DuckDBDataChunk, DuckDBValue } from "@duckdb/node-api";
import { DuckDBInstance, JSDuckDBValueConverter } from "@duckdb/node-api";
import { columnReader } from "./db/column-values";
import type { RowBuffer } from "./db/row-buffer";
import { errorText, InputError, QueryError } from "./errors";

export type SqlValue = string | number | bigint | boolean | null;
export type SqlRow = Record<string, unknown>;
/** Bulk inserts into one table: append each column's value in turn, then `endRow`. */
export type Appender = DuckDBAppender;

/** A connection to an in-memory DuckDB. */
export class Db {
  private constructor(
    private readonly connection: DuckDBConnection,
    private readonly instance: DuckDBInstance,
    private readonly scratch: string,
  ) {}

  private forget: () => void = () => undefined;

  /**
   * Opens an instance. Defaults: 2 threads, 1 GB of memory before it spills, insertion order kept, no access to the
   * network (extensions are never installed or loaded from outside).
   */
  static async open({
    threads = 2,
    memoryLimit = "1GB",
    signal,
  }: {
    readonly threads?: number;
    readonly memoryLimit?: string;
    /** Interrupts the statement that runs when it is aborted. */
    readonly signal?: AbortSignal;
  } = {}): Promise<Db> {
    const scratch = mkdtempSync(join(tmpdir(), "corpuslab-duckdb-"));
    const instance = await DuckDBInstance.create(":memory:", {
      threads: String(threads),
      memory_limit: memoryLimit,
      temp_directory: scratch,
      autoinstall_known_extensions: "false",
      autoload_known_extensions: "false",
    }).catch((cause: unknown) => {
      rmSync(scratch, { recursive: true, force: true });
      throw new InputError(
        `DuckDB: cannot start with ${threads} threads and a memory limit of ${memoryLimit} (${errorText(cause)}); give a limit such as "4GB"`,
        { cause },
      );
    });
    const db = new Db(await instance.connect(), instance, scratch);
    const interrupt = () => db.interrupt();
    signal?.addEventListener("abort", interrupt, { once: true });
    db.forget = () => signal?.removeEventListener("abort", interrupt);
    return db;
  }

  /** Runs a statement for its effect. */
  async run(sql: string, values: readonly SqlValue[] = []): Promise<void> {
    try {
      await this.connection.run(sql, [...values] as DuckDBValue[]);
    } catch (cause) {
      throw queryError(sql, cause);
    }
  }

  /**
   * All rows of a query as plain objects: BIGINT beyond 2^53 as bigint, smaller as number, lists as arrays, structs as
   * objects, dates and decimals as text. For results that fit in memory; use `stream` for the rest.
   */
  async all<T extends SqlRow = SqlRow>(sql: string, values: readonly SqlValue[] = []): Promise<T[]> {
    const rows: T[] = [];
    for await (const batch of this.stream<T>(sql, values)) for (const row of batch) rows.push(row);
    return rows;
  }

  /** The rows of a query in batches of some 2,000, in the query's order, with bounded memory. */
  async *stream<T extends SqlRow = SqlRow>(
    sql: string,
    values: readonly SqlValue[] = [],
  ): AsyncGenerator<T[], void, void> {
    try {
      const result = await this.connection.stream(sql, [...values] as DuckDBValue[]);
      for await (const batch of result.yieldRowObjectJs()) {
        yield batch.map((row) => narrow(row) as T);
      }
    } catch (cause) {
      throw queryError(sql, cause);
    }
  }

  /**
   * The columns of a query, all of them VARCHAR, in batches of some 2,000 rows: column by column, without an object a
   * row. Twice as fast as `stream` where there is much text.
   */
  async *streamTexts(
    sql: string,
    values: readonly SqlValue[] = [],
  ): AsyncGenerator<(string | null)[][], void, void> {
    try {
      const result = await this.connection.stream(sql, [...values] as DuckDBValue[]);
      for (
        let chunk = await result.fetchChunk();
        chunk && chunk.rowCount > 0;
        chunk = await result.fetchChunk()
      ) {
        yield chunk.getColumns() as (string | null)[][];
      }
    } catch (cause) {
      throw queryError(sql, cause);
    }
  }

  /**
   * As `streamTexts` for columns of any plain type; values as in `all`, vectors (`FLOAT[n]`) as Float32Arrays. While the caller is at one batch, DuckDB makes the
   * next.
   */
  async *streamColumns(
    sql: string,
    values: readonly SqlValue[] = [],
  ): AsyncGenerator<unknown[][], void, void> {
    let next: Promise<DuckDBDataChunk | null> = Promise.resolve(null);
    try {
      const result = await this.connection.stream(sql, [...values] as DuckDBValue[]);
      const readers = result
        .columnTypes()
        .map(
          (type) =>
            columnReader(type) ??
            ((chunk: DuckDBDataChunk, i: number) =>
              chunk.convertColumnValues(i, JSDuckDBValueConverter).map(narrow)),
        );
      const fetch = () => {
        next = result.fetchChunk();
        next.catch(() => undefined); // it is told when its turn comes
      };
      fetch();
      for (let chunk = await next; chunk && chunk.rowCount > 0; chunk = await next) {
        const now = chunk;
        fetch();
        yield readers.map((read, i) => read(now, i));
      }
    } catch (cause) {
      throw queryError(sql, cause);
    } finally {
      // Nothing else may use the connection before.
      await next.catch(() => undefined);
    }
  }

  /**
   * The columns of a query, all of them DOUBLE without nulls, in batches of some 2,000 rows as arrays that are valid
   * until the next batch: for millions of numbers, some twenty times faster than `streamColumns`.
   */
  async *streamDoubles(
    sql: string,
    values: readonly SqlValue[] = [],
  ): AsyncGenerator<Float64Array[], void, void> {
    try {
      const result = await this.connection.stream(sql, [...values] as DuckDBValue[]);
      for (
        let chunk = await result.fetchChunk();
        chunk && chunk.rowCount > 0;
        chunk = await result.fetchChunk()
      ) {
        yield Array.from({ length: chunk.columnCount }, (_, i) => doublesOf(chunk!, i));
      }
    } catch (cause) {
      throw queryError(sql, cause);
    }
  }

  /** The single row of a query. */
  async one<T extends SqlRow = SqlRow>(sql: string, values: readonly SqlValue[] = []): Promise<T> {
    const rows = await this.all<T>(sql, values);
    if (rows.length !== 1) throw new QueryError(`expected one row, got ${rows.length}`, sql);
    return rows[0]!;
  }

  /** Column names and DuckDB types of a query, without running it. */
  async describe(sql: string): Promise<{ name: string; type: string }[]> {
    const rows = await this.all<{ column_name: string; column_type: string }>(`describe ${sql}`);
    return rows.map((row) => ({ name: row.column_name, type: row.column_type }));
  }

  /** How far the running statement is, once `set enable_progress_bar = true` was run; null when DuckDB cannot tell. */
  get progress(): { readonly share: number; readonly rows: number } | null {
    const { percentage, rows_processed } = this.connection.progress;
    return percentage < 0 ? null : { share: percentage / 100, rows: Number(rows_processed) };
  }

  /** Stops the statement that is running; it fails with a QueryError. */
  interrupt(): void {
    this.connection.interrupt();
  }

  /** Opens a table for bulk inserts. */
  appender(table: string): Promise<Appender> {
    return this.connection.createAppender(table);
  }

  /** Lets statements read the buffer's rows as `name()`, and what it holds then whenever one does. */
  attach(buffer: RowBuffer): void {
    this.connection.registerTableFunction(buffer.tableFunction());
  }

  close(): void {
    this.forget();
    this.connection.closeSync();
    this.instance.closeSync();
    rmSync(this.scratch, { recursive: true, force: true });
  }
}

/** A SQL identifier, quoted. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A SQL string literal, for the places that take no bound value (file lists, COPY options). */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A SQL list of string literals: `['a', 'b']`. */
export function quoteList(texts: readonly string[]): string {
  return `[${texts.map(quoteText).join(", ")}]`;
}

/** A path that DuckDB takes as it stands, not as a glob pattern. */
export function literalPath(path: string): string {
  return path.replace(/[[*?]/g, "[$&]");
}

function queryError(sql: string, cause: unknown): QueryError {
  if (cause instanceof QueryError) return cause;
  return new QueryError(errorText(cause), sql, { cause });
}

/** The driver's own array: it holds the numbers as DuckDB laid them out. */
function doublesOf(chunk: DuckDBDataChunk, column: number): Float64Array {
  const { items } = chunk.getColumnVector(column) as unknown as { readonly items: unknown };
  if (items instanceof Float64Array) return items;
  throw new TypeError(`column ${column}: expected DOUBLE`);
}

/** Plain JavaScript values: safe bigints become numbers, driver classes their text. */
function narrow(value: unknown): unknown {
  if (typeof value === "bigint") {
    return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
  }
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map(narrow);
  if (value instanceof Date || value instanceof Uint8Array) return value;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return String(value);
  const out: SqlRow = {};
  for (const [key, item] of Object.entries(value)) {
    Object.defineProperty(out, key, {
      value: narrow(item),
      enumerable: true,
      writable: true,
      configurable: true,
    });
  }
  return out;
}
