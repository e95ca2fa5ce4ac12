/** The explored columns of a table, read once into a DuckDB in memory. */

import { Db, quoteList, quoteName } from "../db";
import { InputError, nearestNames, QueryError } from "../errors";
import type { ProgressListener } from "../progress";
import { ID_FILE, ID_ROW } from "../table/relation";
import type { Table } from "../table/table";
import type { Column } from "../table/table-columns";

export interface LoadOptions {
  readonly columns: readonly string[];
  readonly by: string | null;
  /** null: no tokens. undefined: `stats_approx_tokens` where the table has it. */
  readonly tokens?: string | null | undefined;
  /** DuckDB spills to a temporary folder beyond it. Default 4 GB. */
  readonly memoryLimit?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ProgressListener | undefined;
}

/** How a row of the table is found again. */
export type RowPlace = "file" | "values";

/**
 * Table `loaded` in `db`: columns `v0`, `v1` … as DOUBLE, `name` (the group as text), `tokens` as DOUBLE without nulls,
 * `f` (index in `files`) and `r` (row of that file), in the order of the table.
 */
export interface LoadedColumns {
  readonly db: Db;
  readonly origin: string;
  readonly columns: readonly string[];
  readonly by: string | null;
  readonly tokensColumn: string | null;
  readonly place: RowPlace;
  readonly files: readonly string[];
}

/** What progress says of it. */
export const EXPLORE = { stage: "reading columns", did: "read" } as const;
export const TOKENS = "stats_approx_tokens";
const MOST_COLUMNS = 6;
const NUMERIC = /^(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL\(\d+,\d+\)|BIGNUM)$/;

/**
 * The columns in memory; `db` is the caller's to close. Values become doubles: integers beyond 2^53 and decimals of more
 * than 15 digits are rounded to the nearest one. An abort stops the reading.
 * @throws InputError for a column that is missing (with the nearest names) or not a number.
 */
export async function loadColumns(table: Table, options: LoadOptions): Promise<LoadedColumns> {
  const { columns, by, signal, memoryLimit = "4GB" } = options;
  signal?.throwIfAborted();
  const schema = await table.readSchema(signal);
  const explored = exploredColumns(schema, columns);
  const group = by === null ? null : known(schema, by, "by").name;
  const tokensColumn = tokensOf(schema, options.tokens);
  const relation = table.relation();
  const identity = await relation.identity(signal);
  const files = identity.kind === "content" ? [] : identity.files;
  const ids = files.length > 0;
  const db = await Db.open({ memoryLimit, ...(signal ? { signal } : {}) });
  try {
    await db.run("set disabled_optimizers = 'build_side_probe_side'"); // left joins keep their order
    if (ids) await db.run(`create type files as enum (select unnest(${quoteList(files)}))`);
    const select = [
      ...explored.map((name, i) => `${quoteName(name)}::double as v${i}`),
      `${group === null ? "null" : quoteName(group)}::varchar as name`,
      `${tokensColumn === null ? "0::double" : finiteOrZero(quoteName(tokensColumn))} as tokens`,
      ids ? `enum_code(${ID_FILE}::files)::uinteger as f` : "0::uinteger as f",
      ids ? `${ID_ROW}::uinteger as r` : "(row_number() over () - 1)::uinteger as r",
    ];
    const sql = await relation.sql({ place: false, ids }, signal);
    await watched(db, options.onProgress, () =>
      db.run(`create table loaded as select ${select.join(", ")} from (${sql})`),
    );
    return {
      ...{ db, origin: table.origin, columns: explored, by: group, tokensColumn, files },
      place: ids ? "file" : "values",
    };
  } catch (error) {
    db.close();
    signal?.throwIfAborted();
    throw error instanceof QueryError ? failure(error, table) : error;
  }
}

