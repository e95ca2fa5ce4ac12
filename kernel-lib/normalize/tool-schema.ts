/**
 * Checks values against JSON Schemas (draft 7). Plain schemas are interpreted, because compiling one costs ajv about
 * 1.6 ms and a dataset has thousands; everything else goes to ajv. Schemas come from the data and may be hostile:
 * nothing is fetched, patterns that could run away are not applied, and every limit depends on sizes, never on time.
 */
import type Ajv from "ajv";

/** True when the value satisfies the schema. */
export type SchemaCheck = (value: unknown) => boolean;

/** A schema that is nested deeper, or is longer as JSON text, is not looked at: `null` from `compileSchema`. */
export const MAX_SCHEMA_DEPTH = 64;
const MAX_SCHEMA_CHARS = 100_000;
/** Longest text a pattern is applied to; longer texts count as matching. */
const MAX_PATTERN_TEXT = 256;

type Schema = Record<string, unknown>;

/**
 * The check for a schema, or null when it is no valid JSON Schema (or refers to one that is not in it).
 * @example compileSchema({ type: "integer" })?.(1.5) // false
 */
export function compileSchema(schema: unknown): SchemaCheck | null {
  if (!isSchemaObject(schema) || depthOf(schema) > MAX_SCHEMA_DEPTH) return null;
  return interpretSchema(schema) ?? compileWithAjv(schema);
}

/** ajv's check of a schema, or null when ajv rejects the schema. */
export function compileWithAjv(schema: unknown): SchemaCheck | null {
  if (!isSchemaObject(schema)) return null;
  const { $schema: _dialect, ...rest } = schema;
  let engine: Ajv | null = null;
  try {
    const text = JSON.stringify(rest);
    if (text.length > MAX_SCHEMA_CHARS) return null;
    // Names of one schema must not be found from another: then results would depend on what came before.
    shared ??= newAjv();
    engine = /"\$(?:id|anchor)"/.test(text) ? newAjv() : shared;
    const check = engine.compile(rest);
    return (value) => {
      try {
        return check(value) === true;
      } catch {
        return false; // a recursive schema on a value nested too deep for the stack
      }
    };
  } catch {
    return null;
  } finally {
    engine?.removeSchema(rest);
  }
}

/** The interpreted check of a schema that uses plain keywords only, else null. */
export function interpretSchema(schema: unknown): SchemaCheck | null {
  if (schema === true) return () => true;
  if (!isSchemaObject(schema)) return null;
  const checks: SchemaCheck[] = [];
  for (const key in schema) {
    const part = schema[key];
    if (key === "default" || key === "example") continue;
    if (key === "description" || key === "title" || key === "$comment" || key === "$schema") {
      if (typeof part !== "string") return null;
      continue;
    }
    const read = KEYWORDS.get(key);
    if (read === undefined) return null;
    const check = read(part, schema);
    if (check === null) return null;
    checks.push(check);
  }
  if (checks.length === 1) return checks[0]!;
  return (value) => {
    for (const check of checks) if (!check(value)) return false;
    return true;
  };
}

const ALWAYS: SchemaCheck = () => true;

const KEYWORDS = new Map<string, (part: unknown, schema: Schema) => SchemaCheck | null>([
  ["type", (part) => typeCheck(part)],
  ["enum", (part) => enumCheck(part)],
  ["properties", (part) => propertiesCheck(part)],
  ["required", (part) => requiredCheck(part)],
  ["items", (part) => itemsCheck(part)],
  ["additionalProperties", (part, schema) => additionalCheck(part, schema)],
  ["minimum", (part) => numberCheck(part, (value, limit) => value >= limit)],
  ["maximum", (part) => numberCheck(part, (value, limit) => value <= limit)],
  ["exclusiveMinimum", (part) => numberCheck(part, (value, limit) => value > limit)],
  ["exclusiveMaximum", (part) => numberCheck(part, (value, limit) => value < limit)],
  ["minLength", (part) => sizeCheck(part, textSize, (size, limit) => size >= limit)],
  ["maxLength", (part) => sizeCheck(part, textSize, (size, limit) => size <= limit)],
  ["minItems", (part) => sizeCheck(part, listSize, (size, limit) => size >= limit)],
  ["maxItems", (part) => sizeCheck(part, listSize, (size, limit) => size <= limit)],
]);

const TYPES: Record<string, SchemaCheck> = {
  string: (value) => typeof value === "string",
  number: (value) => typeof value === "number" && Number.isFinite(value),
  integer: (value) => Number.isInteger(value),
  boolean: (value) => typeof value === "boolean",
  null: (value) => value === null,
  array: (value) => Array.isArray(value),
  object: (value) => isObject(value),
};

function typeCheck(part: unknown): SchemaCheck | null {
  if (typeof part === "string") return Object.hasOwn(TYPES, part) ? TYPES[part]! : null;
  if (!Array.isArray(part) || part.length === 0 || new Set(part).size !== part.length) return null;
  const checks = part.map((name) => (typeof name === "string" ? typeCheck(name) : null));
  if (checks.some((check) => check === null)) return null;
  return (value) => checks.some((check) => check!(value));
}

