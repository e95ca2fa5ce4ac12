/** What dedup is given: run folders, files, tables, rows in memory. Each becomes files of JSON lines. */
import { createWriteStream, existsSync, mkdirSync, readdirSync, realpathSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { finished } from "node:stream/promises";
import { InputError } from "../errors";
import type { Table } from "../table/table";
import { readFirstLine } from "./first-line";
import type { LineFields, LineFile } from "./line-file";
import { type DedupInput, type InputColumns, noColumn, type PlannedInput } from "./planned-input";

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
  checkDifferent(inputs);
  for (const [dataset, input] of inputs.entries()) {
    if (typeof input === "string") planned.push(await planPath(input, dataset, columns, work));
    else if (isTable(input)) {
      const { planTable } = await import("./table-inputs.js");
      planned.push(await planTable(input, input.origin, dataset, columns, work));
    } else planned.push(await planRows(input, dataset, columns, work));
  }
  return planned;
}

/** @throws InputError for a place that is given twice: each of its rows would repeat itself. */
function checkDifferent(inputs: readonly DedupInput[]): void {
  const seen = new Set<string>();
  for (const input of inputs) {
    if (typeof input !== "string" || !existsSync(input)) continue;
    const place = realpathSync(input);
    if (seen.has(place)) throw new InputError(`${input} is given twice; every row of it would repeat itself`);
    seen.add(place);
  }
}

async function planPath(
  path: string,
  dataset: number,
  columns: InputColumns,
  work: string,
): Promise<PlannedInput> {
  const full = resolve(path);
  const lines = existsSync(join(full, "rows")) ? null : linesIn(full);
  if (lines === null) {
    // DuckDB, and all that opens a dataset, are loaded where they are needed only: lines need neither.
    const { planDataset } = await import("./table-inputs.js");
    return await planDataset(path, dataset, columns, work);
  }
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

function isTable(input: Exclude<DedupInput, string>): input is Table {
  return !Array.isArray(input);
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