/** DuckDB is asked how far it is while `work` runs. */
async function watched(
  db: Db,
  report: ProgressListener | undefined,
  work: () => Promise<void>,
): Promise<void> {
  if (!report) return await work();
  await db.run("set enable_progress_bar = true");
  await db.run("set enable_progress_bar_print = false");
  const timer = setInterval(() => {
    const at = db.progress;
    if (at !== null)
      report({ stage: EXPLORE.stage, done: at.rows, unit: "rows", share: Math.min(1, at.share) });
  }, 100);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  // DuckDB's own count stops short of the last rows
  const { rows } = await db.one<{ rows: number }>("select count(*) as rows from loaded");
  report({ stage: EXPLORE.stage, done: rows, unit: "rows", share: 1 });
}

function finiteOrZero(column: string): string {
  return `case when isfinite(${column}::double) then ${column}::double else 0 end`;
}

/** The names as the table spells them. */
function exploredColumns(schema: readonly Column[], columns: readonly string[]): string[] {
  const example = 'such as { column: "stats_approx_tokens", by: "meta_domain" }';
  if (columns.length === 0) throw new InputError(`explore: no column, expected one or more, ${example}`);
  if (columns.length > MOST_COLUMNS) {
    throw new InputError(`explore: ${columns.length} columns, expected at most ${MOST_COLUMNS}`);
  }
  const found = columns.map((name) => known(schema, name, "column"));
  for (const { name, type } of found) {
    if (!NUMERIC.test(type)) throw notANumber(schema, name, type);
  }
  const names = found.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) throw new InputError(`explore: column ${twice} is named twice`);
  return names;
}

function known(schema: readonly Column[], name: string, option: string): Column {
  const found =
    schema.find((column) => column.name === name) ??
    schema.find((column) => column.name.toLowerCase() === name.toLowerCase());
  if (found) return found;
  const names = schema.map((column) => column.name);
  const near = nearestNames(name, names);
  const hint = near.length > 0 ? `did you mean ${near.join(" or ")}?` : `it has ${names.join(", ")}`;
  throw new InputError(`explore: ${option} ${JSON.stringify(name)} is not in the table; ${hint}`);
}

function notANumber(schema: readonly Column[], name: string, type: string): InputError {
  const quoted = quoteName(name);
  const way = /^(DATE|TIMESTAMP|TIME)/.test(type)
    ? `make one, such as table.sql('select *, epoch(${quoted}) as seconds from this')`
    : type === "BOOLEAN"
      ? `it has two values only: table.filter('${quoted}') keeps the true ones, by: ${JSON.stringify(name)} compares them`
      : type === "VARCHAR"
        ? `make one, such as table.sql('select *, try_cast(${quoted} as double) as number from this'), or use it as by:`
        : "take a number out of it with table.sql first";
  const shown = type.length > 60 ? `${type.slice(0, 60)}…` : type;
  const numbers = schema.filter((column) => NUMERIC.test(column.type)).map((column) => column.name);
  const such = numbers.length > 0 ? `. Numbers in this table: ${numbers.slice(0, 12).join(", ")}` : "";
  return new InputError(`explore: column ${name} is ${shown}, expected a number; ${way}${such}`);
}

function tokensOf(schema: readonly Column[], tokens: string | null | undefined): string | null {
  if (tokens === null) return null;
  if (tokens === undefined) {
    const type = schema.find(({ name }) => name === TOKENS)?.type;
    return type !== undefined && NUMERIC.test(type) ? TOKENS : null;
  }
  const column = known(schema, tokens, "tokens");
  if (!NUMERIC.test(column.type)) {
    throw new InputError(`explore: tokens column ${column.name} is ${column.type}, expected a number`);
  }
  return column.name;
}

function failure(error: QueryError, table: Table): QueryError {
  const hint = /out of memory/i.test(error.message)
    ? "; raise { memoryLimit }, or explore fewer rows: table.sample(1_000_000)"
    : "";
  return new QueryError(`explore ${table.origin}: ${error.message}${hint}`, error.sql, { cause: error });
}
