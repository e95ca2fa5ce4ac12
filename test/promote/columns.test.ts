import { describe, expect, it } from "vitest";
import { parseCell } from "../../kernel-lib/promote/cells";
import { columnsRead } from "../../kernel-lib/promote/columns-read";
import type { TypeScript as ts } from "../../kernel-lib/promote/compiler";
import { initializerOf } from "../../kernel-lib/promote/target";
import { jsonSchemaOf, typescriptOf } from "../../kernel-lib/steps/column-types";

let order = 0;
function read(text: string) {
  const [piece] = parseCell({ order: ++order, text }).pieces;
  const declared = initializerOf(piece!) ?? piece!.node;
  const found = columnsRead(declared as ts.ArrowFunction);
  return found.ok ? found.names : `whole row: ${found.text}`;
}

describe("columnsRead", () => {
  it.each([
    ['const f = (row) => row.a > 1 && row["b c"] && (row as any).d', ["a", "b c", "d"]],
    ["const f = ({ a, b: { c }, d = 1 }) => a", ["a", "b", "d"]],
    ["function f(row) { const { a, b: x } = row; return [row.a].map((y) => y + x); }", ["a", "b"]],
    ["const f = (row) => [1].map((row) => row.inner).length + row.a", ["a"]],
    ["const f = () => true", []],
    ["const f = (row) => ({ row: row.a }).row", ["a"]],
  ])("finds those of %s", (text, names) => {
    expect(read(text)).toEqual(names);
  });

  it.each([
    ["const f = (row) => helper(row)", "whole row: helper(row)"],
    ["const f = (row) => row[key]", "whole row: row[key]"],
    ["const f = (row) => ({ ...row })", "whole row: ...row"],
    ["const f = ({ a, ...rest }) => a", "whole row: ...rest"],
    ["const f = (row) => { const r = row; return r.a }", "whole row: r = row"],
  ])("says where %s uses the row as a whole", (text, expected) => {
    expect(read(text)).toBe(expected);
  });
});

describe("column types", () => {
  it.each([
    ["BIGINT", "number"],
    ["VARCHAR", "string"],
    ["BOOLEAN", "boolean"],
    ["VARCHAR[]", "readonly (string | null)[]"],
    [
      'STRUCT("role" VARCHAR, "a,b" STRUCT(x INTEGER, y DOUBLE[]))[]',
      'readonly ({ readonly "role": string | null; readonly "a,b": { readonly "x": number | null; readonly "y": readonly (number | null)[] | null } | null } | null)[]',
    ],
    [
      'STRUCT("role" VARCHAR, "name" VARCHAR, "channel" VARCHAR, "content" VARCHAR, "reasoning_content" VARCHAR, "tool_calls" VARCHAR)[]',
      'readonly ({ readonly "role": string; readonly "name": string | null; readonly "channel": string | null; readonly "content": string | null; readonly "reasoning_content": string | null; readonly "tool_calls": string | null })[]',
    ],
    ["JSON", "unknown"],
    ["MAP(VARCHAR, BIGINT)", "unknown"],
  ])("%s is %s", (duckdb, typescript) => {
    expect(typescriptOf(duckdb)).toBe(typescript);
  });

  it("have a JSON Schema", () => {
    expect(jsonSchemaOf("number | null")).toEqual({ type: ["number", "null"] });
    expect(jsonSchemaOf("readonly (string | null)[]")).toEqual({ type: "array" });
    expect(jsonSchemaOf("unknown")).toEqual({});
  });
});
