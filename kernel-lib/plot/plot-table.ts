/** What plots ask of a table, and its columns as they can be drawn. */

import { quoteName } from "../db";
import { InputError, nearestNames } from "../errors";
import { cutText } from "./label";
import { unitOf } from "./unit";

interface Column {
  readonly name: string;
  readonly type: string;
}

/** What a plot needs of a table: `Table` has it. */
export interface PlotTable {
  readonly schema: PromiseLike<readonly Column[]>;
  sql(query: string): PlotTable;
  toArray(): Promise<Record<string, unknown>[]>;
}

/** A column that is there, and how SQL reads it. */
export interface PlotColumn {
  readonly name: string;
  readonly type: string;
  /** The value as the figure uses it: DOUBLE for numbers, VARCHAR for groups. */
  readonly sql: string;
  /** Name and unit, for people. */
  readonly title: string;
  /** Whole numbers only. */
  readonly integer: boolean;
}

const PLACE = ["_split", "_subset", "_file", "_row"];
const INTEGER = /^U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?$/;
const NESTED = /(\[\d*\]$)|^(STRUCT|MAP|UNION)\b/;

/**
 * The column as numbers.
 * @throws InputError when it is not there, or holds no numbers; the message says what to draw instead.
 */
export async function numberColumn(table: PlotTable, name: string, verb: string): Promise<PlotColumn> {
  const { name: found, type } = await findColumn(table, name, verb);
  if (!INTEGER.test(type) && !/^(DOUBLE|FLOAT|DECIMAL)/.test(type)) {
    throw new InputError(
      `plot.${verb}: column ${cutText(found, 80)} is ${cutText(type, 60)}, expected numbers; ${insteadOf(found, type)}`,
    );
  }
  return { ...described(found, type), sql: `${quoteName(found)}::DOUBLE` };
}

/** The column as names of groups. @throws InputError when it is not there, or nested. */
export async function groupColumn(table: PlotTable, name: string, verb: string): Promise<PlotColumn> {
  const { name: found, type } = await findColumn(table, name, verb);
  if (NESTED.test(type) || type === "BLOB") {
    throw new InputError(
      `plot.${verb}: column ${cutText(found, 80)} is ${cutText(type, 60)}, expected one plain value a row; ${insteadOf(found, type)}`,
    );
  }
  return groupOf(found, type);
}

/** As `groupColumn`, and a list of plain values is taken as it is: `list` says so. */
export async function groupOrListColumn(
  table: PlotTable,
  name: string,
  verb: string,
): Promise<PlotColumn & { readonly list: boolean }> {
  const { name: found, type } = await findColumn(table, name, verb);
  if (/^[^[(]+(\([^[()]*\))?\[\]$/.test(type)) {
    return { ...described(found, type), sql: `${quoteName(found)}::VARCHAR[]`, list: true };
  }
  return { ...(await groupColumn(table, found, verb)), list: false };
}

function groupOf(name: string, type: string): PlotColumn {
  const sql =
    type === "JSON" ? `json_extract_string(${quoteName(name)}, '$')` : `${quoteName(name)}::VARCHAR`;
  return { ...described(name, type), sql };
}

function described(name: string, type: string): Omit<PlotColumn, "sql"> {
  const unit = unitOf(name);
  const shown = cutText(name, 60);
  return {
    ...{ name, type },
    title: unit === null ? shown : `${shown} (${unit})`,
    integer: INTEGER.test(type) || /^DECIMAL\(\d+,0\)$/.test(type),
  };
}

function insteadOf(name: string, type: string): string {
  const column = cutText(quoteName(name), 60);
  if (type.endsWith("[]")) {
    return `draw its length: table.sql('select *, len(${column}) as n from this'), or its items: plot.bars(table, "${cutText(name, 60)}")`;
  }
  if (NESTED.test(type)) return `take a part of it: table.sql('select ${column}.part as part from this')`;
  if (type === "BOOLEAN" || type === "VARCHAR" || type === "JSON") {
    return `draw its values with plot.bars, or make numbers of them: table.sql('select *, try_cast(${column} as double) as x from this')`;
  }
  if (/^(DATE|TIME)/.test(type)) {
    return `make numbers of it: table.sql('select *, year(${column}) as year from this')`;
  }
  return "choose another column";
}

async function findColumn(table: PlotTable, name: string, verb: string): Promise<Column> {
  if (typeof name !== "string" || name === "") {
    throw new InputError(
      `plot.${verb}: got ${String(name) || "an empty text"}, expected the name of a column`,
    );
  }
  const columns = await table.schema;
  const exact = columns.find((column) => column.name === name);
  const found = exact ?? columns.find((column) => column.name.toLowerCase() === name.toLowerCase());
  if (found) return found;
  if (PLACE.includes(name)) {
    const place = await table.sql(`select ${quoteName(name)} from this`).schema.then(
      (list) => list[0],
      () => undefined,
    );
    if (place) return place;
  }
  const names = columns.map((column) => column.name);
  const near = nearestNames(name, names);
  const known = cutText(names.join(", "), 600);
  throw new InputError(
    `plot.${verb}: no column ${cutText(name, 80)}; ${near.length > 0 ? `did you mean ${near.map((n) => cutText(n, 80)).join(" or ")}?` : `the table has ${known}`}`,
  );
}
