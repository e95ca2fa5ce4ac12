/** Values that a flag answers with: their DuckDB type, and whether one is what the step declared. */
import { z } from "zod";

interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly anyOf?: readonly JsonSchema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly items?: JsonSchema;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** What is wrong with a value, as `got …, expected …`; null when nothing is. */
export type ValueCheck = (value: unknown) => string | null;

const SIMPLE = new Set(["type", "minimum", "maximum"]);

/** The check of one declared column. */
export function valueCheck(schema: JsonSchema): ValueCheck {
  const isRight = simpleCheck(schema) ?? wholeCheck(schema);
  return (value) => (isRight(value) ? null : `got ${shown(value)}, expected ${words(schema)}`);
}

/** DuckDB type that holds the values of a JSON schema; texts for what is none of the plain types. */
export function duckdbType(schema: JsonSchema): string {
  const types = typesOf(schema).filter((type) => type !== "null");
  if (types.length !== 1)
    return types.every((type) => type === "integer" || type === "number") && types.length > 0
      ? "DOUBLE"
      : "VARCHAR";
  const [type] = types;
  if (type === "boolean") return "BOOLEAN";
  if (type === "integer") return "BIGINT";
  if (type === "number") return "DOUBLE";
  if (type === "array") return `${duckdbType(itemsOf(schema))}[]`;
  return "VARCHAR";
}

/** Checks that are one comparison or two; null for schemas that say more. */
function simpleCheck(schema: JsonSchema): ((value: unknown) => boolean) | null {
  if (schema.anyOf) {
    const checks = schema.anyOf.map(simpleCheck);
    if (checks.some((check) => check === null)) return null;
    return (value) => checks.some((check) => check!(value));
  }
  if (!Object.keys(schema).every((key) => SIMPLE.has(key))) return null;
  const types = typesOf(schema);
  const { minimum = Number.NEGATIVE_INFINITY, maximum = Number.POSITIVE_INFINITY } = schema;
  const inRange = (value: number) => value >= minimum && value <= maximum;
  const checks = types.map((type): ((value: unknown) => boolean) | null => {
    if (type === "boolean" || type === "string") return (value) => typeof value === type;
    if (type === "null") return (value) => value === null;
    if (type === "number") return (value) => Number.isFinite(value) && inRange(value as number);
    if (type === "integer") return (value) => Number.isSafeInteger(value) && inRange(value as number);
    return null;
  });
  if (checks.length === 0 || checks.some((check) => check === null)) return null;
  if (checks.length === 1) return checks[0]!;
  return (value) => checks.some((check) => check!(value));
}

function wholeCheck(schema: JsonSchema): (value: unknown) => boolean {
  const whole = z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]);
  return (value) => whole.safeParse(value).success;
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

function words(schema: JsonSchema): string {
  const { type, anyOf, ...more } = schema;
  if (Object.keys(more).length > 0) return JSON.stringify(schema);
  return typesOf(schema).join(" or ") || "any value";
}

function shown(value: unknown): string {
  if (typeof value === "number") return String(value);
  if (typeof value === "string") return `a text of ${value.length} characters`;
  if (Array.isArray(value)) return `a list of ${value.length}`;
  return value === null || typeof value === "boolean" ? String(value) : `a value of type ${typeof value}`;
}
