/** Red-team pools hold reviewed rows with safe completions, whatever anybody writes beside or around the gate. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Db } from "../../kernel-lib/db";
import { appendReview, reviewsFolder } from "../../kernel-lib/label/review-log";
import type { SafetyLabel } from "../../kernel-lib/label/review-values";
import { verifyReviews } from "../../kernel-lib/label/verify-reviews";
import { why } from "../../kernel-lib/lineage/why";
import { applyPolicy } from "../../kernel-lib/policy/apply-policy";
import { type Policy, policySql } from "../../kernel-lib/policy/policy";
import { normalize } from "../../kernel-lib/run/normalize";
import { parquetFiles, readParquet } from "../../kernel-lib/run-folder";
import type { PoolsOptions } from "../../kernel-lib/select/pools";
import { buildPools } from "../../kernel-lib/select/pools";
import { isRedTeam } from "../../kernel-lib/select/red-team";
import { resolveSource } from "../../kernel-lib/source/resolve";
import { open } from "../../kernel-lib/table/open";
import { type RedTeamRun, redTeamRun } from "../fixtures/red-team-run";
import { cli, temporaryFolder } from "../run/run-cli";

const home = process.cwd();
const folder = temporaryFolder();
let made: RedTeamRun;
let labels: string;
let textIds: Map<string, string>;
let built = 0;

beforeAll(async () => {
  made = await redTeamRun(join(folder, "work"));
  labels = join(made.root, "labels");
  const rows = await (await open(made.out)).select(["row_key", "text_id"]).toArray();
  textIds = new Map(rows.map((row) => [String(row.row_key), String(row.text_id)]));
});
beforeEach(() => process.chdir(made.root));
afterEach(() => {
  process.chdir(home);
  rmSync(labels, { recursive: true, force: true });
});
afterAll(() => process.chdir(home));

function decide(
  row: number,
  label: SafetyLabel,
  { textId = textIds.get(made.key(row))!, reviewer = "ada" } = {},
) {
  return appendReview(labels, {
    ...{
      act: "decided",
      row_key: made.key(row),
      dataset: "x",
      text_id: textId,
      shown_sha256: "0".repeat(64),
    },
    ...{ safety_label: label, severity: "high", note: null, adjudicates: false, reviewer },
    time: new Date().toISOString(),
  });
}

async function build(options: Partial<PoolsOptions> = {}) {
  const out = join(folder, `pools-${built++}`);
  const manifest = await buildPools([made.out], { out, onProgress: null, workers: 1, ...options });
  const keysOf = async (pool: string) => {
    const files = parquetFiles(join(out, pool)).map((name) => join(out, pool, name));
    if (files.length === 0) return [];
    const db = await Db.open({ threads: 1 });
    try {
      return (
        await db.all<{ n: number }>(`select source_row::int as n from ${readParquet(files)} order by 1`)
      ).map(({ n }) => n);
    } finally {
      db.close();
    }
  };
  return { out, manifest, keysOf, pool: (name: string) => manifest.pools.find((one) => one.name === name) };
}

describe("the red-team gate", () => {
  it("lets in reviewed rows with a safe completion, and counts why it keeps the others out", async () => {
    decide(0, "safe_refusal");
    decide(1, "safe_help");
    decide(2, "unsafe_help");
    decide(3, "benign");
    decide(4, "safe_refusal");
    decide(4, "unsafe_help", { reviewer: "bob" });
    decide(5, "safe_refusal", { textId: "the text it had before" });
    const { out, manifest, pool, keysOf } = await build();
    expect(await keysOf("red_team")).toEqual([0, 1]);
    expect(pool("red_team")).toMatchObject({
      rows: 2,
      refused: { unsafe_help: 1, benign: 1, reviewers_disagree: 1, text_changed_after_review: 1 },
    });
    expect(manifest.summary()).toContain("refused: 1 benign, 1 reviewers_disagree");
    expect(manifest.columns).toEqual(expect.arrayContaining(["_safety_label", "_severity", "_reviewed"]));
    expect(manifest.reviews).toEqual(
      verifyReviews(labels).map(({ file, lines, sha256 }) => ({ file, lines, sha256 })),
    );

    const told = async (row: number) => (await why(made.key(row), { run: made.out, pools: out })).toString();
    expect(await told(2)).toContain("unsafe_help: a reviewer found that its completion does harm");
    expect(await told(4)).toContain(
      "reviewers_disagree: reviewers disagree on it: corpuslab review DIR --adjudicate",
    );
    expect(await told(5)).toContain("text_changed_after_review");
    expect(await told(0)).not.toContain("red_team: _review_status");
  });

  it("has no row before anybody reviewed one: `chosen` is not safe by its name", async () => {
    expect((await build()).pool("red_team")).toBeUndefined();
    const { pool } = await build({ only: ["red_team"] });
    expect(pool("red_team")).toMatchObject({ rows: 0, refused: { not_reviewed: 6 } });
    const extra = await (await open(made.out)).select(["source_row", "source_extra_json"]).toArray();
    for (const { source_row, source_extra_json } of extra) {
      const source = JSON.parse(
        readFileSync(join(made.root, "hh.jsonl"), "utf8").split("\n")[Number(source_row)]!,
      );
      expect(JSON.parse(String(source_extra_json))).toEqual({ rejected: source.rejected });
    }
  });

  it("stands under every name for red-team rows, and a predicate only narrows it", async () => {
    decide(0, "safe_refusal");
    decide(2, "unsafe_help");
    const everything = [
      "true",
      "true) OR (true",
      "1=1 OR _reviewed -- ",
      "true /* ) */ or true",
      "_reviewed IS NOT NULL or true",
    ];
    for (const predicate of everything) {
      const { keysOf } = await build({
        pools: { red_team: predicate, "my.Red-Team_2": predicate, other: "true" },
        only: [],
      });
      expect(
        [await keysOf("red_team"), await keysOf("my.Red-Team_2"), await keysOf("other")],
        predicate,
      ).toEqual([[0], [0], [0, 1, 2, 3, 4, 5]]);
    }
    const { keysOf, pool } = await build({
      pools: { RedTeam: "unsafe_request and source_row > 0" },
      only: [],
    });
    expect([await keysOf("RedTeam"), pool("RedTeam")!.refused]).toEqual([
      [],
      expect.objectContaining({ unsafe_help: 1 }),
    ]);
    expect(["red_team", "Red-Team", "REDTEAM.v2", "credit_team", "redteeam"].map(isRedTeam)).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
  });

  it("stands before the pool of a capability target that is named so, in research mode too", async () => {
    const out = join(folder, "targets");
    const source = join(made.root, "targets.jsonl");
    const messages = (n: number) => [
      { role: "user", content: `Question ${n} of a source that says of itself what it is for` },
      { role: "assistant", content: `Answer ${n}` },
    ];
    const rows = ["red team", "geography"].map((target, n) => ({
      messages: messages(n),
      capability_target: target,
    }));
    writeFileSync(source, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
    await normalize(await resolveSource(source, {}), { out, flags: [], workers: 1, onProgress: null });
    for (const researchMode of [false, true]) {
      const pools = await buildPools([out], {
        ...{ out: join(folder, `target-pools-${researchMode}`), onProgress: null, workers: 1, researchMode },
      });
      const of = (name: string) => pools.pools.find((pool) => pool.name === name);
      expect(of("capability_red_team")).toMatchObject({ rows: 0, refused: { not_reviewed: 1 } });
      expect(of("capability_geography")).toMatchObject({ rows: 1 });
    }
  });

  it("stands before the lines of a policy that is named so", async () => {
    decide(0, "safe_refusal");
    decide(2, "unsafe_help");
    const named = (name: string, line: string): Policy => ({
      ...{ policy: name, about: "", flags: [], soft: [], keep: [{ if: line, why: "mine" }] },
    });
    for (const line of ["true", "true) or (true"]) {
      const { kept } = await applyPolicy(await open(made.out), named("my_red_team", line));
      expect((await kept.select(["source_row"]).toArray()).map((row) => Number(row.source_row))).toEqual([0]);
    }
    expect(policySql(named("red_team", "true"))).toContain("_safety_label IN");
    expect(policySql(named("other", "true"))).toBe("(true)");
  });

  it("asks the log, not a sidecar that says the same, and not a log that was edited", async () => {
    const sidecars = ["reviews.v1", "zz.v1"].map((name) => join(made.out, "flags", name));
    const db = await Db.open({ threads: 1 });
    for (const sidecar of sidecars) {
      for (const shard of parquetFiles(join(made.out, "rows"))) {
        mkdirSync(dirname(join(sidecar, shard)), { recursive: true });
        await db.run(
          `copy (select row_key, true as _reviewed, 'decided' as _review_status, 'safe_help' as _safety_label
           from ${readParquet([join(made.out, "rows", shard)])}) to '${join(sidecar, shard)}'`,
        );
      }
    }
    db.close();
    try {
      expect((await build({ only: ["red_team"] })).pool("red_team")!.rows).toBe(0);
      decide(0, "safe_refusal");
      const { keysOf } = await build({ pools: { red_team: "true" }, only: [] });
      expect(await keysOf("red_team")).toEqual([0]);
    } finally {
      for (const sidecar of sidecars) rmSync(sidecar, { recursive: true });
    }
    decide(2, "unsafe_help");
    decide(3, "benign");
    const path = join(reviewsFolder(labels), "ada.jsonl");
    writeFileSync(path, readFileSync(path, "utf8").replace("unsafe_help", "safe_help"));
    await expect(build()).rejects.toThrow(/ada\.jsonl line 3: does not follow line 2.*never edited/);
  });

  it("does not build over pools that knew more of the log than there is now", async () => {
    decide(0, "safe_refusal");
    decide(0, "unsafe_help");
    const out = join(folder, "pools-kept");
    const again = () => buildPools([made.out], { out, onProgress: null, workers: 1, only: ["red_team"] });
    expect((await again()).pools[0]).toMatchObject({ rows: 0, refused: { unsafe_help: 1 } });
    const path = join(reviewsFolder(labels), "ada.jsonl");
    const lines = readFileSync(path, "utf8");
    writeFileSync(path, `${lines.split("\n")[0]}\n`);
    await expect(again()).rejects.toThrow(
      /has 1 lines, there were 2: lines were cut off at its end.*rest on/,
    );
    const verified = cli(["review", made.out, "--verify-log", "--pools", out, "--into", labels]);
    expect([verified.code, verified.stderr]).toEqual([1, expect.stringContaining("lines were cut off")]);
    rmSync(path);
    await expect(again()).rejects.toThrow(/ada\.jsonl: the log is gone/);
    writeFileSync(path, lines);
    decide(0, "safe_help");
    expect((await again()).pools[0]!.rows).toBe(1);
  });
});
