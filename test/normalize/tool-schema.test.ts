import { describe, expect, it } from "vitest";
import { compileSchema, compileWithAjv, interpretSchema } from "../../kernel-lib/normalize/tool-schema";
import { type RandomSource, randomSource } from "../random-json";

const NAMES = ["a", "b", "toString", "length", "é", "constructor"];
const SCALARS = [null, true, false, 0, -0, 1, 1.5, -3, 1e21, "", "a", "ab", "🎉🎉", "1", 2 ** 53];

function randomValue(random: RandomSource, depth = 0): unknown {
  const kind = random.below(depth > 2 ? 1 : 3);
  if (kind === 0) return random.pick(SCALARS);
  const size = random.below(4);
  if (kind === 1) return Array.from({ length: size }, () => randomValue(random, depth + 1));
  return Object.fromEntries(
    Array.from({ length: size }, () => [random.pick(NAMES), randomValue(random, depth + 1)]),
  );
}

const TYPES = ["string", "number", "integer", "boolean", "null", "array", "object"];

/** Mostly plain schemas, with what JSON Schema forbids or ajv alone knows mixed in. */
function randomSchema(random: RandomSource, depth = 0): Record<string, unknown> {
  const schema: Record<string, unknown> = {};
  for (let count = random.below(4); count > 0; count--) {
    const nested = () => (depth > 2 ? {} : randomSchema(random, depth + 1));
    switch (random.below(19)) {
      case 0:
      case 1:
      case 2:
        schema.type = random.pick(TYPES);
        break;
      case 3:
        schema.type = [random.pick(TYPES), random.pick(TYPES)];
        break;
      case 4:
      case 5:
        schema.properties = Object.fromEntries(
          Array.from({ length: random.below(3) }, () => [random.pick(NAMES), nested()]),
        );
        break;
      case 6:
        schema.required = Array.from({ length: random.below(3) }, () => random.pick(NAMES));
        break;
      case 7:
        schema.items = nested();
        break;
      case 8:
        schema.additionalProperties = random.pick([true, false, nested()]);
        break;
      case 9:
        schema.enum = Array.from({ length: random.below(4) }, () => random.pick(SCALARS));
        break;
      case 10:
        schema[random.pick(["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"])] =
          random.below(4) - 1;
        break;
      case 11:
        schema[random.pick(["minLength", "maxLength", "minItems", "maxItems"])] = random.below(4);
        break;
      case 12:
        schema.description = random.pick(["words", 7]);
        break;
      case 13:
        schema.default = randomValue(random, 2);
        break;
      case 14:
        schema.format = random.pick(["date", "email", "float", "no-such-format"]);
        break;
      case 15:
        schema.anyOf = [nested(), nested()];
        break;
      case 16:
        schema.pattern = "^a";
        break;
      case 17:
        schema.type = random.pick(["dict", "any", 3, []]);
        break;
      default:
        schema.title = "t";
    }
  }
  return schema;
}

describe("interpretSchema", () => {
  it("agrees with ajv on 1,500 random schemas and 60 values each", { timeout: 120_000 }, () => {
    const random = randomSource(31);
    let interpreted = 0;
    let passed = 0;
    let failed = 0;
    for (let round = 0; round < 1500; round++) {
      const schema = randomSchema(random);
      const plain = interpretSchema(schema);
      if (plain === null) continue;
      const ajv = compileWithAjv(schema);
      expect(ajv, `ajv rejects ${JSON.stringify(schema)}`).not.toBeNull();
      interpreted++;
      for (let at = 0; at < 60; at++) {
        const value = randomValue(random);
        const result: boolean = plain(value);
        if (result !== ajv!(value)) {
          expect.fail(`${JSON.stringify(schema)} on ${JSON.stringify(value)}: plain says ${result}`);
        }
        if (result) passed++;
        else failed++;
      }
    }
    expect(interpreted).toBeGreaterThan(700);
    expect(passed).toBeGreaterThan(5_000);
    expect(failed).toBeGreaterThan(5_000);
  });

  it("leaves to ajv what is not plain", () => {
    for (const schema of [
      { pattern: "a" },
      { oneOf: [] },
      { $ref: "#" },
      { enum: [{}] },
      { items: [{}] },
      { const: 1 },
    ]) {
      expect(interpretSchema(schema), JSON.stringify(schema)).toBeNull();
    }
  });
});

describe("compileSchema", () => {
  it("checks formats, patterns and combinations with ajv", () => {
    const check = compileSchema({
      type: "object",
      properties: { day: { type: "string", format: "date" }, code: { pattern: "^[A-Z]{2}\\-\\d+$" } },
      oneOf: [{ required: ["day"] }, { required: ["code"] }],
    })!;
    expect(check({ day: "2024-02-29" })).toBe(true);
    expect(check({ day: "someday" })).toBe(false);
    expect(check({ code: "NO-12" })).toBe(true);
    expect(check({ code: "no" })).toBe(false);
    expect(check({ day: "2024-02-29", code: "NO-12" })).toBe(false);
  });

  it("ignores the dialect a schema names, and formats it does not know", () => {
    expect(compileSchema({ $schema: "https://json-schema.org/draft/2020-12/schema", const: 1 })!(1)).toBe(
      true,
    );
    expect(compileSchema({ type: "number", format: "float" })!(1.5)).toBe(true);
  });

  it("takes two schemas with one $id", () => {
    expect(compileSchema({ $id: "https://example.org/s", const: 1 })!(1)).toBe(true);
    expect(compileSchema({ $id: "https://example.org/s", const: 2 })!(1)).toBe(false);
  });

  it.each([
    ["a remote reference", { $ref: "https://example.org/schema.json" }],
    ["an unknown type", { type: "dict" }],
    ["a list", []],
    ["an invalid pattern", { pattern: "(" }],
    ["an invalid part", { properties: { a: { required: true } }, not: {} }],
    ["a nesting of 100,000", JSON.parse(`${'{"not":'.repeat(100_000)}{}${"}".repeat(100_000)}`)],
    ["a megabyte", { not: { enum: [["x".repeat(1_000_000)]] } }],
  ])("has no check for %s", (_, schema) => {
    expect(compileSchema(schema)).toBeNull();
  });

  it("ends soon on hostile schemas and values", () => {
    const started = performance.now();
    const text = `${"a".repeat(200)}!`;
    for (const pattern of [
      "^(a+)+$",
      "^(a|a)*$",
      "^(a|aa)+$",
      "^a*a*a*a*a*a*b$",
      "(?:a?){100}a{100}",
      "^(.*)\\1+$",
    ]) {
      expect(compileSchema({ type: "string", pattern })!(text), pattern).toBeTypeOf("boolean");
    }
    expect(compileSchema({ patternProperties: { "^(a+)+$": { type: "null" } } })!({ [text]: 1 })).toBeTypeOf(
      "boolean",
    );
    const recursive = compileSchema({ properties: { a: { $ref: "#" } }, not: { type: "null" } })!;
    expect(recursive(JSON.parse(`${'{"a":'.repeat(50_000)}1${"}".repeat(50_000)}`))).toBe(false);
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});
