/** Golden rows of every form of step, asked again on the run that they stand in. */
import { appendFileSync, cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { verifyVersion } from "../../kernel-lib/lineage/verify-version";
import { type GoldenRow, goldenLines } from "../../kernel-lib/steps/golden-lines";
import type { Outcome } from "../../kernel-lib/steps/outcome";
import { findVersion } from "../../kernel-lib/steps/versions";
import { open } from "../../kernel-lib/table/open";
import { makeRun } from "../fixtures/make-run";
import { type StepParts, writeStep } from "../fixtures/write-step";
import { cli, temporaryFolder } from "../run/run-cli";

const folder = temporaryFolder();
const pipelines = join(folder, "pipelines");
const run = join(folder, "run");
const KEY = (i: number) => `acme/quo'te"d@0123456789abcdef0123456789abcdef01234567/data.jsonl#${i}`;
const PLACES = [3, 4, 9, 21, 60, 61, 150];
/** Row i of the run, see `makeRun`. */
const ROW = (i: number) => ({
  stats_approx_tokens: i * 100,
  meta_correctness: i % 5 === 4 ? null : (i % 9) / 8,
  meta_domain: i % 2 === 0 ? "math" : "agentic",
  text: `<|start|>user<|message|>q${i}<|end|>`,
});
type Row = ReturnType<typeof ROW>;

function golden<Name extends keyof Row>(
  names: readonly Name[],
  answer: (row: Row) => Outcome,
  keys: readonly string[] = PLACES.map(KEY),
): string {
  const rows = PLACES.map(
    (i, n): GoldenRow => ({
      key: keys[n]!,
      strata: ["any"],
      row: Object.fromEntries(names.map((name) => [name, ROW(i)[name]])),
    }),
  );
  return goldenLines(
    rows,
    PLACES.map((i) => answer(ROW(i))),
  );
}

const short = (row: Row): Outcome => (row.stats_approx_tokens < 5000 ? { keep: true } : { drop: "long" });
const tokens = { reads: { stats_approx_tokens: "integer" } } as const;

beforeAll(async () => {
  await makeRun(run, { rows: 200 });
  const write = (name: string, body: string, parts: StepParts) => writeStep(pipelines, name, body, parts);
  const table = `run run (${run})`;
  await write("keep_short", "(row) => row.stats_approx_tokens < 5000 || { drop: 'long' }", {
    ...tokens,
    ...{ golden: golden(["stats_approx_tokens"], short), table },
  });
  await write("loud", "(row) => ({ loud: row.text.length > 31, first: row.text.slice(0, 3) })", {
    ...{ kind: "flag", reads: { text: "string" }, writes: { loud: "boolean", first: "string" } },
    golden: golden(["text"], ({ text }) => ({ values: { loud: text.length > 31, first: text.slice(0, 3) } })),
  });
  await write("keep_right", "", {
    form: "sql",
    reads: { meta_correctness: { type: ["number", "null"] } },
    values: { least: 0.5 },
    files: { "step.sql": "meta_correctness >= $least" },
    golden: golden(["meta_correctness"], ({ meta_correctness: right }) => {
      if (right === null) return { error: "a value is missing, and nobody said what that means (nulls)" };
      return right >= 0.5 ? { keep: true } : { drop: "keep_right" };
    }),
  });
  await write("keep_first", "", {
    form: "group",
    reads: { meta_domain: "string", stats_approx_tokens: "integer" },
    group: { by: ["meta_domain"], keep: 10, order: [{ column: "stats_approx_tokens", descending: false }] },
    // Ten of each of two domains: rows 0 to 19.
    golden: golden(["meta_domain", "stats_approx_tokens"], ({ stats_approx_tokens }) =>
      stats_approx_tokens < 2000 ? { keep: true } : { drop: "keep_first" },
    ),
  });
  await write("judge", "", {
    form: "external",
    ...{ ...tokens, command: ["python3", "judge.py"] },
    files: {
      "files/judge.py": [
        "import json, sys",
        "for line in sys.stdin:",
        "    asked = json.loads(line)",
        "    if 'row' in asked:",
        "        short = asked['row']['stats_approx_tokens'] < 5000",
        "        print(json.dumps({'keep': True} if short else {'drop': 'long'}), flush=True)",
        "",
      ].join("\n"),
    },
    golden: golden(["stats_approx_tokens"], short),
  });
  await write("keep_other", "(row) => row.stats_approx_tokens < 400 || { drop: 'long' }", {
    ...tokens,
    golden: golden(["stats_approx_tokens"], short),
  });
  const moved = PLACES.map(KEY);
  moved[0] = KEY(9999);
  moved[1] = KEY(5);
  await write("keep_moved", "(row) => row.stats_approx_tokens < 5000 || { drop: 'long' }", {
    ...tokens,
    golden: golden(["stats_approx_tokens"], short, moved),
  });
});

async function verified(name: string) {
  return await verifyVersion(findVersion(pipelines, `${name}@1`), {
    ...{ pipelines, homes: [folder], open, on: await open(run) },
  });
}

describe("verify", () => {
  it.each(["keep_short", "loud", "keep_right", "keep_first", "judge"])(
    "replays the golden rows of %s and finds each answer as it was",
    async (name) => {
      expect(await verified(name)).toEqual({
        ...{ ref: `${name}@1`, damage: [], rows: expect.stringContaining("run run (") },
        replay: { golden: 7, replayed: 7, gone: [], changed: [], differing: [] },
      });
    },
  );

  it("names the rows that get another answer", async () => {
    const { replay } = await verified("keep_other");
    expect(replay).toMatchObject({ golden: 7, replayed: 7, gone: [], changed: [] });
    expect(replay!.differing).toEqual(
      [4, 9, 21].map((i) => ({ key: KEY(i), expected: { keep: true }, answer: { drop: "long" } })),
    );
  });

  it("names rows that are gone, and those whose values are others now", async () => {
    const { replay } = await verified("keep_moved");
    expect(replay).toEqual({
      ...{ golden: 7, replayed: 5, gone: [KEY(9999)], changed: [KEY(5)], differing: [] },
    });
  });

  it("on the command line finds the table of the proof, and says what it could not replay", () => {
    const at = ["--pipelines", pipelines];
    const found = cli(["verify", "keep_short", ...at]);
    expect([found.code, found.stdout.split("\n")[0]]).toEqual([
      0,
      expect.stringMatching(
        /^keep_short@1: every byte .*; 7 of 7 golden rows replayed on run run .*: each answer is as it was$/,
      ),
    ]);
    const nowhere = cli(["verify", "loud@1", ...at]);
    expect([nowhere.code, nowhere.stdout]).toEqual([
      0,
      'loud@1: every byte is as it was written; golden rows not replayed: it was proven on "test", which cannot be found from here; name the rows with --on DIR\n1 versions checked, no faults\n',
    ]);
    const other = cli(["verify", "keep_other", "--on", run, ...at]);
    expect(other.code).toBe(1);
    expect(other.stdout).toContain("7 of 7 golden rows replayed");
    expect(other.stdout).toContain("3 OTHER ANSWERS");
    expect(other.stdout).toContain('#4: answered {"drop":"long"}, when it was promoted {"keep":true}\n');
    const moved = cli(["verify", "keep_moved", "--on", run, ...at]);
    expect(moved.code).toBe(0);
    expect(moved.stdout).toMatch(/#9999: gone\n.*#5: has other values now, not compared\n/);
  });

  it("does not ask a version whose files were changed", () => {
    const copy = join(folder, "damaged");
    cpSync(pipelines, copy, { recursive: true });
    rmSync(join(copy, "loud"), { recursive: true });
    appendFileSync(join(copy, "keep_short", "v1", "step.js"), " ");
    const { code, stdout } = cli(["verify", "keep_short", "--on", run, "--pipelines", copy]);
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /^keep_short@1: 1 files damaged; golden rows not replayed: .*\n {2}.*keep_short\/v1\/step\.js: changed after it was written\n/,
    );
  });
});
