/** Inputs of dedup that DuckDB reads: run folders, tables, Parquet, CSV, datasets by name. */
import { existsSync, mkdirSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { Db, quoteName, quoteText } from "../db";
import { datasetsOfRun, parquetFiles } from "../run-folder";
import { open } from "../table/open";
import type { Table } from "../table/table";
import type { LineFields } from "./line-file";
import { type InputColumns, noColumn, type PlannedInput } from "./planned-input";

/** A run folder, a file that is no JSON lines, or a dataset by name. */
export async function planDataset(
  path: string,
  dataset: number,
  columns: InputColumns,
  work: string,
): Promise<PlannedInput> {
  const full = resolve(path);
  if (!existsSync(join(full, "rows"))) return await planTable(await open(path), path, dataset, columns, work);
  if (columns.text !== undefined || columns.id !== undefined)
    return await planTable(await open(path), basename(full), dataset, columns, work);
  const shards = parquetFiles(join(full, "rows")).map((name) => ({
    path: join(full, "rows", name),
    lines: `lines/${dataset}/${name.replace(/\.parquet$/, ".jsonl")}`,
  }));
  return { name: datasetsOfRun(full)?.join(", ") ?? basename(full), run: full, files: [], shards };
}

/** A table, written to `work` as lines now. */
export async function planTable(
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
