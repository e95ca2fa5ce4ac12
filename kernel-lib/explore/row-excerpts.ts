/** Texts of a few rows, fetched from the table where they lie: the explorer holds numbers only. */

import { basename } from "node:path";
import { quoteName, quoteText } from "../db";
import { QueryError } from "../errors";
import { readParquet } from "../run-folder";
import { withDb } from "../table/db-pool";
import { ID_FILE, ID_ROW } from "../table/relation";
import type { Table } from "../table/table";
import type { Column } from "../table/table-columns";
import type { LiveRows } from "./live-rows";
import type { NearRow } from "./nearest-rows";
import type { RowExcerpt, Sketch } from "./protocol";

/** Characters of a text that are shown. */
const SHOWN = 600;
const KEYS = ["row_key", "id", "uuid", "key"];
const TEXTS = [
  ...["text", "messages", "conversations", "problem", "instruction", "prompt", "question"],
  ...["content", "input", "chosen", "completion", "response", "output"],
];

interface Found {
  readonly key: string | null;
  readonly text: string | null;
  readonly length: number | null;
}

/**
 * The excerpts of `near`, in its order. A Parquet file is read at the rows asked for; other files are read through; rows
 * of a SELECT, which stand in no file, are looked up by their values.
 */
export async function rowExcerpts(
  table: Table,
  rows: LiveRows,
  sketch: Sketch,
  near: readonly NearRow[],
  signal?: AbortSignal,
): Promise<RowExcerpt[]> {
  const schema = await table.readSchema(signal);
  const found =
    rows.place === "file"
      ? await byFile(table, schema, rows, near, signal)
      : await byValues(table, schema, rows, sketch, near, signal);
  return near.map(({ at, value, group }, i) => {
    const { key, text, length } = found[i] ?? { key: null, text: null, length: null };
    return {
      key: key ?? "",
      value,
      group: sketch.groups[group] ?? null,
      tokens: rows.tokens ? rows.tokens[at]! : null,
      text: text ?? "",
      cut: Math.max(0, (length ?? 0) - SHOWN),
    };
  });
}

/** `key`, `text` and `length` (characters of the whole text) of a row with these columns. */
function excerptSql(schema: readonly Column[]): string {
  const has = (name: string) => schema.find((column) => column.name === name);
  const key = KEYS.map(has).find((column) => column !== undefined);
  const column =
    TEXTS.map(has).find((each) => each !== undefined) ??
    schema.find(({ name, type }) => type === "VARCHAR" && name !== key?.name);
  const name = column ? quoteName(column.name) : "null";
  const text =
    column === undefined || column.type === "VARCHAR" ? `${name}::varchar` : `to_json(${name})::varchar`;
  return `${key ? quoteName(key.name) : "null"}::varchar as key, left(${text}, ${SHOWN}) as text, length(${text}) as length`;
}

async function byFile(
  table: Table,
  schema: readonly Column[],
  rows: LiveRows,
  near: readonly NearRow[],
  signal: AbortSignal | undefined,
): Promise<Found[]> {
  const found = new Map<string, Found>();
  const numbers = new Map<number, number[]>();
  for (const { at } of near)
    numbers.set(rows.file[at]!, [...(numbers.get(rows.file[at]!) ?? []), rows.row[at]!]);
  for (const [file, list] of numbers) {
    const path = rows.files[file]!;
    for (const { n, key, ...rest } of await rowsOfFile(table, schema, path, list, signal)) {
      found.set(`${file}/${n}`, { ...rest, key: key ?? `${basename(path)}#${n}` });
    }
  }
  return near.map(({ at }) => found.get(`${rows.file[at]}/${rows.row[at]}`)!);
}

async function rowsOfFile(
  table: Table,
  schema: readonly Column[],
  path: string,
  numbers: readonly number[],
  signal: AbortSignal | undefined,
): Promise<(Found & { readonly n: number })[]> {
  const excerpt = excerptSql(schema);
  const through = async () => {
    const sql = await table.relation().sql({ place: false, ids: true }, signal);
    return `select ${ID_ROW} as n, ${excerpt} from (${sql}) where ${ID_FILE} = ${quoteText(path)} and ${ID_ROW} in (${numbers.join(", ")})`;
  };
  type Row = Found & { readonly n: number };
  const read = (sql: string) => withDb((db) => db.all<Row & Record<string, unknown>>(sql), { signal });
  if (!path.endsWith(".parquet")) return await read(await through());
  const direct = `select file_row_number as n, ${excerpt} from ${readParquet([path])} where file_row_number in (${numbers.join(", ")})`;
  try {
    return await read(direct);
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    return await read(await through()); // the text is a column that was attached, or that this file lacks
  }
}

async function byValues(
  table: Table,
  schema: readonly Column[],
  rows: LiveRows,
  sketch: Sketch,
  near: readonly NearRow[],
  signal: AbortSignal | undefined,
): Promise<Found[]> {
  const found: Found[] = [];
  const taken = new Map<string, number>();
  for (const { at, group } of near) {
    const conditions = sketch.columns.flatMap(({ name }, column) => {
      const value = rows.values[column]![at]!;
      if (Number.isNaN(value)) return [];
      return [`${quoteName(name)}::double = ${quoteText(String(value))}::double`]; // bare digits would be a decimal
    });
    const name = sketch.groups[group];
    if (sketch.by !== null && name !== undefined) {
      const is = name === null ? "is null" : `= ${quoteText(name)}`;
      conditions.push(`${quoteName(sketch.by)}::varchar ${is}`);
    }
    const where = conditions.join(" and ");
    const skip = taken.get(where) ?? 0;
    taken.set(where, skip + 1);
    const select = `select ${excerptSql(schema)} from `;
    const [row] = await table.read<Found & Record<string, unknown>>(
      (sql) => `${select}(${sql}) where ${where} order by all limit 1 offset ${skip}`,
      signal,
    );
    found.push(row ?? { key: null, text: null, length: null });
  }
  return found;
}
