import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { z } from "zod";
import { open } from "../../kernel-lib/table/open";
import { makeRun } from "../fixtures/make-run";
import { TableFiles } from "./table-files";

const files = new TableFiles();
afterAll(() => files.remove());

test("a run folder is its rows with every sidecar", async () => {
  const out = join(files.root, "run");
  await makeRun(out);
  const rows = await open(out);
  const facts = await rows
    .sql(
      "select count(*) n, count(distinct row_key) k, count(*) filter (quality_is_duplicate) d, count(*) filter (too_short) s from rows",
    )
    .toArray();
  expect(facts).toEqual([{ n: 200, k: 200, d: 20, s: 20 }]);
  const keys = async () => (await rows.sample(4, { seed: 9 }).toArray()).map(({ row_key }) => row_key);
  expect(await keys()).toEqual(await keys());
  expect(await rows.split("train").count()).toBeGreaterThan(0);
});

const sharedHub = process.env.CORPUSLAB_HUB_DIR ?? "../shared/hub";
const isShared = existsSync(join(sharedHub, "EXPECTED.json"));
if (!isShared)
  console.warn(
    `SKIPPED: no ${sharedHub}/EXPECTED.json; set CORPUSLAB_HUB_DIR to check the stand-in datasets`,
  );

test.skipIf(!isShared)(
  "tables over the stand-in datasets have the rows and unreadable lines that are known",
  async () => {
    const part = z.object({
      config: z.string(),
      split: z.string(),
      files: z.array(z.string()),
      rows: z.number(),
      malformed_json_lines: z
        .object({ lines: z.array(z.object({ line: z.number() })).default([]) })
        .optional(),
    });
    const { repos } = z
      .object({ repos: z.record(z.string(), z.object({ splits: z.record(z.string(), part) })) })
      .parse(JSON.parse(readFileSync(join(sharedHub, "EXPECTED.json"), "utf8")));
    let datasets = 0;
    for (const [repo, { splits }] of Object.entries(repos)) {
      const table = await open(repo, { hubDir: sharedHub });
      const counted = await table.groupBy("_file").count().toArray();
      const rows = Object.values(splits).reduce((sum, { rows: n }) => sum + n, 0);
      expect([repo, counted.reduce((sum, { n }) => sum + Number(n), 0)]).toEqual([repo, rows]);
      const bad = (await table.problems()).map(({ file, row }) => `${file}#${row}`).sort();
      const known = Object.values(splits).flatMap(({ files, malformed_json_lines: lines }) =>
        (lines?.lines ?? []).map(({ line }) => `${files[0]}#${line}`),
      );
      expect([repo, bad]).toEqual([repo, known.sort()]);
      expect((await table.sample(3, { seed: 1 }).toArray()).length).toBe(3);
      datasets++;
    }
    expect(datasets).toBe(18);
  },
);
