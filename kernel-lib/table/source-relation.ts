/** The files of a source as one relation: Parquet, CSV and JSON, read by DuckDB where they lie. */

import { quoteText } from "../db";
import { rowCounts } from "../run-folder/row-counts";
import type { Source, SourceFile } from "../source/source";
import { checkRows, type RowProblem } from "./check-json";
import { withDb } from "./db-pool";
import {
  checkedParts,
  largeParts,
  pathList,
  type ReadPart,
  SAMPLE_ROWS,
  type SourceFacts,
} from "./json-parts";
import { ID_FILE, ID_ROW, inGroups, PLACE_COLUMNS, PLAIN, type Relation, type Want } from "./relation";

export interface SourceRelation extends Relation {
  readonly source: Source;
  facts(signal?: AbortSignal): Promise<SourceFacts>;
  /** Every row that cannot be read, by file and row. Reads the JSON and CSV files when that was not done yet. */
  problems(signal?: AbortSignal): Promise<readonly RowProblem[]>;
}

/** JSON up to this many bytes (packed ones count five times) is checked row by row before DuckDB reads it. */
export const CHECK_BYTES = 256 * 1024 * 1024;

interface Plan {
  /** One SELECT for each kind of file, without place or id columns, and its reader (`from …`). */
  readonly parts: readonly ReadPart[];
  readonly places: ReadonlyMap<
    string,
    { readonly file: SourceFile; readonly subset: string; readonly split: string; readonly number: number }
  >;
  readonly facts: SourceFacts;
}

/**
 * The rows of a source as a relation. JSON files of up to 256 MiB together are parsed once first: their rows are
 * exactly those that normalize reads, and every column has the type that fits all rows. Larger ones are read as
 * DuckDB reads JSON (NaN and trailing commas pass; unreadable lines are left out and listed by `problems`), with
 * types from the first 20,480 rows of up to 32 files and nested columns as JSON. `check` forces the first way.
 */
export function sourceRelation(source: Source, { check }: { readonly check?: boolean } = {}): SourceRelation {
  let planned: Promise<Plan> | null = null;
  let problems: Promise<readonly RowProblem[]> | null = null;
  const plan = (signal?: AbortSignal): Promise<Plan> => {
    planned ??= makePlan(source, check, signal).catch((error: unknown) => {
      planned = null;
      throw error;
    });
    return planned;
  };
  return {
    source,
    facts: async (signal) => (await plan(signal)).facts,
    problems(signal) {
      problems ??= allProblems(source, plan, signal).catch((error: unknown) => {
        problems = null;
        throw error;
      });
      return problems;
    },
    identity: async (signal) => {
      const { places } = await plan(signal);
      const numbers = [...places].map(([path, { number }]) => [path, String(number)] as const);
      return {
        kind: "place",
        fileNumber: (column) => `${mapSql(numbers, (n) => n)}[${column}]`,
        files: [...places.keys()],
      };
    },
    sql: async (want, signal) => await renderPlan(await plan(signal), want, signal),
    async parts(rows, signal) {
      const made = await plan(signal);
      const sql = await renderPlan(made, PLAIN, signal);
      const paths = filesOf(source).map(({ path }) => path);
      const isParquet = made.parts.every(({ realRow }) => realRow);
      const counts = isParquet ? await withDb((db) => rowCounts(db, paths), { signal }) : [];
      // A condition on the name keeps the types that all files have together, and reads these files alone.
      const groups = inGroups(paths, counts, rows);
      if (groups.length <= 1) return [{ sql, rows: counts.length === 0 ? null : sum(counts) }];
      return groups.map((group) => ({
        sql: `${sql} where filename in (${group.items.map(quoteText).join(", ")})`,
        rows: group.rows,
      }));
    },
  };
}

async function allProblems(
  source: Source,
  plan: (signal?: AbortSignal) => Promise<Plan>,
  signal: AbortSignal | undefined,
): Promise<readonly RowProblem[]> {
  const { facts } = await plan(signal);
  const found: RowProblem[] = [...(facts.checked?.problems ?? [])];
  for (const file of filesOf(source)) {
    const isJson = file.format === "json" || file.format === "jsonl";
    if (file.format === "parquet" || (isJson && facts.checked !== null)) continue;
    found.push(...(await checkRows(file, null, { signal })).problems);
  }
  return found;
}

