/** Rows of a table in the forms that other libraries take. */

import { InputError } from "../errors";
import type { Column } from "./table-columns";

type Row = Record<string, unknown>;

/** A function that parses the JSON columns of a row in place. */
export function parseJsonColumns(columns: readonly Column[]): (row: Row) => Row {
  const names = columns.filter(({ type }) => type === "JSON").map(({ name }) => name);
  return (row) => {
    for (const name of names) {
      const text = row[name];
      if (typeof text === "string") row[name] = parseOrText(text);
    }
    return row;
  };
}

/** DuckDB's JSON may hold NaN, which JSON.parse refuses: then the text stays. */
function parseOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Nested values as JSON text, so that every column has one type. */
function flat(columns: readonly Column[], rows: readonly Row[]): Row[] {
  return rows.map((row) =>
    Object.fromEntries(
      columns.map(({ name }) => {
        const value = row[name] ?? null;
        const nested = value !== null && typeof value === "object" && !(value instanceof Date);
        return [name, nested ? JSON.stringify(value, bigintText) : value];
      }),
    ),
  );
}

function bigintText(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? value.toString() : value;
}

/** An apache-arrow Table: numbers, booleans and text as such, nested values as JSON text. */
export async function arrowTable(columns: readonly Column[], rows: readonly Row[]): Promise<unknown> {
  const arrow = await optionalPackage<ArrowModule>("apache-arrow", "toArrow");
  const plain = flat(columns, rows);
  return new arrow.Table(
    Object.fromEntries(
      columns.map(({ name, type }) => {
        const values = plain.map((row) => row[name]);
        return [
          name,
          arrow.vectorFromArray(
            values.map((value) => arrowValue(type, value)),
            arrowType(arrow, type),
          ),
        ];
      }),
    ),
  );
}

interface ArrowModule {
  readonly Table: new (columns: Record<string, unknown>) => unknown;
  readonly vectorFromArray: (values: readonly unknown[], type: unknown) => unknown;
  readonly Utf8: new () => unknown;
  readonly Bool: new () => unknown;
  readonly Float64: new () => unknown;
  readonly Int64: new () => unknown;
}

const isInteger = (type: string) => /^U?(TINY|SMALL|BIG)?INT(EGER)?$/.test(type);
const isFloat = (type: string) => type === "DOUBLE" || type === "FLOAT";

function arrowType(arrow: ArrowModule, type: string): unknown {
  if (type === "BOOLEAN") return new arrow.Bool();
  if (isInteger(type)) return new arrow.Int64();
  return isFloat(type) ? new arrow.Float64() : new arrow.Utf8();
}

function arrowValue(type: string, value: unknown): unknown {
  if (value === null || type === "BOOLEAN" || isFloat(type)) return value;
  return isInteger(type) ? BigInt(value as number | bigint) : String(value);
}

/** A danfo.js DataFrame: nested values as JSON text. */
export async function dataFrame(columns: readonly Column[], rows: readonly Row[]): Promise<unknown> {
  const danfo = await optionalPackage<{
    readonly DataFrame: new (rows: unknown, options: { readonly columns: string[] }) => unknown;
  }>("danfojs-node", "toDataFrame");
  const names = columns.map(({ name }) => name);
  const values = flat(columns, rows).map((row) => names.map((name) => row[name]));
  return new danfo.DataFrame(values, { columns: names });
}

async function optionalPackage<T>(name: string, verb: string): Promise<T> {
  try {
    return (await import(name)) as T;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ERR_MODULE_NOT_FOUND") {
      throw new InputError(
        `${verb}: the optional package ${name} is not installed; run npm install ${name}`,
        { cause },
      );
    }
    throw cause;
  }
}
