import { expect, test } from "vitest";
import {
  jsonColumnTypes,
  mergeStructures,
  parseStructure,
  type Structure,
} from "../../kernel-lib/table/json-types";

function typesOf(
  structures: readonly unknown[],
  options = { nested: true, wide: false },
): Record<string, string> {
  let merged: Structure | null = null;
  for (const one of structures) merged = mergeStructures(merged, parseStructure(JSON.stringify(one)));
  return Object.fromEntries(jsonColumnTypes(merged, options).columns);
}

test("numbers widen, other mixtures are JSON, nulls fit everything", () => {
  expect(
    typesOf([
      { a: "UBIGINT", b: "UBIGINT", c: "VARCHAR", d: "NULL", e: ["NULL"], f: "BOOLEAN" },
      { a: "BIGINT", b: "DOUBLE", c: "BOOLEAN", d: ["VARCHAR"], e: ["NULL"], f: "NULL", g: "VARCHAR" },
    ]),
  ).toEqual({ a: "BIGINT", b: "DOUBLE", c: "JSON", d: "VARCHAR[]", e: "JSON", f: "BOOLEAN", g: "VARCHAR" });
  expect(typesOf([{ a: "UBIGINT" }, { a: "BIGINT" }], { nested: true, wide: true })).toEqual({
    a: "HUGEINT",
  });
});

test("nested parts are structs in the order of the rows, and JSON where one part mixes or keys are data", () => {
  expect(typesOf([{ m: [{ "r'o": "VARCHAR" }] }, { m: [{ x: "NULL", "r'o": "VARCHAR" }] }])).toEqual({
    m: `STRUCT("r'o" VARCHAR, "x" VARCHAR)[]`,
  });
  expect(typesOf([{ m: [{ c: "VARCHAR" }] }, { m: [{ c: ["VARCHAR"] }] }])).toEqual({ m: "JSON" });
  expect(typesOf([{ m: { a: "VARCHAR", A: "VARCHAR" } }])).toEqual({ m: "JSON" });
  const map = Array.from({ length: 150 }, (_, i) => ({ m: { [`k${i}`]: "BIGINT" } }));
  expect(typesOf(map)).toEqual({ m: "JSON" });
  expect(typesOf([{ m: ["VARCHAR"] }], { nested: false, wide: false })).toEqual({ m: "JSON" });
});

test("of keys that differ only in case the first is shown and the other is named", () => {
  const merged = mergeStructures(null, { id: "VARCHAR", ID: "VARCHAR" });
  const { columns, hidden } = jsonColumnTypes(merged, { nested: true });
  expect([...columns.keys()]).toEqual(["id"]);
  expect(hidden).toEqual([{ key: "ID", why: "its name differs from another only in case" }]);
});

test("keys that no SQL or no object can hold are named, and inside of a column leave it JSON", () => {
  const text =
    '{"a\\u0000b": "VARCHAR", "__proto__": "VARCHAR", "m": {"__proto__": {"x": "VARCHAR"}}, "constructor": "VARCHAR"}';
  const merged = mergeStructures(parseStructure(text), parseStructure(text));
  const { columns, hidden } = jsonColumnTypes(merged, { nested: true });
  expect([...columns]).toEqual([
    ["m", "JSON"],
    ["constructor", "VARCHAR"],
  ]);
  expect(hidden.map(({ key }) => key)).toEqual(["a\0b", "__proto__"]);
});
