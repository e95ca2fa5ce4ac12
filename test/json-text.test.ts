import { describe, expect, it } from "vitest";
import { ColumnCache, cutArray, cutObject, parseRow, RowSyntaxError } from "../kernel-lib/json-text";
import { randomJson, randomSource } from "./random-json";

/** What JSON.parse says: the object, or undefined where the text is no row. */
function reference(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return value !== null && typeof value === "object" && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

function attempt(text: string): Record<string, unknown> | undefined {
  try {
    const { values, raw } = parseRow(text);
    for (const [key, slice] of raw) expect(JSON.parse(slice)).toEqual(values[key]);
    return { ...values };
  } catch (error) {
    if (error instanceof RowSyntaxError) return undefined;
    throw error;
  }
}

describe("parseRow", () => {
  it("accepts exactly what JSON.parse accepts, over 60,000 mutated rows", () => {
    const random = randomSource(99);
    const marks = [
      '"',
      "\\",
      "{",
      "}",
      "[",
      "]",
      ",",
      ":",
      " ",
      "0",
      "1",
      ".",
      "e",
      "-",
      "n",
      "\n",
      "\u0000",
      "\ufeff",
    ];
    let accepted = 0;
    for (let round = 0; round < 60_000; round++) {
      let text = `{"a":${randomJson(random)},"b":${randomJson(random)}}`;
      for (let edits = random.below(3); edits > 0; edits--) {
        const at = random.below(text.length + 1);
        const kind = random.below(3);
        const insert = kind === 0 ? "" : random.pick(marks);
        text = text.slice(0, at) + insert + text.slice(at + (kind === 1 ? 0 : 1));
      }
      const expected = reference(text);
      if (expected) accepted++;
      expect(attempt(text), JSON.stringify(text)).toEqual(expected);
    }
    expect(accepted).toBeGreaterThan(15_000);
    expect(accepted).toBeLessThan(50_000);
  });

  it.each([
    ["", "blank"],
    [" \t\r\n", "blank"],
    ["[1]", "not_an_object"],
    ["null", "not_an_object"],
    ['"text"', "not_an_object"],
    ["7", "not_an_object"],
    ["{'a': 1}", "not_json"],
    ['{"a": 1,}', "not_json"],
    ['{"a": NaN}', "not_json"],
    ['{"a": 1} {"b": 2}', "not_json"],
    ['{"a": "x', "not_json"],
    ['{"a": [1}', "not_json"],
    ['\ufeff{"a": 1}', "not_json"],
  ])("says of %j: %s", (text, reason) => {
    expect(() => parseRow(text)).toThrow(expect.objectContaining({ name: "RowSyntaxError", reason }));
  });

  it("keeps the text of each column, the last of equal names, and names like __proto__", () => {
    const { values, raw } = parseRow('{"n": 1.0, "__proto__": {"x": 1}, "n" : 2.50 , "\\u0061": null}');
    expect([...raw]).toEqual([
      ["n", "2.50"],
      ["__proto__", '{"x": 1}'],
      ["a", "null"],
    ]);
    expect(values.n).toBe(2.5);
    expect(Object.getOwnPropertyNames(values)).toEqual(["n", "__proto__", "a"]);
  });

  it("reads a column 100,000 levels deep", () => {
    const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
    expect(parseRow(`{"a":${deep}}`).raw.get("a")).toBe(deep);
  });

  it("gives equal texts of a cached column one object, until the cache is full", () => {
    const caches = new Map([["t", new ColumnCache(20)]]);
    const read = (text: string) => parseRow(text, { caches }).values.t;
    const first = read('{"t": [1, 2]}');
    expect(read('{"x": 0, "t": [1, 2]}')).toBe(first);
    read('{"t": ["something longer"]}');
    expect(read('{"t": [1, 2]}')).not.toBe(first);
    expect(read('{"t": [1, 2]}')).toEqual([1, 2]);
  });
});

describe("cutArray and cutObject", () => {
  it("give back the parts of any array or object", () => {
    const random = randomSource(5);
    for (let round = 0; round < 5_000; round++) {
      const text = randomJson(random);
      const value: unknown = JSON.parse(text);
      if (Array.isArray(value)) expect(cutArray(text).map((part) => JSON.parse(part))).toEqual(value);
      else if (value !== null && typeof value === "object") {
        const parts = [...cutObject(text)].map(([key, part]) => [key, JSON.parse(part)]);
        expect(Object.fromEntries(parts)).toEqual(value);
      }
    }
  });
});
