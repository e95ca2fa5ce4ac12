import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { hfName, writeHfLayout } from "../../kernel-lib/publish/hf-layout";
import { makeRun } from "../fixtures/make-run";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "corpuslab-layout-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("one subset: data/<split>-…, hard links to the rows, names that datasets allows", async () => {
  const run = await makeRun(join(folder, "one"), {
    rows: 30,
    splits: [
      ["default", "high-part01", "high-part01"],
      ["default", "high part01", "high_part01"],
      ["default", "v1.0", "v1.0"],
    ],
  });
  const layout = await writeHfLayout(run);
  expect(layout.configs).toEqual([
    {
      config_name: "default",
      data_files: [
        { split: "high_part01", path: "data/high_part01-*.parquet" },
        { split: "high_part01_2", path: "data/high_part01_2-*.parquet" },
        { split: "v1.0", path: "data/v1.0-*.parquet" },
      ],
    },
  ]);
  expect(readdirSync(join(run, "data")).sort()).toEqual([
    "high_part01-00000-of-00002.parquet",
    "high_part01-00001-of-00002.parquet",
    "high_part01_2-00000-of-00001.parquet",
    "v1.0-00000-of-00001.parquet",
  ]);
  expect(statSync(join(run, "data/v1.0-00000-of-00001.parquet")).ino).toBe(
    statSync(join(run, "rows/v1.0/part-00000.parquet")).ino,
  );
  expect(await writeHfLayout(run)).toEqual(layout);
});

test("several subsets are configs, each in a folder of its own", async () => {
  const run = await makeRun(join(folder, "subsets"), {
    rows: 20,
    splits: [
      ["default", "train", "train"],
      ["solutions/py", "train", "solutions_py/train"],
    ],
  });
  const { configs, files } = await writeHfLayout(run);
  expect(configs.map((config) => [config.config_name, config.data_files])).toEqual([
    ["solutions_py", [{ split: "train", path: "data/solutions_py/train-*.parquet" }]],
    ["default", [{ split: "train", path: "data/default/train-*.parquet" }]],
  ]);
  expect(files).toEqual([
    "data/default/train-00000-of-00002.parquet",
    "data/default/train-00001-of-00002.parquet",
    "data/solutions_py/train-00000-of-00001.parquet",
  ]);
});

test("files of other people in data/ stop it before anything changes", async () => {
  const run = join(folder, "one");
  writeFileSync(join(run, "data", "notes.txt"), "mine");
  await expect(writeHfLayout(run)).rejects.toThrow(/notes\.txt is not part of the Hub layout/);
  expect(existsSync(join(run, "data", "notes.txt"))).toBe(true);
  expect(existsSync(join(run, "data", "v1.0-00000-of-00001.parquet"))).toBe(true);
});

test("split names", () => {
  expect(["train", "a-b c", "..a..b.", "日本", "-"].map(hfName)).toEqual(["train", "a_b_c", "a.b", "_", "_"]);
});
