import { describe, expect, it } from "vitest";
import { parseCell } from "../../kernel-lib/promote/cells";
import { slice } from "../../kernel-lib/promote/slice";
import { forbidden, strictProgram, typeFaults } from "../../kernel-lib/promote/static-check";
import { placeOf, type StepSourceOptions, stepSource } from "../../kernel-lib/promote/step-source";
import { calledTarget, lastFunction, type Target } from "../../kernel-lib/promote/target";

function sourceOf(texts: readonly string[], options: Partial<StepSourceOptions>, call?: string) {
  const cells = texts.map((text, i) => parseCell({ order: i + 1, text }));
  const last = cells.at(-1)!;
  const target: Target = call ? calledTarget(last, call)! : lastFunction(last)!;
  const made = slice(cells, target);
  return stepSource(made, {
    name: "keep_short",
    kind: "filter",
    reads: { n: "number" },
    writes: {},
    params: {},
    frozen: {},
    ...options,
  });
}

function faults(text: string): string[] {
  const program = strictProgram({ "/step.ts": text }, "/");
  const isOwn = (path: string) => path === "/step.ts";
  return [...forbidden(program, isOwn), ...typeFaults(program, isOwn)].map(
    ({ line, what }) => `${line}: ${what}`,
  );
}

describe("stepSource", () => {
  it("binds parameters, keeps constants, and gives the row its type", () => {
    const { text } = sourceOf(
      [
        "const limit = 10;\nconst words = await load();",
        "const keep = row =>\n  row.n < limit && !words.includes(String(row.n));",
      ],
      { params: { limit: "number" }, frozen: { words: '["7"]' } },
    );
    expect(
      text,
    ).toBe(`/** keep_short: a filter. Promoted from a notebook; immutable: a changed byte is found and named. */

/** The columns it reads. */
export interface Row {
  readonly n: number;
}
/** Its parameters. */
export interface Params {
  readonly limit: number;
}
export type Result = boolean | { readonly drop: string };

/** The function that is mapped over rows. */
export function bind({ limit }: Params): (row: Row) => Result {
  // cell 1, line 2
  const words = ["7"];
  // cell 2, line 1
  const keep = (row: Row) =>
    row.n < limit && !words.includes(String(row.n));
  return keep;
}
`);
    expect(faults(text)).toEqual([]);
  });

  it.each([
    ["function keep(row) { return row.n > 1; }", "function keep(row: Row) { return row.n > 1; }"],
    ["const keep = ({ n }) => n > 1;", "const keep = ({ n }: Row) => n > 1;"],
    [
      "const keep = function (row) { return row.n > 1 }",
      "const keep = function (row: Row) { return row.n > 1 };",
    ],
    ["const keep = (row: { n: any; m: number }) => row.n > 1", "const keep = (row: Row) => row.n > 1;"],
    [
      "export default function keep(row) { return row.n > 1; }",
      "function keep(row: Row) { return row.n > 1; }",
    ],
    ["const keep = (row, ) => row.n > 1;", "const keep = (row: Row, ) => row.n > 1;"],
  ])("types the row of %s", (cell, expected) => {
    const { text } = sourceOf([cell], {});
    expect(text).toContain(`  ${expected}\n`);
    expect(faults(text)).toEqual([]);
  });

  it("takes a function from the call itself", () => {
    const { text } = sourceOf(
      ["const limit = 10;", 'await promote((row) => row.n < limit, { name: "keep_short" })'],
      { params: { limit: "number" } },
      "keep_short",
    );
    expect(text).toContain("  return ((row: Row) => row.n < limit);\n");
    expect(faults(text)).toEqual([]);
  });

  it("leads from a fault back to the cell and its line", () => {
    const source = sourceOf(
      ["const a = 1;", "\nconst keep = (row) => {\n  const b = a;\n  return row.m > b;\n};"],
      {},
    );
    const [fault] = faults(source.text);
    const at = Number(fault!.split(":")[0]);
    expect(fault).toContain("Property 'm' does not exist on type 'Row'");
    expect(placeOf(source, at)).toEqual({ cell: 2, line: 4 });
    expect(placeOf(source, 1)).toBe(null);
  });

  it("leaves the inside of template literals alone", () => {
    const { text } = sourceOf(["const keep = (row) => String(row.n) !== `a\nb`;"], {});
    expect(text).toContain("`a\nb`");
  });
});
