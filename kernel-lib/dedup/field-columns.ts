/** Where the values of a field stand: a column, a view of the text, or a member of source_extra_json. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { quoteName, quoteText } from "../db";
import { InputError, nearestNames } from "../errors";
import { open } from "../table/open";
import { Table } from "../table/table";
import type { DedupInput, InputColumns } from "./planned-input";
import type { DedupView } from "./settings";

/** A table whose `columns.text` holds the field. */
export interface FieldInput {
  readonly input: DedupInput;
  readonly columns: InputColumns;
  readonly view: DedupView;
}

const EXTRA = "source_extra_json";

/** Names of the columns of an input. */
export async function columnsOf(input: DedupInput): Promise<readonly string[]> {
  if (Array.isArray(input)) return Object.keys((input as readonly object[])[0] ?? {});
  const table = input instanceof Table ? input : await open(input as string);
  return Array.from(await table.schema, ({ name }) => name);
}

/**
 * A column of that name; else for `prompt` and `completion` that view of the text, for `problem` meta_problem_id, which is made of it;
 * else the member of source_extra_json, where sources keep what has no column.
 * @throws InputError with what there is.
 */
export async function fieldInput(
  input: DedupInput,
  field: string,
  { text = "text", id }: InputColumns,
): Promise<FieldInput> {
  const names = await columnsOf(input);
  const of = (column: string, view: DedupView = "text") => ({ input, columns: { text: column, id }, view });
  if (names.includes(field)) return { ...of(field), input: await asText(input, field) };
  // Without a column named, a run is read shard by shard.
  if ((field === "prompt" || field === "completion") && names.includes(text))
    return { input, columns: text === "text" ? { id } : { text, id }, view: field };
  if (field === "problem" && names.includes("meta_problem_id")) return of("meta_problem_id");
  const known = names.includes(EXTRA) ? await extraKeys(input) : [];
  if (known.includes(field)) {
    const table = input instanceof Table ? input : await open(input as string);
    const path = quoteText(`$.${JSON.stringify(field)}`);
    const select = `select *, json_extract_string(${EXTRA}, ${path}) as ${quoteName(field)} from this`;
    return { input: table.sql(select), columns: { text: field, id }, view: "text" };
  }
  const near = nearestNames(field, [...names, ...known]);
  const extra = known.length > 0 ? `, and in ${EXTRA} ${known.slice(0, 12).join(", ")}` : "";
  throw new InputError(
    `dedup: no field "${field}"${near.length > 0 ? `; near it: ${near.join(", ")}` : ""}; there are the columns ${names.slice(0, 12).join(", ")}${extra}`,
  );
}

/** The input, its column as text: lines of JSON and rows in memory hold numbers and lists as they are. */
async function asText(input: DedupInput, field: string): Promise<DedupInput> {
  if (Array.isArray(input)) {
    const rows = input as readonly Readonly<Record<string, unknown>>[];
    const isText = (value: unknown) => typeof value === "string" || value === null || value === undefined;
    if (rows.every((row) => isText(row[field]))) return rows;
    const textOf = (value: unknown) =>
      isText(value) ? value : typeof value === "object" ? JSON.stringify(value) : String(value);
    return rows.map((row) => ({ ...row, [field]: textOf(row[field]) }));
  }
  if (input instanceof Table) return input;
  const table = await open(input as string);
  const type = Array.from(await table.schema).find(({ name }) => name === field)?.type;
  // What is no text is read by DuckDB, which casts it.
  return type === "VARCHAR" || existsSync(join(input as string, "rows")) ? input : table;
}

/** Members that source_extra_json has in some row. */
async function extraKeys(input: DedupInput): Promise<string[]> {
  if (Array.isArray(input)) return [];
  const table = input instanceof Table ? input : await open(input as string);
  const keys = `select distinct unnest(json_keys(${EXTRA})) as key from this where ${EXTRA} is not null`;
  const rows = await table.sql(`${keys} order by key`).toArray();
  return rows.map(({ key }) => String(key));
}
