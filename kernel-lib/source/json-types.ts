/** DuckDB types for JSON rows, from the merged structure of the rows. */

import { z } from "zod";
import { quoteName } from "../db";

/** What `json_group_structure` gives: a type name, a list of one structure, or key → structure. */
type Structure = string | readonly Structure[] | { readonly [key: string]: Structure };
const structure: z.ZodType<Structure> = z.lazy(() =>
  z.union([z.string(), z.array(structure), z.record(z.string(), structure)]),
);

/** An object with more keys than this is a map whose keys are data. */
const MAX_FIELDS = 100;

/**
 * Column name → type, in the order of the keys. Scalars of one kind are BOOLEAN, BIGINT, DOUBLE or VARCHAR. Nested
 * columns are lists and structs when `nested` and every part has one type; else, as every column whose types mix, they
 * stay JSON. `wide`: integers may be beyond 64 bits, and are HUGEINT where they are. Of keys that differ only in case the first is a column and the others are in `hidden`.
 */
export function jsonColumnTypes(
  text: string | null,
  { nested, wide = false }: { readonly nested: boolean; readonly wide?: boolean },
): { readonly columns: ReadonlyMap<string, string>; readonly hidden: readonly string[] } {
  const columns = new Map<string, string>();
  const hidden: string[] = [];
  const top = text === null ? {} : structure.parse(JSON.parse(text));
  if (typeof top !== "object" || Array.isArray(top)) return { columns, hidden };
  const seen = new Set<string>();
  for (const [key, value] of Object.entries(top)) {
    if (seen.has(key.toLowerCase())) {
      hidden.push(key);
      continue;
    }
    seen.add(key.toLowerCase());
    const type = typeof value === "string" ? scalar(value, wide) : nested ? typeOf(value, wide) : null;
    columns.set(key, type ?? "JSON");
  }
  return { columns, hidden };
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
  if (new Set(entries.map(([key]) => key.toLowerCase())).size < entries.length) return null;
  const fields: string[] = [];
  for (const [key, item] of entries) {
    const type = typeOf(item, wide);
    if (type === null) return null;
    fields.push(`${quoteName(key)} ${type}`);
  }
  return `STRUCT(${fields.join(", ")})`;
}
