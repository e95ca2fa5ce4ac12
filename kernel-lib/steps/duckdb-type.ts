/** How a declared column is stored. */
import { jsonPlain } from "./outcome";

interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly anyOf?: readonly JsonSchema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly items?: JsonSchema;
}

/** DuckDB type that holds the values of a JSON schema: of several kinds of values their JSON as text. */
export function duckdbType(schema: JsonSchema): string {
  const types = typesOf(schema).filter((type) => type !== "null");
  if (types.every((type) => type === "integer" || type === "number") && types.length > 0) {
    return types.includes("number") ? "DOUBLE" : "BIGINT";
  }
  const [type, ...more] = types;
  if (more.length > 0) return "VARCHAR";
  if (type === "boolean") return "BOOLEAN";
  if (type === "array") return `${duckdbType(itemsOf(schema))}[]`;
  return "VARCHAR";
}

/** A value of the schema as `duckdbType` holds it: what is not of one plain kind becomes its JSON. */
export function storable(schema: JsonSchema): (value: unknown) => unknown {
  const type = duckdbType(schema);
  if (type.endsWith("[]")) {
    const item = storable(itemsOf(schema));
    return (value) => (value === null ? null : (value as readonly unknown[]).map(item));
  }
  const types = typesOf(schema).filter((one) => one !== "null");
  if (type !== "VARCHAR" || (types.length === 1 && types[0] === "string")) return (value) => value ?? null;
  return (value) => ((value ?? null) === null ? null : (JSON.stringify(value, jsonPlain) ?? null));
}

/** Whether null is a value of the schema. */
export function allowsNull(schema: JsonSchema): boolean {
  const types = typesOf(schema);
  return types.length === 0 || types.includes("null");
}

function typesOf(schema: JsonSchema): readonly string[] {
  if (schema.anyOf) return [...new Set(schema.anyOf.flatMap(typesOf))];
  if (schema.enum) return [...new Set(schema.enum.map(typeOfValue))];
  if ("const" in schema) return [typeOfValue(schema.const)];
  return typeof schema.type === "string" ? [schema.type] : (schema.type ?? []);
}

function typeOfValue(value: unknown): string {
  if (value === null) return "null";
  return Number.isSafeInteger(value) ? "integer" : typeof value;
}

function itemsOf(schema: JsonSchema): JsonSchema {
  return schema.items ?? schema.anyOf?.find(({ items }) => items)?.items ?? {};
}
