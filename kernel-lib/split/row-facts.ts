/** What a split needs to know of each row beside its text: key, values that keep rows together, stratum. */
import type { DedupInput } from "../dedup/planned-input";
import { InputError, nearestNames } from "../errors";
import { open } from "../table/open";
import { Table } from "../table/table";

/** Rows of all tables in order, as columns. */
export interface RowFacts {
  /** row_key; null where the table has none. */
  readonly keys: (string | null)[];
  readonly ids: (string | null)[];
  /** Of each column that keeps rows together: its values, null where there is none. */
  readonly together: ReadonlyMap<string, readonly (string | null)[]>;
  /** Number of the stratum in `strata`. */
  readonly stratum: number[];
  readonly strata: readonly string[];
  /** Value of the column asked for as `side`; null where there is none. */
  readonly sides: (string | null)[];
  /** Rows of each table. */
  readonly rowsOf: readonly number[];
}

export interface FactColumns {
  /** Columns whose equal values keep rows together; undefined: meta_problem_id where there is one. */
  readonly together: readonly string[] | undefined;
  readonly stratify: readonly string[];
  readonly side: string | null;
}

const PROBLEM = "meta_problem_id";

export async function readFacts(
  inputs: readonly DedupInput[],
  { together, stratify, side }: FactColumns,
  signal: AbortSignal,
): Promise<RowFacts> {
  const keys: (string | null)[] = [];
  const ids: (string | null)[] = [];
  const sides: (string | null)[] = [];
  const stratum: number[] = [];
  const strata: string[] = [];
  const numbers = new Map<string, number>();
  const kept = new Map<string, (string | null)[]>((together ?? [PROBLEM]).map((name) => [name, []]));
  const rowsOf: number[] = [];
  const add = (row: Readonly<Record<string, unknown>>) => {
    keys.push(textOf(row.row_key));
    ids.push(textOf(row.id));
    if (side !== null) sides.push(textOf(row[side]));
    for (const [name, values] of kept) values.push(filledText(row[name]));
    const name = stratify.map((column) => textOf(row[column]) ?? "null").join(" / ");
    const number = numbers.get(name) ?? numbers.set(name, strata.push(name) - 1).get(name)!;
    stratum.push(number);
  };
  const needed = [...(together ?? []), ...stratify, ...(side === null ? [] : [side])];
  for (const input of inputs) {
    const before = keys.length;
    if (Array.isArray(input)) {
      const [first] = input as readonly Readonly<Record<string, unknown>>[];
      if (first !== undefined) checkColumns("rows", needed, Object.keys(first));
      for (const row of input as readonly Readonly<Record<string, unknown>>[]) add(row);
    } else {
      const table = input instanceof Table ? input : await open(input as string);
      const names = Array.from(await table.schema, ({ name }) => name);
      checkColumns(table.origin, needed, names);
      const wanted = ["row_key", "id", ...kept.keys(), ...needed].filter((name) => names.includes(name));
      // A table without any of them still has rows to be counted.
      const columns = wanted.length > 0 ? [...new Set(wanted)] : names.slice(0, 1);
      for await (const batch of table.select(columns).stream({ signal })) for (const row of batch) add(row);
    }
    rowsOf.push(keys.length - before);
  }
  // What nobody asked for and no row has keeps nothing together.
  if (together === undefined && kept.get(PROBLEM)!.every((value) => value === null)) kept.delete(PROBLEM);
  return { keys, ids, together: kept, stratum, strata, sides, rowsOf };
}

/** A blank value is none: rows without a problem have no problem in common. */
function filledText(value: unknown): string | null {
  const text = textOf(value);
  return text === null || text.trim() === "" ? null : text;
}

function textOf(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  return typeof value === "string" ? value : String(value);
}

function checkColumns(table: string, columns: readonly string[], names: readonly string[]): void {
  for (const column of columns) {
    if (names.includes(column)) continue;
    const near = nearestNames(column, names);
    throw new InputError(
      `split ${table}: no column "${column}"${near.length > 0 ? `; near it: ${near.join(", ")}` : ""}; it has ${names.slice(0, 12).join(", ")}`,
    );
  }
}
