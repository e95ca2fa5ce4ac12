/** Row counts and unreadable lines of the stand-in datasets against what their makers state. Skips where they are not. */
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, it } from "vitest";
import { parseRow } from "../../kernel-lib/json-text";
import { describeFile } from "../../kernel-lib/source/describe-file";
import { planShards } from "../../kernel-lib/source/plan-shards";
import { everything } from "./row-files";

interface ExpectedSplit {
  readonly files: readonly string[];
  readonly physical_lines?: number;
  readonly rows: number;
  readonly malformed_json_lines: { readonly lines: readonly { readonly line: number }[] };
}

const hub = process.env.CORPUSLAB_HUB_DIR ?? resolve(__dirname, "../../../shared/hub");
const expectedFile = join(hub, "EXPECTED.json");
const present = existsSync(expectedFile);
if (!present) {
  console.warn(
    `SKIPPED: no ${expectedFile}; set CORPUSLAB_HUB_DIR to check readers on the stand-in datasets`,
  );
}
const expected: { repos: Record<string, { splits: Record<string, ExpectedSplit> }> } = present
  ? JSON.parse(readFileSync(expectedFile, "utf8"))
  : { repos: {} };
const splits = Object.entries(expected.repos).flatMap(([repo, { splits }]) =>
  Object.entries(splits).map(([name, split]) => [`${repo} ${name}`, join(hub, repo), split] as const),
);

it.skipIf(!present)("the stand-in datasets have splits", () => {
  expect(splits.length).toBeGreaterThan(20);
});

it.each(splits)("%s", async (_name, folder, split) => {
  let lines = 0;
  let rows = 0;
  const malformed: number[] = [];
  for (const name of split.files) {
    const file = describeFile(join(folder, name), name);
    const all = await everything(file);
    const plan = await planShards(file);
    expect(plan.rows).toBe(all.rows.length + all.bad.length);
    lines += plan.rows;
    malformed.push(...all.bad.map(({ row }) => row));
    for (const { row, text } of all.rows) {
      try {
        parseRow(text);
        rows++;
      } catch {
        malformed.push(row);
      }
    }
  }
  expect(rows).toBe(split.rows);
  expect(lines).toBe(split.physical_lines ?? split.rows);
  expect(malformed.sort((a, b) => a - b)).toEqual(split.malformed_json_lines.lines.map(({ line }) => line));
});
