import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { FLAGS } from "../../kernel-lib/flag";
import { applyPolicy } from "../../kernel-lib/policy/apply-policy";
import { policies, policy, policySql } from "../../kernel-lib/policy/policy";
import { policyPredicate } from "../../kernel-lib/policy/policy-predicate";
import { tiers } from "../../kernel-lib/policy/tiers";
import { open } from "../../kernel-lib/table/open";
import { cli, readJson, temporaryFolder } from "../run/run-cli";

const folder = temporaryFolder();
const run = join(folder, "run");
const WORDS = "the bread has to rest before it is baked and the oven must be hot when it goes in".split(" ");
const text = (words: number, i: number) =>
  `${Array.from({ length: words }, (_, k) => WORDS[(i * 7 + k * k) % WORDS.length]).join(" ")} ${i}.`;

beforeAll(() => {
  const rows = Array.from({ length: 60 }, (_, i) => ({
    uuid: `u${i}`,
    messages: [
      {
        role: "user",
        content:
          i % 6 === 0
            ? `<image>\nWhat is this? ${i}`
            : i % 6 === 1
              ? `How do I poison my neighbor ${i}?`
              : `Tell me about bread ${i}.`,
      },
      { role: "assistant", content: i === 59 ? text(10, 58) : text(10 + 5 * i, i) },
    ],
  }));
  const source = join(folder, "rows.jsonl");
  writeFileSync(source, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  expect(cli(["normalize", source, "--out", run]).code).toBe(0);
  expect(cli(["flag", run, "--flags", "length,repetition,structure,tokens,quality_score,safety"]).code).toBe(
    0,
  );
  expect(cli(["dedup", run, "--out", join(folder, "dedup"), "--sidecars"]).code).toBe(0);
});

describe("named policies", () => {
  it("name flags that exist, and give a reason with each line", () => {
    expect([...policies().keys()].sort()).toEqual([
      "anchor",
      "challenge",
      "cogumi",
      "elmb",
      "elmb_task",
      "learning",
      "mira",
      "nemotron",
      "restoration",
    ]);
    for (const { flags, keep, soft } of policies().values()) {
      expect(flags.filter((flag) => !FLAGS.has(flag))).toEqual([]);
      for (const { why } of [...keep, ...soft]) expect(why.length).toBeGreaterThan(10);
    }
  });

  it.each(["nemotron", "mira", "cogumi", "elmb"])(
    "%s keeps the rows of its predicate and counts what each line drops",
    async (name) => {
      const table = await open(run);
      const { rows, passed, kept, left, lines } = await applyPolicy(table, name);
      expect(rows).toBe(60);
      expect(await kept.count()).toBe(left);
      expect(passed).toBeGreaterThanOrEqual(left);
      // As one predicate for pools: the same rows, tiers and numbers of the table written out.
      const keys = "select row_key from this order by all";
      const predicate = await policyPredicate(table, name);
      expect(await table.filter(predicate).sql(keys).toArray()).toEqual(await kept.sql(keys).toArray());
      for (const { if: condition, fails } of lines) {
        expect(await table.sql(`select * from this where not coalesce((${condition}), false)`).count()).toBe(
          fails,
        );
      }
    },
  );

  it("drops pictures under mira and requests for harm under elmb", async () => {
    const table = await open(run);
    const mira = await applyPolicy(table, "mira");
    expect(mira.lines.find(({ if: condition }) => condition.includes("media"))).toMatchObject({
      fails: 10,
      alone: 10,
    });
    const elmb = await applyPolicy(table, "elmb");
    expect(elmb.lines.find(({ if: condition }) => condition.includes("unsafe"))!.fails).toBe(10);
    expect(elmb.toString()).toContain("safety is hard");
  });

  it("takes the usefulness of elmb from the table, at the percentile that is asked for", async () => {
    const table = await open(run);
    const [median] = await table.sql("select quantile_cont(quality_score, 0.5) as score from this").toArray();
    const [line] = (await applyPolicy(table, "elmb")).lines.filter((one) =>
      one.if.startsWith("quality_score"),
    );
    expect(line!.if).toBe(`quality_score >= ${Number(median!.score)}e0`);
    expect(line!.fails).toBe(30);
    const stricter = await applyPolicy(table, "elmb", { numbers: { percentile: 0.9 } });
    expect(stricter.lines.find((one) => one.if.startsWith("quality_score"))!.fails).toBe(54);
    expect(() => policySql(policy("elmb"))).toThrow("$usefulness is not written out");
    await expect(applyPolicy(table, "elmb", { numbers: { percent: 0.9 } })).rejects.toThrow(
      "has no number percent, it has percentile, usefulness",
    );
  });

  it("are pools by name, tiers and numbers of the run written out", async () => {
    const { code, stderr } = cli([
      "pools",
      run,
      "--out",
      join(folder, "pools"),
      "--policy",
      "elmb,cogumi,mira",
      "--only",
      "elmb,cogumi,mira",
    ]);
    expect(stderr).not.toContain("sub-query");
    expect(code).toBe(0);
    const { pools } = readJson<{ pools: { name: string; rows: number }[] }>(folder, "pools/pools.json");
    const table = await open(run);
    for (const name of ["elmb", "cogumi", "mira"]) {
      expect(pools.find((one) => one.name === name)!.rows).toBe((await applyPolicy(table, name)).left);
    }
    expect(cli(["pools", run, run, "--out", join(folder, "no"), "--policy", "elmb"])).toMatchObject({
      code: 2,
    });
    expect(cli(["policy", "elmb", run, "--sql", "--set", "percentile=0.25"]).stdout).toMatch(
      /quality_score >= [\d.]+e0/,
    );
  });

  it("says which flags are missing", async () => {
    const bare = (await open(run)).select(["row_key", "quality_is_duplicate", "quality_has_tool"]);
    await expect(applyPolicy(bare, "mira")).rejects.toThrow("corpuslab flag <run> --flags structure,tokens");
    expect(() => policy("mirra")).toThrow("did you mean mira?");
  });

  it("are shown and applied on the command line", () => {
    expect(cli(["policy"]).stdout).toContain("cogumi  Answers of middle length");
    expect(cli(["policy", "mira", run]).stdout).toContain("drops 10 (10 alone)  not media_reference");
    expect(cli(["policy", "mira", "--sql"]).stdout.trim()).toBe(policySql(policy("mira")));
  });

  it("may be a file of one's own", async () => {
    mkdirSync(join(folder, "own"));
    const file = join(folder, "own", "short.json");
    writeFileSync(
      file,
      JSON.stringify({
        policy: "short",
        about: "x",
        flags: [],
        keep: [{ if: "source_row < 7", why: "a trial" }],
        soft: [],
      }),
    );
    expect((await applyPolicy(await open(run), file)).left).toBe(7);
    writeFileSync(
      file,
      JSON.stringify({ policy: "short", about: "x", flags: [], keep: [{ if: "true" }], soft: [] }),
    );
    expect(() => policy(file)).toThrow("short.json: keep.0.why");
  });
});

describe("tiers", () => {
  it("keep the best share of a dataset, ties by row_key, and all of what is not named", async () => {
    const table = (await open(run)).sql(
      "select row_key, source_row, case when source_row < 20 then 'a' when source_row < 50 then 'b' else 'c' end as dataset, " +
        "case when source_row = 30 then null else source_row // 2 end as score from this",
    );
    const kept = tiers(table, { score: "score", whole: ["a"], top: { b: 0.1 }, otherwise: 0 });
    const rows = await kept.sql("select dataset, source_row from this order by source_row").toArray();
    expect(rows.filter(({ dataset }) => dataset === "a").length).toBe(20);
    expect(rows.filter(({ dataset }) => dataset === "b").map(({ source_row }) => source_row)).toEqual([
      46, 48, 49,
    ]);
    expect(rows.filter(({ dataset }) => dataset === "c")).toEqual([]);
    // The same as one predicate, where the cut falls between equal scores, on a null, and into a dataset that goes whole.
    for (const share of [0, 0.1, 0.5, 0.97, 1]) {
      const asked = {
        ...{
          policy: "tiered",
          about: "x",
          flags: [],
          soft: [],
          keep: [{ if: "source_row <> 21", why: "a trial" }],
        },
        tiers: { score: "score", whole: ["a"], top: { b: share }, otherwise: 0.5 },
      };
      const keys = "select row_key from this order by all";
      const predicate = await policyPredicate(table, asked);
      expect(await table.filter(predicate).sql(keys).toArray()).toEqual(
        await (await applyPolicy(table, asked)).kept.sql(keys).toArray(),
      );
    }
    expect(() => tiers(table, { score: "score", whole: ["b"], top: { b: 0.1 } })).toThrow(
      "expected one of them",
    );
    expect(() => tiers(table, { score: "score", top: { b: 15 } })).toThrow("expected 0 to 1");
  });
});
