import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { open } from "../../kernel-lib/table/open";

let folder: string;
let path: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "corpuslab-values-"));
  path = join(folder, "rows.jsonl");
  writeFileSync(path, '{"name": "a", "n": 1, "x": 0.5}\n{"name": null, "n": 2, "x": 1.5}\n');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("gives an Arrow table with the same rows", async () => {
  const table = (await (await open(path)).toArrow()) as {
    numRows: number;
    toArray(): { toJSON(): Record<string, unknown> }[];
  };
  expect(table.numRows).toBe(2);
  expect(table.toArray().map((row) => ({ ...row.toJSON(), n: Number(row.toJSON().n) }))).toEqual([
    { name: "a", n: 1, x: 0.5 },
    { name: null, n: 2, x: 1.5 },
  ]);
});

it("gives a danfo data frame with the same columns and rows", async () => {
  const frame = (await (await open(path)).toDataFrame()) as { columns: string[]; values: unknown[][] };
  expect(frame.columns).toEqual(["name", "n", "x"]);
  expect(frame.values.map((row) => [row[0] ?? null, Number(row[1]), row[2]])).toEqual([
    ["a", 1, 0.5],
    [null, 2, 1.5],
  ]);
});
