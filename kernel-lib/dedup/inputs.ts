/** What dedup is given: run folders, files, tables, rows in memory. Each becomes files of JSON lines. */
import { createWriteStream, existsSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { finished } from "node:stream/promises";
import { Db, quoteName, quoteText } from "../db";
import { InputError, nearestNames } from "../errors";
import { datasetsOfRun, parquetFiles } from "../run-folder";
import { open } from "../table/open";
import { Table } from "../table/table";
import { readFirstLine } from "./first-line";
import type { LineFields, LineFile } from "./line-file";

/** A run folder, a file or folder of rows, a table, or rows in memory. */
export type DedupInput = string | Table | readonly Readonly<Record<string, unknown>>[];

export interface InputColumns {
  /** Column with the text. Default `text`. */
  readonly text?: string | undefined;
  /** Column with the user's own id. Default `id` where there is one. */
  readonly id?: string | undefined;
}

/** A shard of Parquet that a task lays out as lines. */
export interface ParquetShard {
  readonly path: string;
  /** Where its lines go, relative to the output folder. */
  readonly lines: string;
}

export interface PlannedInput {
  /** For people. */
  readonly name: string;
  /** Absolute path of the run folder, where it is one. */
  readonly run: string | null;
  /** Lines that are there already. */
  readonly files: readonly LineFile[];
  /** Shards to be laid out first, and the fields their lines will have. */
  readonly shards: readonly ParquetShard[];
}

/** Fields of lines that this room lays out. */
export const LAID_OUT: LineFields = { text: "text", id: "id", key: "row_key", verified: "verified" };

/** Plans the inputs in order; tables and rows in memory are written to `work` as lines now. */
export async function planInputs(
  inputs: readonly DedupInput[],
  columns: InputColumns,
  work: string,
): Promise<PlannedInput[]> {
  if (inputs.length === 0) throw new InputError("dedup: no tables, expected at least one");
  const planned: PlannedInput[] = [];
  for (const [dataset, input] of inputs.entries()) {
    if (typeof input === "string") planned.push(await planPath(input, dataset, columns, work));
    else if (input instanceof Table)
      planned.push(await planTable(input, input.origin, dataset, columns, work));
    else planned.push(await planRows(input, dataset, columns, work));
  }
  return planned;
}

async function planPath(
  path: string,
  dataset: number,
  columns: InputColumns,
  work: string,
): Promise<PlannedInput> {
  const full = resolve(path);
  if (existsSync(join(full, "rows"))) {
    if (columns.text !== undefined || columns.id !== undefined)
      return await planTable(await open(path), basename(full), dataset, columns, work);
    const shards = parquetFiles(join(full, "rows")).map((name) => ({
      path: join(full, "rows", name),
      lines: `lines/${dataset}/${name.replace(/\.parquet$/, ".jsonl")}`,
    }));
    return { name: datasetsOfRun(full)?.join(", ") ?? basename(full), run: full, files: [], shards };
  }
  const lines = linesIn(full);
  if (lines === null) return await planTable(await open(path), path, dataset, columns, work);
  const files = lines.map((file) =>
    lineFile(file, lines.length > 1 ? `${path}/${basename(file)}` : path, dataset, columns),
  );
  return { name: path, run: null, files, shards: [] };
}

/** Files of JSON lines that stand here as they are; null where something else stands. */
function linesIn(path: string): string[] | null {
  if (!existsSync(path)) return null;
  if (statSync(path).isFile()) return /\.(jsonl|ndjson)$/.test(path) ? [path] : null;
  const names = readdirSync(path)
    .filter((name) => !name.startsWith("."))
    .sort();
  const wanted = names.filter((name) => /\.(jsonl|ndjson)$/.test(name));
  return wanted.length > 0 && wanted.length === names.length ? wanted.map((name) => join(path, name)) : null;
}

function lineFile(
  path: string,
  name: string,
  dataset: number,
  { text = "text", id }: InputColumns,
): LineFile {
  const first = readFirstLine(path);
  const names = first === null ? [text] : Object.keys(first);
  if (!names.includes(text)) throw noColumn(name, text, names);
  if (id !== undefined && !names.includes(id)) throw noColumn(name, id, names);
  return {
    path,
    name,
    dataset,
    fields: { text, id: id ?? (names.includes("id") ? "id" : null), key: null, verified: null },
  };
}

function noColumn(name: string, column: string, names: readonly string[]): InputError {
  const near = nearestNames(column, names);
  return new InputError(
    `${name}: no column "${column}"${near.length > 0 ? `; near it: ${near.join(", ")}` : ""}; ` +
      `it has ${names.slice(0, 12).join(", ")}: name the text with --text COLUMN and the id with --id COLUMN`,
  );
}

async function planTable(
  table: Table,
  name: string,
  dataset: number,
  { text = "text", id }: InputColumns,
  work: string,
): Promise<PlannedInput> {
  const schema = await table.schema;
  const names = Array.from(schema, (column) => column.name);
  for (const column of [text, ...(id === undefined ? [] : [id])])
    if (!names.includes(column)) throw noColumn(name, column, names);
  const idColumn = id ?? ["id", "uuid", "row_key"].find((column) => names.includes(column)) ?? null;
  const key = names.includes("row_key") ? "row_key" : null;
  const verified = names.includes("meta_correct_count") ? "meta_correct_count" : null;
  const path = join(work, "lines", `${dataset}.jsonl`);
  mkdirSync(join(work, "lines"), { recursive: true });
  const sql = await table.relation().sql({ place: false, ids: false });
  const db = await Db.open({ threads: 1, memoryLimit: "400MB" });
  try {
    const select = linesSelect({ text, id: idColumn, key, verified });
    await db.run(`copy (select ${select} from (${sql})) to ${quoteText(path)} (format json)`);
  } finally {
    db.close();
  }
  const fields = {
    text: "text",
    id: idColumn && "id",
    key: key && "row_key",
    verified: verified && "verified",
  };
  return { name, run: null, files: [{ path, name, dataset, fields }], shards: [] };
}

/** The columns of laid out lines; the text last, so that the others are found soon. */
export function linesSelect({ text, id, key, verified }: LineFields): string {
  return [
    ...(key === null ? [] : [`${quoteName(key)}::varchar as row_key`]),
    ...(id === null ? [] : [`${quoteName(id)}::varchar as id`]),
    ...(verified === null ? [] : [`case when ${quoteName(verified)} >= 1 then '1' else '0' end as verified`]),
    `${quoteName(text)}::varchar as text`,
  ].join(", ");
}

async function planRows(
  rows: readonly Readonly<Record<string, unknown>>[],
  dataset: number,
  { text = "text", id }: InputColumns,
  work: string,
): Promise<PlannedInput> {
  const name = `rows ${dataset + 1}`;
  const first = rows[0];
  if (first !== undefined && !(text in first)) throw noColumn(name, text, Object.keys(first));
  const idColumn = id ?? (first !== undefined && "id" in first ? "id" : null);
  const hasKey = first !== undefined && "row_key" in first;
  const path = join(work, "lines", `${dataset}.jsonl`);
  mkdirSync(join(work, "lines"), { recursive: true });
  const file = createWriteStream(path);
  const pieces: string[] = [];
  for (const row of rows) {
    pieces.push(
      JSON.stringify({
        ...(hasKey ? { row_key: String(row.row_key) } : {}),
        ...(idColumn === null ? {} : { id: String(row[idColumn]) }),
        verified: Number(row.meta_correct_count ?? 0) >= 1 ? "1" : "0",
        text: row[text] ?? null,
      }),
    );
    if (pieces.length === 1000) file.write(`${pieces.splice(0).join("\n")}\n`);
  }
  if (pieces.length > 0) file.write(`${pieces.join("\n")}\n`);
  file.end();
  await finished(file);
  const fields = { text: "text", id: idColumn && "id", key: hasKey ? "row_key" : null, verified: "verified" };
  return { name, run: null, files: [{ path, name, dataset, fields }], shards: [] };
}
