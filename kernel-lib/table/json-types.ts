/** DuckDB types for JSON rows, from the merged structure of the rows. */

import { quoteName } from "../db";

/** What `json_structure` gives: a type name, a list of one structure, or key → structure. */
export type Structure = string | readonly Structure[] | { readonly [key: string]: Structure };

/** An object with more keys than this is a map whose keys are data. */
const MAX_FIELDS = 100;

/**
 * Column name → type, in the order of the keys. Scalars of one kind are BOOLEAN, BIGINT, DOUBLE or VARCHAR. Nested
 * columns are lists and structs when `nested` and every part has one type; else, as every column whose types mix, they
 * stay JSON. `wide`: integers may be beyond 64 bits, and are HUGEINT where they are. Keys that cannot be a column are in
 * `hidden`, with why: of keys that differ only in case all but the first, and those that no SQL or no object can hold.
 */
export function jsonColumnTypes(
  top: Structure | null,
  { nested, wide = false }: { readonly nested: boolean; readonly wide?: boolean },
): { readonly columns: ReadonlyMap<string, string>; readonly hidden: readonly HiddenKey[] } {
  const columns = new Map<string, string>();
  const hidden: HiddenKey[] = [];
  if (top === null || typeof top !== "object" || Array.isArray(top)) return { columns, hidden };
  const seen = new Set<string>();
  for (const [key, value] of Object.entries(top)) {
    const why =
      unusable(key) ?? (seen.has(key.toLowerCase()) ? "its name differs from another only in case" : null);
    if (why !== null) {
      hidden.push({ key, why });
      continue;
    }
    seen.add(key.toLowerCase());
    const type = typeof value === "string" ? scalar(value, wide) : nested ? typeOf(value, wide) : null;
    columns.set(key, type ?? "JSON");
  }
  return { columns, hidden };
}

/** A key that is no column. */
export interface HiddenKey {
  readonly key: string;
  readonly why: string;
}

function unusable(key: string): string | null {
  if (key === "__proto__") return "a JavaScript object cannot hold this name";
  return key.includes("\0") ? "a name with a NUL character cannot stand in SQL" : null;
}

/** The structure in DuckDB's text form. Its own output, so trusted; zod's records would lose the key `__proto__`. */
export function parseStructure(text: string): Structure {
  return JSON.parse(text) as Structure;
}

/** The structure of rows of which some have `a` and others `b`; keys in the order of `a`, then of `b`. */
export function mergeStructures(a: Structure | null, b: Structure, depth = 0): Structure {
  if (a === null || a === "NULL") return b;
  if (b === "NULL") return a;
  if (typeof a === "string" || typeof b === "string") {
    if (a === b) return a;
    if (typeof a !== "string" || typeof b !== "string" || !NUMBER.test(a) || !NUMBER.test(b)) return "JSON";
    return a === "DOUBLE" || b === "DOUBLE" ? "DOUBLE" : "HUGEINT";
  }
  if (isList(a) || isList(b)) {
    if (!isList(a) || !isList(b)) return "JSON";
    return [mergeStructures(a[0] ?? "NULL", b[0] ?? "NULL", depth + 1)];
  }
  const out: Record<string, Structure> = Object.assign(Object.create(null), a);
  for (const [key, value] of Object.entries(b)) {
    out[key] = Object.hasOwn(out, key) ? mergeStructures(out[key]!, value, depth + 1) : value;
  }
  return depth > 0 && Object.keys(out).length > MAX_FIELDS ? "JSON" : out;
}

const NUMBER = /^(U?BIGINT|HUGEINT|DOUBLE)$/;

function isList(value: Structure): value is readonly Structure[] {
  return Array.isArray(value);
}

function scalar(name: string, wide: boolean): string | null {
  if (/^U?(BIGINT|HUGEINT)$/.test(name)) return wide && name !== "BIGINT" ? "HUGEINT" : "BIGINT";
  return name === "NULL" || name === "JSON" ? null : name;
}

function typeOf(value: Structure, wide: boolean): string | null {
  if (typeof value === "string") return value === "NULL" ? "VARCHAR" : scalar(value, wide);
  if (Array.isArray(value)) {
    const item = value[0] === undefined || value[0] === "NULL" ? null : typeOf(value[0], wide);
    return item === null ? null : `${item}[]`;
  }
  const entries = Object.entries(value);
  if (entries.length === 0 || entries.length > MAX_FIELDS) return null;
  if (entries.some(([key]) => unusable(key) !== null)) return null;
  if (new Set(entries.map(([key]) => key.toLowerCase())).size < entries.length) return null;
  const fields: string[] = [];
  for (const [key, item] of entries) {
    const type = typeOf(item, wide);
    if (type === null) return null;
    fields.push(`${quoteName(key)} ${type}`);
  }
  return `STRUCT(${fields.join(", ")})`;
}
