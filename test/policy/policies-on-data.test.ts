/** The recipes' policies from end to end: normalized, flagged, deduplicated, applied, as pools; on the demo and on the stand-ins. */
import { existsSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { applyPolicy } from "../../kernel-lib/policy/apply-policy";
import { policy } from "../../kernel-lib/policy/policy";
import { open } from "../../kernel-lib/table/open";
import { cli, readJson, temporaryFolder } from "../run/run-cli";

const HUB = process.env.CORPUSLAB_HUB_DIR ?? resolve(__dirname, "../../../shared/hub");
const present = existsSync(join(HUB, "EXPECTED.json"));
if (!present)
  console.warn(`SKIPPED: no ${HUB}/EXPECTED.json; set CORPUSLAB_HUB_DIR to try policies on the stand-ins`);

const NAMES = ["nemotron", "mira", "cogumi", "elmb"];
const FLAGS = "length,repetition,structure,tokens,quality_score,safety";

function datasetsOf(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((owner) => owner.isDirectory())
    .flatMap((owner) => readdirSync(join(folder, owner.name)).map((name) => `${owner.name}/${name}`));
}

/** What each policy keeps, by its lines and as a pool, in a run of these datasets. */
async function tried(sources: readonly string[]) {
  const folder = temporaryFolder();
  const run = join(folder, "run");
  expect(cli(["normalize", ...sources, "--out", run])).toMatchObject({ code: 0 });
  expect(cli(["flag", run, "--flags", FLAGS]).code).toBe(0);
  expect(cli(["dedup", run, "--out", join(folder, "dedup"), "--sidecars"]).code).toBe(0);
  const names = NAMES.join(",");
  expect(
    cli(["pools", run, "--policy", names, "--only", names, "--out", join(folder, "pools")]),
  ).toMatchObject({ code: 0 });
  const table = await open(run);
  const { pools } = readJson<{ pools: { name: string; rows: number }[] }>(folder, "pools/pools.json");
  const results = Object.fromEntries(
    await Promise.all(NAMES.map(async (name) => [name, await applyPolicy(table, name)] as const)),
  );
  for (const name of NAMES) expect(pools.find((one) => one.name === name)!.rows).toBe(results[name]!.left);
  return { table, results };
}

describe("policies on the demo", () => {
  it("keep what their lines say, near-duplicates out", async () => {
    const { table, results } = await tried(["demo", "--limit", "60"]);
    const { cogumi, mira } = results;
    const count = (condition: string) => table.filter(condition).count();
    const near = cogumi!.lines.find((one) => one.if.includes("duplicate_similarity"))!;
    expect(near.fails).toBe(await count("duplicate_similarity >= 0.8"));
    expect(await count("duplicate_kind = 'near' and duplicate_similarity >= 0.8")).toBeGreaterThan(0);
    expect(await cogumi!.kept.filter("duplicate_similarity >= 0.8").count()).toBe(0);
    expect(cogumi!.left).toBeGreaterThan(20);
    expect(await mira!.kept.filter("quality_is_duplicate or quality_has_tool").count()).toBe(0);
    expect(mira!.left).toBeGreaterThan(100);
  }, 120_000);
});

describe.skipIf(!present)("policies on eighteen datasets", () => {
  it("keep what their lines say, a text once over all datasets, and the best share of mixed ones", async () => {
    const { table, results } = await tried([...datasetsOf(HUB), "--hub-dir", HUB, "--limit", "120"]);
    const { cogumi, mira, nemotron } = results;
    // Exact duplicates are sought over the whole run: some rows say what a row of another dataset says.
    const across = await table
      .sql(
        "select count(*) as n from this a join (select row_key as k, dataset as d from this) on k = quality_duplicate_of where d <> dataset",
      )
      .toArray();
    expect(Number(across[0]!.n)).toBe(await acrossDatasets(table));
    // Rows without text (pretraining shards of token ids) are nobody's duplicate.
    const twice = await mira!.kept
      .sql(
        "select left(text, 60) as said, count(*) as n from this where trim(text) <> '' group by text having n > 1",
      )
      .toArray();
    expect(twice).toEqual([]);
    expect(await nemotron!.kept.filter("not quality_valid_harmony or quality_is_duplicate").count()).toBe(0);
    const { top } = policy("cogumi").tiers!;
    for (const [dataset, share] of Object.entries(top)) {
      const passing = `dataset = '${dataset}' and ${cogumi!.lines.map((one) => `(${one.if})`).join(" and ")}`;
      expect(await cogumi!.kept.filter(`dataset = '${dataset}'`).count()).toBe(
        Math.ceil(share * (await table.filter(passing).count()) - 1e-9),
      );
    }
  }, 240_000);
});

/** Rows marked as duplicates of a row of another dataset, counted from the texts themselves. */
async function acrossDatasets(table: Awaited<ReturnType<typeof open>>): Promise<number> {
  const [row] = await table
    .sql(
      `select count(*) as n from this r join (select text as t, row_key as k, dataset as d from this where not quality_is_duplicate) on t = r.text
       where r.quality_is_duplicate and d <> r.dataset`,
    )
    .toArray();
  return Number(row!.n);
}
