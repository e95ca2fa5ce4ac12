/** Columns and parameters of a step: their TypeScript types for its source, their JSON Schemas for its manifest. */
import { z } from "zod";
import { errorText, InputError, nearestNames } from "../errors";
import { jsonSchemaOf, nullable, typescriptOf } from "../steps/column-types";
import type { Column } from "../table/table-columns";
import { compiler, type TypeScript as ts } from "./compiler";
import type { Slice } from "./slice";
import { initializerOf } from "./target";

type JsonObject = Record<string, unknown>;

/** Types by name, and the JSON Schema of an object with these members. */
export interface Shape {
  readonly types: Readonly<Record<string, string>>;
  readonly schema: { readonly type: "object"; readonly properties: Record<string, JsonObject> };
}

/** @throws InputError for a column that the table does not have, with the nearest names. */
export function checkColumns(names: readonly string[], columns: readonly Column[]): void {
  const known = columns.map(({ name }) => name);
  for (const name of names) {
    if (known.includes(name)) continue;
    const near = nearestNames(name, known);
    throw new InputError(
      `promote: the function reads the column ${name}, which the table does not have; ${near.length > 0 ? `did you mean ${near.join(" or ")}?` : `it has ${known.join(", ")}`}`,
    );
  }
}

/** The columns that are read, with null in the type of those that hold nulls and have no rule for them. */
export function readsShape(
  names: readonly string[],
  columns: readonly Column[],
  nulls: ReadonlyMap<string, number>,
  ruled: ReadonlySet<string>,
): Shape {
  const known = new Map(columns.map(({ name, type }) => [name, type]));
  const types = Object.fromEntries(
    names.map((name) => {
      const own = typescriptOf(known.get(name)!);
      return [name, (nulls.get(name) ?? 0) > 0 && !ruled.has(name) ? nullable(own) : own];
    }),
  );
  return { types, schema: objectSchema(types) };
}

/** The columns that a flag writes, from their zod schema. */
export function writesShape(writes: z.ZodObject | undefined): Shape {
  if (!writes) return { types: {}, schema: { type: "object", properties: {} } };
  return zodShape(writes);
}

/** Types and JSON Schema of a zod object's members; one that may be left out may be null. */
export function zodShape(object: z.ZodObject): Shape {
  const { properties = {}, required = [] } = zodSchema(object) as {
    properties?: Record<string, JsonObject>;
    required?: string[];
  };
  const members = Object.entries(properties).map(
    ([name, { default: _, ...schema }]): [string, JsonObject] => [
      name,
      required.includes(name) ? schema : { anyOf: [schema, { type: "null" }] },
    ],
  );
  return {
    types: Object.fromEntries(members.map(([name, schema]) => [name, typeOfSchema(schema)])),
    schema: { type: "object", properties: Object.fromEntries(members) },
  };
}

function zodSchema(object: z.ZodObject): object {
  try {
    return z.toJSONSchema(object);
  } catch (cause) {
    throw new InputError(
      `promote: a schema names a type that a column cannot have (${errorText(cause)}); use z.boolean(), z.int(), z.number(), z.string(), z.enum() or z.array() of those, .nullable() where it can be missing`,
      { cause },
    );
  }
}

/** The captured values that become parameters, with their values: all literals, those of `wanted`, or all but `frozen`. */
export function paramsShape(
  { captured }: Slice,
  wanted: readonly string[] | undefined,
  frozen: readonly string[] = [],
): Shape & { readonly values: Readonly<Record<string, unknown>> } {
  const candidates = captured.filter(({ literal }) => literal);
  for (const [option, names] of [
    ["params", wanted ?? []],
    ["frozen", frozen],
  ] as const) {
    for (const name of names) {
      if (candidates.some((candidate) => candidate.name === name)) continue;
      if (option === "frozen" && captured.some((one) => one.name === name)) continue;
      const can = candidates.map((candidate) => candidate.name).join(", ") || "none of its values";
      throw new InputError(
        `promote: ${option} names ${name}, expected a constant that the function uses and that is written out as a number, text, boolean, list or object: ${can}`,
      );
    }
  }
  const both = (wanted ?? []).filter((name) => frozen.includes(name));
  if (both.length > 0) throw new InputError(`promote: params and frozen both name ${both.join(", ")}`);
  const chosen = candidates.filter(
    ({ name }) => (wanted === undefined || wanted.includes(name)) && !frozen.includes(name),
  );
  const values = Object.fromEntries(
    chosen.map(({ name, piece }) => [name, literalValue(initializerOf(piece)!)]),
  );
  const own = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, typeOfValue(value)]));
  const types = Object.fromEntries(
    chosen.map(({ name, piece }) => [name, annotationOf(piece) ?? own[name]!]),
  );
  return { types, values, schema: valuesSchema(values) };
}

