/** Subsets against the contract's definitions, computed row by row. */
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { importScores } from "../../kernel-lib/score/import-scores";
import { subsets } from "../../kernel-lib/score/subsets";
import { open } from "../../kernel-lib/table/open";
import { makeRun } from "../fixtures/make-run";
import { cli, readJson, temporaryFolder } from "../run/run-cli";

const ROWS = 300;
const folder = temporaryFolder();
const run = join(folder, "run");
type Row = Record<string, number | string | null>;
let rows: Row[];

const scores = (name: string, nll: (i: number) => number | null) => {
  const path = join(folder, `${name}.jsonl`);
  const lines = Array.from({ length: ROWS }, (_, i) => ({
    ...{ id: `id-${i}`, model: name, template: "harmony-1", loss_mode: "assistant_all", include_stop: false },
    ...{ nll_mean: nll(i), completion_token_count: 10, reason: nll(i) === null ? "oom" : null },
  }));
  writeFileSync(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  return path;
};

beforeAll(async () => {
  await makeRun(run, { rows: ROWS });
  await importScores(
    run,
    scores("before", (i) => (i * 31) % 17),
  );
});

/** The contract's words. */
const inSubset: Record<string, (row: Row) => boolean> = {
  anchor: (row) => verified(row) && percentile(row) <= 30,
  learning: (row) => verified(row) && percentile(row) > 30 && percentile(row) <= 90,
  challenge: (row) => verified(row) && percentile(row) > 90,
  restoration: (row) => ((row.nll_delta_percentile as number | null) ?? Number.NaN) >= 80,
};
const verified = ({ meta_correct_count: count }: Row) => count !== null && (count as number) >= 1;
const percentile = (row: Row) => (row.percentile_within_split as number | null) ?? Number.NaN;

describe("subsets", () => {
  it("without a reference leaves restoration out and says what it needs", async () => {
    const found = await subsets(run);
    expect(found.subsets.map(({ name }) => name)).toEqual(["anchor", "learning", "challenge"]);
    expect(found.missing).toMatchObject([{ name: "restoration", columns: ["nll_delta_percentile"] }]);
    expect(String(found)).toContain("restoration  needs nll_delta_percentile");
  });

  it("holds the rows that the contract says, by domain, and the rest with its reason", async () => {
    const student = scores("student", (i) => (i % 40 === 39 ? null : ((i * 31) % 17) + ((i * 7) % 5)));
    await importScores(run, student, { reference: "before" });
    const found = await subsets({ out: run }, { out: join(folder, "subsets") });
    rows = (await (await open(run)).toArray()) as Row[];
    for (const { name, rows: n, domains, tokens, scoredTokens, table } of found.subsets) {
      const mine = rows.filter(inSubset[name]!);
      expect(mine.length).toBeGreaterThan(5);
      expect((await table.select(["row_key"]).toArray()).map(({ row_key }) => row_key)).toEqual(
        mine.map(({ row_key }) => row_key),
      );
      expect({ n, tokens, scoredTokens }).toEqual({
        n: mine.length,
        tokens: mine.reduce((sum, row) => sum + (row.stats_approx_tokens as number), 0),
        scoredTokens: 10 * mine.length,
      });
      for (const [domain, counts] of domains)
        expect(counts.rows).toBe(mine.filter((row) => row.meta_domain === domain).length);
      const written = await open(join(folder, "subsets", name));
      expect(await written.count()).toBe(mine.length);
    }
    const both = (a: string, b: string) =>
      rows.filter((row) => inSubset[a]!(row) && inSubset[b]!(row)).length;
    expect(found.overlaps).toEqual(
      ["anchor", "learning", "challenge"].flatMap((a) =>
        both(a, "restoration") > 0 ? [{ of: [a, "restoration"], rows: both(a, "restoration") }] : [],
      ),
    );
    const left = rows.filter((row) => Object.values(inSubset).every((test) => !test(row)));
    const because = (row: Row) =>
      row.score_reason !== null
        ? `no score: ${row.score_reason}`
        : `not verified: meta_correct_count >= 1${row.meta_correct_count === null ? " is unknown" : ""}`;
    const reasons = new Map<string, number>();
    for (const row of left) reasons.set(because(row), (reasons.get(because(row)) ?? 0) + 1);
    expect(new Map(found.rest.map(({ reason, rows: n }) => [reason, n]))).toEqual(reasons);
    expect([...reasons.keys()].sort()).toEqual([
      "no score: oom",
      "not verified: meta_correct_count >= 1",
      "not verified: meta_correct_count >= 1 is unknown",
    ]);
    const listed = await (await open(join(folder, "subsets", "rest.parquet"))).toArray();
    expect(listed.map(({ row_key, reason }) => [row_key, reason])).toEqual(
      left.map((row) => [row.row_key, because(row)]),
    );
    expect(readJson(join(folder, "subsets", "subsets.json"))).toMatchObject({
      models: ["student"],
      rows: ROWS,
    });
    expect(readdirSync(join(folder, "subsets")).sort()).toEqual([
      "anchor",
      "challenge",
      "learning",
      "pools.json",
      "rest.parquet",
      "restoration",
      "subsets.json",
    ]);
  });

  it("takes policies of one's own, and a table", async () => {
    const own = {
      policy: "quick",
      about: "x",
      flags: [],
      keep: [{ if: "nll_mean < 3", why: "easy" }],
      soft: [],
    };
    const found = await subsets((await open(run)).filter("source_row < 100"), {
      policies: [own, "challenge"],
    });
    const first = rows.filter(({ source_row }) => (source_row as number) < 100);
    expect(found.total.rows).toBe(100);
    expect(found.subsets[0]!.rows).toBe(
      first.filter(({ nll_mean }) => nll_mean !== null && (nll_mean as number) < 3).length,
    );
    expect(() => found.table("quik")).toThrow("did you mean quick?");
    await expect(subsets(await open(run), { out: folder })).rejects.toThrow("needs a run");
    await expect(subsets((await open(run)).select(["row_key", "meta_correct_count"]))).rejects.toThrow(
      "score the run first",
    );
  });

  it("shows hostile names as text", async () => {
    const table = (await open(run)).sql(
      "select * replace ('<img src=x onerror=ran()>' as meta_domain) from this",
    );
    const found = await subsets(table);
    const html = found[Symbol.for("corpuslab.display") as never] as unknown as () => Record<string, string>;
    const bundle = html.call(found);
    expect(bundle["text/html"]).toContain("&lt;img src=x");
    expect(bundle["text/html"]).not.toContain("<img");
    expect(found.figure.svg).not.toContain("<img");
  });

  it("is a command", () => {
    const done = cli(["subsets", run]);
    expect(done.stdout).toContain("Subsets of 300 rows by the scores of student");
    expect(
      cli(["candidates", run, "--out", join(folder, "c"), "--pool", "verified_correct"]).stdout,
    ).toContain("candidates (pool verified_correct)");
    expect(cli(["scores", run, "before", "--use"]).stdout).toContain("before (current)");
    expect(cli(["scores", run, "befor", "--use"]).code).toBe(1);
  });
});