function enumCheck(part: unknown): SchemaCheck | null {
  if (!Array.isArray(part) || part.length === 0 || new Set(part).size !== part.length) return null;
  if (part.some((value) => value !== null && typeof value === "object")) return null;
  return (value) => part.includes(value);
}

function propertiesCheck(part: unknown): SchemaCheck | null {
  if (!isSchemaObject(part)) return null;
  const checks: [string, SchemaCheck][] = [];
  for (const [name, schema] of Object.entries(part)) {
    const check = isSchemaObject(schema) ? interpretSchema(schema) : null;
    if (check === null || name === "__proto__") return null;
    checks.push([name, check]);
  }
  return (value) => {
    if (!isObject(value)) return true;
    for (const [name, check] of checks) if (Object.hasOwn(value, name) && !check(value[name])) return false;
    return true;
  };
}

function requiredCheck(part: unknown): SchemaCheck | null {
  if (!Array.isArray(part) || part.some((name) => typeof name !== "string")) return null;
  if (new Set(part).size !== part.length) return null;
  return (value) => !isObject(value) || part.every((name) => Object.hasOwn(value, name as string));
}

function itemsCheck(part: unknown): SchemaCheck | null {
  const check = isSchemaObject(part) ? interpretSchema(part) : null;
  return check && ((value) => !Array.isArray(value) || value.every((item) => check(item)));
}

function additionalCheck(part: unknown, schema: Schema): SchemaCheck | null {
  if (schema.properties !== undefined && !isSchemaObject(schema.properties)) return null;
  if (schema.patternProperties !== undefined) return null;
  if (part === true) return ALWAYS;
  const check = part === false ? () => false : isSchemaObject(part) ? interpretSchema(part) : null;
  const declared = new Set(Object.keys((schema.properties as Schema | undefined) ?? {}));
  return (
    check &&
    ((value) =>
      !isObject(value) || Object.keys(value).every((name) => declared.has(name) || check(value[name])))
  );
}

function numberCheck(part: unknown, test: (value: number, limit: number) => boolean): SchemaCheck | null {
  if (typeof part !== "number") return null;
  return (value) => typeof value !== "number" || test(value, part);
}

function sizeCheck(
  part: unknown,
  size: (value: unknown) => number | null,
  test: (size: number, limit: number) => boolean,
): SchemaCheck | null {
  if (typeof part !== "number" || !Number.isInteger(part) || part < 0) return null;
  return (value) => {
    const measured = size(value);
    return measured === null || test(measured, part);
  };
}

/** Characters (code points) of a text, null for other values. */
function textSize(value: unknown): number | null {
  return typeof value === "string" ? [...value].length : null;
}

function listSize(value: unknown): number | null {
  return Array.isArray(value) ? value.length : null;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

function isSchemaObject(value: unknown): value is Schema {
  return isObject(value);
}

/** Nesting of a value, counted without recursion; stops counting beyond the limit. */
function depthOf(root: unknown): number {
  const open: [unknown, number][] = [[root, 1]];
  let deepest = 0;
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [value, depth] = next;
    deepest = Math.max(deepest, depth);
    if (deepest > MAX_SCHEMA_DEPTH) return deepest;
    if (value !== null && typeof value === "object") {
      for (const part of Object.values(value)) open.push([part, depth + 1]);
    }
  }
  return deepest;
}

let shared: Ajv | null = null;

/** Loads ajv when the first schema needs it: few do, and it takes longer to load than the rest of the adapters. */
function newAjv(): Ajv {
  const { Ajv: Engine } = require("ajv") as typeof import("ajv");
  const { default: addFormats } = require("ajv-formats") as typeof import("ajv-formats");
  const ajv = new Engine({
    strict: false,
    allErrors: false,
    logger: false,
    ownProperties: true,
    code: { regExp: Object.assign(boundedPattern, { code: "boundedPattern" }) },
  });
  addFormats(ajv, { mode: "fast" });
  ajv.addFormat("regex", true); // boundedPattern says whether a pattern is one
  return ajv;
}

/** Patterns such as `[\w\-]` are only valid without the unicode flag. @throws SyntaxError when invalid either way. */
function compilePattern(pattern: string, flags: string): RegExp {
  try {
    return new RegExp(pattern, flags);
  } catch {
    return new RegExp(pattern);
  }
}

/**
 * A pattern that ends in bounded time: applied only when no group repeats, at most three parts repeat without limit,
 * and the text is short; else everything matches. V8 has no engine without backtracking that could do better.
 */
function boundedPattern(pattern: string, flags: string): { test(text: string): boolean } & RegExp {
  const compiled = compilePattern(pattern, flags);
  const isSafe = !/\)[*+{?]|\\[1-9]|\\k</.test(pattern) && (pattern.match(/[*+]|\{\d*,/g)?.length ?? 0) <= 3;
  const test = (text: string) => !isSafe || text.length > MAX_PATTERN_TEXT || compiled.test(text);
  return { test, exec: compiled.exec.bind(compiled) } as unknown as RegExp;
}
