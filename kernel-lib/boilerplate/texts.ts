/** The texts of tables in order, batch by batch, with the key and the dataset of each. */
import { basename } from "node:path";
import type { DedupInput } from "../dedup/planned-input";
import { InputError, nearestNames } from "../errors";
import { open } from "../table/open";
import { Table } from "../table/table";

export interface TextRow {
  /** row_key, or `<table>#<row>` where there is none. */
  readonly key: string;
  /** The column `dataset`, or the name of the table. */
  readonly dataset: string;
  /** Empty where the row has no text. */
  readonly text: string;
}

/** Gives the rows of all tables, the same rows in the same order each time it is called. */
export function textReader(
  inputs: readonly DedupInput[],
  column: string,
): (signal: AbortSignal) => AsyncGenerator<readonly TextRow[], void, void> {
  if (inputs.length === 0) throw new InputError("boilerplate: no tables, expected at least one");
  return async function* (signal) {
    for (const [i, input] of inputs.entries()) {
      if (typeof input === "string") yield* ofTable(await open(input), basename(input), column, signal);
      else if (input instanceof Table) yield* ofTable(input, basename(input.origin), column, signal);
      else yield rowsOf(input, `rows ${i + 1}`, column);
    }
  };
}

async function* ofTable(
  table: Table,
  name: string,
  column: string,
  signal: AbortSignal,
): AsyncGenerator<readonly TextRow[], void, void> {
  const names = Array.from(await table.schema, (each) => each.name);
  if (!names.includes(column)) throw noColumn(name, column, names);
  const wanted = [...new Set(["row_key", "dataset", column])].filter((each) => names.includes(each));
  let row = 0;
  for await (const batch of table.select(wanted).stream({ signal })) {
    yield batch.map((each) => textRow(each, name, column, row++));
  }
}

function rowsOf(
  rows: readonly Readonly<Record<string, unknown>>[],
  name: string,
  column: string,
): readonly TextRow[] {
  const first = rows[0];
  if (first !== undefined && !(column in first)) throw noColumn(name, column, Object.keys(first));
  return rows.map((row, i) => textRow(row, name, column, i));
}

function textRow(row: Readonly<Record<string, unknown>>, name: string, column: string, i: number): TextRow {
  const { [column]: text, row_key: key, dataset } = row;
  return {
    key: typeof key === "string" ? key : `${name}#${i}`,
    dataset: typeof dataset === "string" ? dataset : name,
    text: typeof text === "string" ? text : "",
  };
}

function noColumn(name: string, column: string, names: readonly string[]): InputError {
  const near = nearestNames(column, names);
  return new InputError(
    `${name}: no column "${column}"${near.length > 0 ? `; near it: ${near.join(", ")}` : ""}; it has ${names.slice(0, 12).join(", ")}: name the text with --text COLUMN`,
  );
}
