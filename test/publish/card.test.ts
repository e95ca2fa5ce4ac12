import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { InputError } from "../../kernel-lib/errors";
import { sizeCategory, writeCard } from "../../kernel-lib/publish/card";
import { writeHfLayout } from "../../kernel-lib/publish/hf-layout";
import { ROW_COLUMNS } from "../../kernel-lib/row";
import { buildPools } from "../../kernel-lib/select/pools";
import { HOSTILE_SPLITS, makeRun } from "../fixtures/make-run";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "corpuslab-card-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function frontMatter(path: string): Record<string, unknown> {
  const [, yaml] = /^---\n([\s\S]*?)\n---\n/.exec(readFileSync(path, "utf8"))!;
  return parse(yaml!) as Record<string, unknown>;
}

test("the YAML names license, size, sources and where each split's files are", async () => {
  const run = await makeRun(join(folder, "math"), {
    ...{ rows: 40, dataset: "nvidia/Math", license: "cc-by-4.0, Odd License" },
    splits: [["default", "train", "train"]],
  });
  await writeHfLayout(run);
  await buildPools([run], { out: join(run, "pools"), only: ["tool_use", "long_context"] });
  expect(frontMatter(await writeCard(run))).toEqual({
    license: ["cc-by-4.0", "other"],
    license_name: "odd_license",
    size_categories: ["n<1K"],
    task_categories: ["text-generation"],
    tags: ["corpuslab", "harmony"],
    source_datasets: ["nvidia/Math"],
    configs: [
      { config_name: "default", data_files: [{ split: "train", path: "data/train-*.parquet" }] },
      { config_name: "pool_tool_use", data_files: [{ split: "train", path: "pools/tool_use/*.parquet" }] },
    ],
  });
  const text = readFileSync(join(run, "README.md"), "utf8");
  expect(text).toContain(
    "| nvidia/Math | default/train | normalize | 42 | 40 | empty&#95;completion 1 | not&#95;json 1 |",
  );
  expect(text).toContain(
    "| `long_context` | 0 | 0 | empty: none of 40 rows satisfies stats&#95;approx&#95;tokens &#62; 8192 |",
  );
  for (const name of Object.keys(ROW_COLUMNS)) expect(text).toContain(`| \`${name}\` |`);
  expect(text).not.toMatch(/\d{4}-\d\d-\d\d/);
});

test("names of other people are no markup, and the bytes do not depend on where the run stands", async () => {
  const cards: string[] = [];
  for (const name of ["a", "b"]) {
    const run = await makeRun(join(folder, name), { rows: 20, dataset: "x|y/<img src=x>`", license: null });
    cards.push(readFileSync(await writeCard(run), "utf8"));
  }
  expect(cards[0]).toBe(cards[1]);
  expect(cards[0]).not.toContain("<img");
  expect(cards[0]).not.toContain(HOSTILE_SPLITS[1][1]);
  expect(frontMatter(join(folder, "a", "README.md"))).toMatchObject({
    license: "unknown",
    source_datasets: [],
  });
});

test("a card that was edited is not overwritten; a card of corpuslab is", async () => {
  const run = join(folder, "a");
  await writeCard(run);
  writeFileSync(join(run, "README.md"), "# my own words\n");
  await expect(writeCard(run)).rejects.toThrow(InputError);
  expect(readFileSync(join(run, "README.md"), "utf8")).toBe("# my own words\n");
  writeFileSync(join(run, "run.json"), '{"format":"other"}');
  await expect(writeCard(run)).rejects.toThrow(/run\.json does not have the expected form/);
});

test("size classes", () => {
  expect([0, 999, 1000, 9_999, 10_000, 2_150_000, 2e12].map(sizeCategory)).toEqual([
    ...["n<1K", "n<1K", "1K<n<10K", "1K<n<10K", "10K<n<100K", "1M<n<10M", "n>1T"],
  ]);
});