/** The type that the cell gives the constant. */
function annotationOf({ node }: Slice["pieces"][number]): string | null {
  return compiler().isVariableDeclaration(node) ? (node.type?.getText() ?? null) : null;
}

/** Types and JSON Schema of values as they are. */
export function valuesShape(values: Readonly<Record<string, unknown>>): Shape {
  const types = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, typeOfValue(value)]));
  return { types, schema: valuesSchema(values) };
}

/** JSON Schema that the values satisfy, and others of their type: in lists too, where all are of one. */
function valuesSchema(values: Readonly<Record<string, unknown>>): Shape["schema"] {
  const schemaOf = (value: unknown): JsonObject => {
    if (value === null || value === undefined) return {};
    if (!Array.isArray(value)) return { type: typeof value };
    const kinds = [...new Set(value.map((one) => JSON.stringify(schemaOf(one))))];
    return { type: "array", ...(kinds.length === 1 ? { items: schemaOf(value[0]) } : {}) };
  };
  return {
    type: "object",
    properties: Object.fromEntries(Object.entries(values).map(([name, value]) => [name, schemaOf(value)])),
  };
}

/** The value of a literal: see `isLiteral`. */
function literalValue(expression: ts.Expression): unknown {
  const typescript = compiler();
  if (typescript.isArrayLiteralExpression(expression)) return expression.elements.map(literalValue);
  if (typescript.isObjectLiteralExpression(expression)) {
    return Object.fromEntries(
      expression.properties.map((member) => [
        (member.name as ts.Identifier | ts.StringLiteral).text,
        literalValue((member as ts.PropertyAssignment).initializer),
      ]),
    );
  }
  if (typescript.isPrefixUnaryExpression(expression)) return -Number(numberText(expression.operand));
  if (typescript.isNumericLiteral(expression)) return Number(numberText(expression));
  if (typescript.isStringLiteralLike(expression)) return expression.text;
  if (expression.kind === typescript.SyntaxKind.NullKeyword) return null;
  return expression.kind === typescript.SyntaxKind.TrueKeyword;
}

function numberText(expression: ts.Expression): string {
  return (expression as ts.NumericLiteral).text;
}

function typeOfValue(value: unknown): string {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    const members = Object.entries(value).map(
      ([key, inner]) => `readonly ${JSON.stringify(key)}: ${typeOfValue(inner)}`,
    );
    return `{ ${members.join("; ")} }`;
  }
  if (!Array.isArray(value)) return value === null ? "null" : typeof value;
  const kinds = [...new Set(value.map(typeOfValue))];
  return `readonly (${kinds.length > 0 ? kinds.join(" | ") : "never"})[]`;
}

interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly anyOf?: readonly JsonSchema[];
  readonly enum?: readonly unknown[];
  readonly items?: JsonSchema;
}

function typeOfSchema({ type, anyOf, enum: choices, items }: JsonSchema): string {
  if (anyOf) return anyOf.map(typeOfSchema).join(" | ");
  if (choices) return choices.map((choice) => JSON.stringify(choice)).join(" | ");
  const types = typeof type === "string" ? [type] : (type ?? []);
  const names = types.map((one) =>
    one === "integer" ? "number" : one === "array" ? `readonly (${typeOfSchema(items ?? {})})[]` : one,
  );
  return names.length > 0 ? names.join(" | ") : "unknown";
}

function objectSchema(types: Readonly<Record<string, string>>): Shape["schema"] {
  return {
    type: "object",
    properties: Object.fromEntries(Object.entries(types).map(([name, type]) => [name, jsonSchemaOf(type)])),
  };
}
