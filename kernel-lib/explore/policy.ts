/**
 * A selection as a policy: SQL predicate and TypeScript. Pure and free of imports that run, since page and kernel must say the same.
 */
import type { Bounds, ColumnSketch, Selection } from "./protocol";

/** What a policy needs of a column: with no null (NaN) in the data, an undecided one is not spoken of. */
export type PolicyColumn = Pick<ColumnSketch, "name" | "nulls" | "nans">;

export interface Policy {
  /** A DuckDB predicate: true for kept rows, false or null for others. Ends with a comment where nulls or NaN are undecided. */
  readonly sql: string;
  /** The same as a TypeScript function over a row, in one line. */
  readonly code: string;
}

const OPEN: Bounds = { lower: null, upper: null, nulls: "undecided", nans: "undecided" };

/** The bounds of a column: none, and nothing decided, where the selection does not speak of it. */
export function boundsOf(selection: Selection, column: string): Bounds {
  return (Object.hasOwn(selection, column) ? selection[column] : undefined) ?? OPEN;
}

/**
 * The policy that keeps what `selection` keeps, columns in the order given. What is undecided counts as dropped, and a
 * comment says so. Numbers are compared as doubles, whatever the column's type.
 * @example policyOf([{ name: "nll", nulls: 0, nans: 0 }], { nll: { lower: 3, upper: 7, nulls: "drop", nans: "drop" } }).sql
 */
export function policyOf(columns: readonly PolicyColumn[], selection: Selection): Policy {
  const undecided = undecidedOf(columns, selection);
  const comment = undecided.length > 0 ? ` /* undecided, so dropped: ${undecided.join("; ")} */` : "";
  const conditions = columns.map((column) => codeCondition(column, boundsOf(selection, column.name)));
  const fields = columns
    .filter((_, i) => conditions[i] !== null)
    .map(({ name }) => `${isIdentifier(name) ? name : JSON.stringify(name)}: number | null`);
  const parameter = fields.length > 0 ? `row: { ${fields.join("; ")} }` : "";
  return {
    sql: predicateOf(columns, selection) + comment,
    code: `const keep = (${parameter}) => ${conjunction(conditions, " && ")};${comment}`,
  };
}

/** The SQL predicate alone, without comments: `true` when it keeps everything. */
export function predicateOf(columns: readonly PolicyColumn[], selection: Selection): string {
  const conditions = columns.map((column) => sqlCondition(column, boundsOf(selection, column.name)));
  return conjunction(conditions, " AND ");
}

function sqlCondition({ name, nulls, nans }: PolicyColumn, bounds: Bounds): string | null {
  const column = `"${name.replaceAll('"', '""')}"`;
  const within: string[] = [];
  if (bounds.lower !== null) within.push(`${column} >= ${sqlNumber(bounds.lower)}`);
  if (bounds.upper !== null) within.push(`${column} < ${sqlNumber(bounds.upper)}`);
  // DuckDB sorts NaN above all numbers: an upper bound drops it, a lower bound alone does not
  const nanStays = bounds.upper === null && bounds.nans !== "keep" && speaksOf(bounds.nans, nans);
  if (nanStays) within.push(`NOT isnan(${column})`);
  const bounded = within.length > 0;
  if (!bounded)
    return bounds.nulls !== "keep" && speaksOf(bounds.nulls, nulls) ? `${column} IS NOT NULL` : null;
  const others: string[] = [];
  if (bounds.nans === "keep") others.push(`isnan(${column})`);
  if (bounds.nulls === "keep") others.push(`${column} IS NULL`);
  return either(within, others, " AND ", " OR ");
}

/** In JavaScript null >= 0 holds and NaN fails every comparison, so the conditions differ from those in SQL. */
function codeCondition({ name, nulls, nans }: PolicyColumn, bounds: Bounds): string | null {
  const value = isIdentifier(name) ? `row.${name}` : `row[${JSON.stringify(name)}]`;
  const within: string[] = [];
  if (bounds.lower !== null) within.push(`${value} >= ${bounds.lower}`);
  if (bounds.upper !== null) within.push(`${value} < ${bounds.upper}`);
  const bounded = within.length > 0;
  if (!bounded && bounds.nans !== "keep" && speaksOf(bounds.nans, nans)) {
    within.push(`!Number.isNaN(${value})`);
  }
  if (within.length === 0) {
    return bounds.nulls !== "keep" && speaksOf(bounds.nulls, nulls) ? `${value} !== null` : null;
  }
  const others = bounds.nans === "keep" && bounded ? [`Number.isNaN(${value})`] : [];
  if (bounds.nulls !== "keep") return `${value} !== null && ${either(within, others, " && ", " || ")}`;
  const both = within.length > 1 ? `(${within.join(" && ")})` : within.join();
  return `(${[`${value} === null`, both, ...others].join(" || ")})`;
}

const speaksOf = (decision: Bounds["nulls"], count: number) => decision !== "undecided" || count > 0;

function either(within: readonly string[], others: readonly string[], and: string, or: string): string {
  if (others.length === 0) return within.join(and);
  const first = within.length > 1 ? `(${within.join(and)})` : within.join(and);
  return `(${[first, ...others].join(or)})`;
}

function conjunction(conditions: readonly (string | null)[], and: string): string {
  return conditions.filter((condition) => condition !== null).join(and) || "true";
}

/** Without exponent DuckDB reads a decimal and compares it with a FLOAT column in single precision. */
function sqlNumber(value: number): string {
  const text = String(value);
  return Math.fround(value) === value || text.includes("e") ? text : `${text}e0`;
}

function undecidedOf(columns: readonly PolicyColumn[], selection: Selection): string[] {
  return columns.flatMap(({ name, nulls, nans }) => {
    const bounds = boundsOf(selection, name);
    const shown = name.replaceAll("*/", "* /").replaceAll("/*", "/ *").replaceAll(/\s+/g, " ");
    const parts = [
      ...(nulls > 0 && bounds.nulls === "undecided" ? [`${nulls} null`] : []),
      ...(nans > 0 && bounds.nans === "undecided" ? [`${nans} NaN`] : []),
    ];
    return parts.length > 0 ? [`${parts.join(" and ")} in ${shown}`] : [];
  });
}

const isIdentifier = (name: string) => /^[A-Za-z_$][\w$]*$/.test(name);
