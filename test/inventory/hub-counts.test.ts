/** The inventory of the 18 stand-in datasets agrees with what their maker counted. */
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import type { InventorySplit } from "../../kernel-lib/inventory/inventory-json";
import { inventory } from "../../kernel-lib/inventory/inventory-of";
import { resolveSource } from "../../kernel-lib/source/resolve";

const hubDir = process.env.CORPUSLAB_HUB_DIR ?? resolve(__dirname, "../../../shared/hub");
const expectedFile = join(hubDir, "EXPECTED.json");
const present = existsSync(expectedFile);
if (!present)
  console.warn(`SKIPPED: no ${expectedFile}; set CORPUSLAB_HUB_DIR to check the stand-in datasets`);

interface ExpectedSplit {
  config: string;
  split: string;
  files: string[];
  format: string;
  rows: number;
  columns: Record<
    string,
    { present: number; types: Record<string, number> } & { type: string; null: number }
  >;
  malformed_json_lines: { count: number; lines: { line: number }[] };
  measured: { rows_with_correctness_metadata: number; rows_with_tools?: number };
}
const repos: Record<string, { splits: Record<string, ExpectedSplit> }> = present
  ? JSON.parse(readFileSync(expectedFile, "utf8")).repos
  : {};

/** EXPECTED.json counts by file where the loader sees one split of several files: those are added up. */
function expectedOf(dataset: string, split: InventorySplit): ExpectedSplit[] {
  const names = new Set(split.files.map(({ name }) => name));
  return Object.values(repos[dataset]!.splits).filter(({ files }) => files.every((file) => names.has(file)));
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, n) => total + n, 0);

describe.skipIf(!present)("stand-in datasets", () => {
  it("are 18", () => {
    expect(Object.keys(repos)).toHaveLength(18);
  });

  it.each(Object.keys(repos))(
    "%s: rows, columns with types, malformed lines, correctness",
    async (dataset) => {
      const found = await inventory(await resolveSource(dataset, { hubDir }));
      let checked = 0;
      for (const split of found.splits) {
        const expected = expectedOf(dataset, split);
        checked += expected.length;
        expect(split.rows).toBe(sum(expected.map(({ rows }) => rows)));
        expect(split.unreadable.count).toBe(sum(expected.map((one) => one.malformed_json_lines.count)));
        if (expected.length === 1) {
          const lines = expected[0]!.malformed_json_lines.lines.map(({ line }) => line);
          expect(split.unreadable.first.map(({ row }) => row)).toEqual(lines);
        }
        const correct = sum(expected.map((one) => one.measured.rows_with_correctness_metadata));
        expect(split.coverage.correctness_metadata.rows).toBe(correct);
        const tools = expected.map((one) => one.measured.rows_with_tools);
        if (tools.every((n) => n !== undefined))
          expect(split.coverage.tools?.rows).toBe(sum(tools as number[]));
        const names = expected.flatMap(({ columns }) => Object.keys(columns));
        expect(new Set(split.columns.map(({ name }) => name))).toEqual(new Set(names));
        for (const column of split.columns) {
          const wanted = expected.map(({ columns }) => columns[column.name]!);
          if (expected[0]!.format === "parquet") {
            expect([column.name, column.null_count]).toEqual([
              column.name,
              sum(wanted.map((one) => one.null)),
            ]);
            continue;
          }
          const types = Object.fromEntries(column.types.map(({ type, count }) => [type, count]));
          expect([column.name, column.present, types]).toEqual([
            column.name,
            wanted[0]!.present,
            wanted[0]!.types,
          ]);
        }
      }
      expect(checked).toBe(Object.keys(repos[dataset]!.splits).length);
    },
  );
});
