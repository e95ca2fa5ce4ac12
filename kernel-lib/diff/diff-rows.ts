/** The rows that two versions are compared on, as parts that are read apart from each other. */
import { InputError, nearestNames } from "../errors";
import type { PinnedStep } from "../steps/pinned-step";
import { open } from "../table/open";
import type { Table } from "../table/table";

/** A table, a run, or what `open` takes: the folder of a run, a dataset. */
export type DiffTarget = Table | Promise<Table> | { readonly out: string } | string;

export interface DiffPart {
  /** Safe in a file name, in the order of the rows. */
  readonly id: string;
  readonly sql: string;
  readonly rows: number;
  /** Number of its first row. */
  readonly first: number;
}

export interface DiffRows {
  readonly table: Table;
  readonly parts: readonly DiffPart[];
  readonly rows: number;
  /** What a row is known by. */
  readonly key: "row_key" | "row_number";
  readonly columns: readonly string[];
}

/** The column that a row is known by; rows without a key are given their number. */
export const KEY_COLUMN = { row_key: "row_key", row_number: "__corpuslab_number" } as const;

/** A part has whole files with together at most so many rows: enough to make the start of a task cheap. */
const ROWS_PER_PART = 100_000;

export async function targetTable(target: DiffTarget): Promise<Table> {
  const given = await target;
  if (typeof given === "string") return await open(given);
  return "out" in given ? await open(given.out) : given;
}

/**
 * The parts of the table: those of its files where it is all rows of a run or of Parquet files, else one; one too where
 * a step has to see all rows at once.
 */
export async function diffRows(
  table: Table,
  { whole, signal }: { readonly whole: boolean; readonly signal: AbortSignal },
): Promise<DiffRows> {
  const columns = (await table.readSchema(signal)).map(({ name }) => name);
  const apart = whole ? undefined : await table.relation().parts?.(ROWS_PER_PART, signal);
  const found = apart ?? [{ sql: await table.rowsSql(signal), rows: null }];
  const parts: DiffPart[] = [];
  let first = 0;
  for (const [i, part] of found.entries()) {
    const rows = part.rows ?? (await table.count({ signal }));
    parts.push({ id: `part-${String(i).padStart(5, "0")}`, sql: part.sql, rows, first });
    first += rows;
  }
  return { table, parts, rows: first, key: columns.includes("row_key") ? "row_key" : "row_number", columns };
}

/** @throws InputError for a column that a step reads and the rows do not have, with the nearest names. */
export function checkReads(
  { ref, manifest }: PinnedStep,
  { columns, table }: Pick<DiffRows, "columns" | "table">,
): void {
  for (const name of Object.keys(manifest.reads.properties)) {
    if (columns.includes(name)) continue;
    const near = nearestNames(name, columns);
    throw new InputError(
      `diff: ${ref} reads the column ${name}, which ${table.origin} does not have; ` +
        (near.length > 0 ? `did you mean ${near.join(" or ")}?` : `it has ${columns.join(", ")}`),
    );
  }
}
