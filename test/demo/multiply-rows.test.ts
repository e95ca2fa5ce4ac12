import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { multiplyRows } from "../../kernel-lib/demo/multiply-rows";
import { open } from "../../kernel-lib/table/open";
import { makeRun } from "../fixtures/make-run";
import { temporaryFolder } from "../run/run-cli";

const folder = temporaryFolder();

test("rows repeat domains and texts under new keys, in files of 500,000, the same each time", async () => {
  const run = { out: await makeRun(join(folder, "run"), { rows: 40 }) };
  const out = await multiplyRows(run, { out: join(folder, "many"), rows: 500_100 });
  expect(readdirSync(out)).toEqual(["part-00000.parquet", "part-00001.parquet"]);
  const many = await open(out);
  const [counted] = await many
    .sql(`select count(*) as rows, count(distinct row_key) as keys, count(distinct text) as texts,
      count(distinct meta_domain) as domains, min(stats_approx_tokens) >= 16 as enough from this`)
    .toArray();
  expect(counted).toEqual({ rows: 500_100, keys: 500_100, texts: 40, domains: 2, enough: true });
  const hash = (file: string) =>
    createHash("sha256")
      .update(readFileSync(join(out, file)))
      .digest("hex");
  const first = hash("part-00001.parquet");
  await multiplyRows(run, { out, rows: 500_100, onProgress: null });
  expect(hash("part-00001.parquet")).toBe(first);
});

test("fewer rows replace more, and no rows are an error", async () => {
  const run = { out: await makeRun(join(folder, "small"), { rows: 10 }) };
  const out = join(folder, "fewer");
  await multiplyRows(run, { out, rows: 600_000 });
  await multiplyRows(run, { out, rows: 25 });
  expect(await (await open(out)).count()).toBe(25);
  await expect(multiplyRows(run, { out, rows: 0 })).rejects.toThrow(
    "got 0 rows, expected a whole number above 0",
  );
});
