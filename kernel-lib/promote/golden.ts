/** The rows on which a promotion is proven: few, and chosen where a function is most likely to differ. */
import { quoteName } from "../db";
import type { GoldenRow } from "../steps/golden-lines";
import type { Table } from "../table/table";

export interface GoldenOptions {
  /** Columns that the step reads. */
  readonly reads: readonly string[];
  /** Column whose values are strata; null for none. */
  readonly by: string | null;
  /** Numbers with which the code may compare a column. */
  readonly thresholds: readonly number[];
  /** Rows of each stratum; default 4. */
  readonly each?: number;
  /** Further strata: a name and a SQL condition. */
  readonly also?: readonly { readonly stratum: string; readonly where: string }[];
}

/** A golden row and its number in the table, from 0. */
export interface NumberedRow extends GoldenRow {
  readonly number: number;
}

const NUMBER = /^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|FLOAT|DOUBLE|DECIMAL.*)$/i;
const SIZED = /^(VARCHAR|.*\[\])$/i;
const MAX_GROUPS = 40;
const MAX_THRESHOLDS = 20;

/**
 * Rows of the table by stratum: some of each value of `by`, rows with a null, the extremes of each column (of numbers
 * and of lengths), and the rows nearest to each threshold on both sides. In the order of the table; the same rows for
 * the same table and options. One scan to choose and one to read.
 */
export async function goldenRows(
  table: Table,
  { reads, by, thresholds, each = 4, also = [] }: GoldenOptions,
  signal?: AbortSignal,
): Promise<NumberedRow[]> {
  const schema = await table.readSchema(signal);
  const typeOf = new Map(schema.map(({ name, type }) => [name, type]));
  const chosen = new Map<number, string[]>();
  const choose = (stratum: string, numbers: readonly (number | bigint)[] | null): void => {
    for (const number of numbers ?? []) {
      const strata = chosen.get(Number(number)) ?? [];
      if (!strata.includes(stratum)) strata.push(stratum);
      chosen.set(Number(number), strata);
    }
  };
  const numbered = (sql: string) => `select *, row_number() over () - 1 as n__ from (${sql})`;
  const wanted: { stratum: string; sql: string }[] = [
    { stratum: "any", sql: `min_by(n__, hash(n__), ${each * 4})` },
  ];
  for (const { stratum, where } of also)
    wanted.push({ stratum, sql: `min_by(n__, hash(n__), ${each}) filter (${where})` });
  for (const name of reads) {
    const column = quoteName(name);
    const type = typeOf.get(name) ?? "";
    wanted.push({
      stratum: `null ${name}`,
      sql: `min_by(n__, hash(n__), ${each}) filter (${column} is null)`,
    });
    const size = NUMBER.test(type) ? column : SIZED.test(type) ? `length(${column})` : null;
    if (size) {
      wanted.push(
        {
          stratum: `smallest ${name}`,
          sql: `min_by(n__, (${size}, n__), ${each}) filter (${column} is not null)`,
        },
        {
          stratum: `largest ${name}`,
          sql: `max_by(n__, (${size}, n__), ${each}) filter (${column} is not null)`,
        },
      );
    }
    if (/^BOOLEAN$/i.test(type)) {
      for (const value of ["true", "false"]) {
        wanted.push({
          stratum: `${name} ${value}`,
          sql: `min_by(n__, hash(n__), ${each}) filter (${column} = ${value})`,
        });
      }
    }
    if (!size) continue;
    const number = `(${size})::double`;
    for (const limit of thresholds.slice(0, MAX_THRESHOLDS)) {
      for (const side of [">=", "<"]) {
        wanted.push({
          stratum: `near ${name} ${limit}`,
          sql: `min_by(n__, (abs(${number} - ${limit}::double), n__), ${each}) filter (${number} ${side} ${limit}::double and not isnan(${number}))`,
        });
      }
    }
  }
  const list = wanted.map(({ sql }, i) => `${sql} as s${i}`).join(", ");
  const [found] = await table.read<Record<string, (number | bigint)[] | null>>(
    (sql) => `select ${list} from (${numbered(sql)})`,
    signal,
  );
  wanted.forEach(({ stratum }, i) => {
    choose(stratum, found![`s${i}`] ?? null);
  });
  if (by !== null) {
    const groups = await table.read<{ g: string | null; numbers: (number | bigint)[] }>(
      (sql) =>
        `select ${quoteName(by)}::varchar as g, min_by(n__, hash(n__), ${each}) as numbers from (${numbered(sql)}) group by g order by count(*) desc, g limit ${MAX_GROUPS}`,
      signal,
    );
    for (const { g, numbers } of groups) choose(`${by} ${g ?? "null"}`, numbers);
  }
  if (chosen.size === 0) return [];
  const key = typeOf.has("row_key") ? "row_key" : "n__::varchar";
  const columns = reads.map((name, i) => `${quoteName(name)} as c${i}`).join(", ");
  const rows = await table.read<Record<string, unknown>>(
    (sql) =>
      `select n__, ${key} as key__${columns ? `, ${columns}` : ""} from (${numbered(sql)}) where n__ in (${[...chosen.keys()].join(", ")}) order by n__`,
    signal,
  );
  return rows.map((row) => ({
    number: Number(row.n__),
    key: String(row.key__),
    strata: chosen.get(Number(row.n__))!,
    row: Object.fromEntries(reads.map((name, i) => [name, row[`c${i}`] ?? null])),
  }));
}

/** The golden rows with every column of the table, in its order. One scan. */
export async function wholeRows(
  table: Table,
  golden: readonly NumberedRow[],
  signal?: AbortSignal,
): Promise<Record<string, unknown>[]> {
  if (golden.length === 0) return [];
  const numbers = golden.map(({ number }) => number).join(", ");
  const rows = await table.read<Record<string, unknown>>(
    (sql) =>
      `select * from (select *, row_number() over () - 1 as n__ from (${sql})) where n__ in (${numbers}) order by n__`,
    signal,
  );
  return rows.map(({ n__, ...row }) => row);
}

/** Whether a column holds nulls, by name. One scan. */
export async function nullCounts(
  table: Table,
  names: readonly string[],
  signal?: AbortSignal,
): Promise<Map<string, number>> {
  if (names.length === 0) return new Map();
  const counts = names.map((name, i) => `count(*) filter (${quoteName(name)} is null) as c${i}`).join(", ");
  const [row] = await table.read<Record<string, number>>((sql) => `select ${counts} from (${sql})`, signal);
  return new Map(names.map((name, i) => [name, Number(row![`c${i}`])]));
}

/** Column whose values golden rows are drawn from when nothing was said. */
export async function defaultGroup(table: Table): Promise<string | null> {
  return (await table.schema).some(({ name }) => name === "meta_domain") ? "meta_domain" : null;
}

/** All rows of the table, as golden rows. */
export async function everyRow(table: Table, reads: readonly string[]): Promise<NumberedRow[]> {
  const names = (await table.schema).map(({ name }) => name);
  const key = names.includes("row_key") ? "row_key" : null;
  const rows = await table
    .select([...new Set([...(key ? [key] : []), ...reads])])
    .toArray({ maxRows: 5_000_000 });
  return rows.map((row, i) => ({
    number: i,
    key: key ? String(row[key]) : String(i),
    strata: ["all"],
    row: Object.fromEntries(reads.map((name) => [name, row[name] ?? null])),
  }));
}