function filesOf(source: Source): SourceFile[] {
  return [...new Map(source.splits.flatMap(({ files }) => files).map((file) => [file.path, file])).values()];
}

async function makePlan(
  source: Source,
  check: boolean | undefined,
  signal: AbortSignal | undefined,
): Promise<Plan> {
  const files = filesOf(source);
  const of = (...formats: string[]) =>
    files.filter(({ format, bytes }) => formats.includes(format) && bytes > 0);
  const parts: ReadPart[] = [];
  const moved = new Map<string, string>();
  let facts: SourceFacts = { checked: null, notes: [] };
  const parquet = of("parquet");
  if (parquet.length > 0) {
    parts.push({
      select: "*",
      from: `read_parquet(${pathList(parquet.map(({ path }) => path))}, union_by_name = true, hive_partitioning = false)`,
      row: "file_row_number",
      realRow: true,
    });
  }
  const csv = of("csv");
  if (csv.length > 0) {
    const paths = pathList(csv.map(({ path }) => path));
    const bytes = csv.reduce((sum, file) => sum + file.bytes, 0);
    const sample = bytes <= CHECK_BYTES ? -1 : SAMPLE_ROWS;
    parts.push({
      select: "*",
      from: `read_csv(${paths}, header = true, union_by_name = true, hive_partitioning = false, sample_size = ${sample})`,
      row: "row_number() over ()",
      realRow: false,
    });
  }
  const json = of("json", "jsonl");
  if (json.length > 0) {
    const weight = json.reduce((sum, file) => sum + file.bytes * (file.compression ? 5 : 1), 0);
    const exact = check ?? weight <= CHECK_BYTES;
    const found = exact ? await checkedParts(json, signal) : await largeParts(json, signal);
    parts.push(...found.parts);
    facts = found.facts;
    for (const [from, to] of found.moved) moved.set(from, to);
  }
  const places = new Map<string, { file: SourceFile; subset: string; split: string; number: number }>();
  let number = 0;
  for (const { subset, split, files: members } of source.splits) {
    for (const file of members)
      places.set(moved.get(file.path) ?? file.path, { file, subset, split, number: number++ });
  }
  return { parts, places, facts };
}

async function renderPlan(
  { parts, places }: Plan,
  want: Want,
  signal: AbortSignal | undefined,
): Promise<string> {
  if (parts.length === 0) return "select null::varchar as no_columns where false";
  const taken = new Set<string>();
  if (want.place) {
    const plain = parts
      .map(({ select, from }) => `select ${select} from ${from}`)
      .join(" union all by name ");
    const own = await withDb((db) => db.describe(`select * from (${plain})`), { signal });
    for (const { name } of own) taken.add(name.toLowerCase());
  }
  const entries = [...places];
  const extras = {
    _subset: mapSql(entries.map(([path, { subset }]) => [path, subset])),
    _split: mapSql(entries.map(([path, { split }]) => [path, split])),
    _file: mapSql(entries.map(([path, { file }]) => [path, file.name])),
  };
  return parts
    .map(({ select, from, row, realRow }) => {
      const columns = [select];
      for (const name of want.place ? PLACE_COLUMNS : []) {
        if (taken.has(name)) continue;
        if (name !== "_row") columns.push(`${extras[name]}[filename] as ${name}`);
        else if (realRow) columns.push(`${row} as _row`);
      }
      if (want.ids) columns.push(`filename as ${ID_FILE}`, `${row} as ${ID_ROW}`);
      return `select ${columns.join(", ")} from ${from}`;
    })
    .join(" union all by name ");
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}

function mapSql(
  entries: readonly (readonly [path: string, value: string])[],
  quote: (value: string) => string = quoteText,
): string {
  return `map {${entries.map(([path, value]) => `${quoteText(path)}: ${quote(value)}`).join(", ")}}`;
}
