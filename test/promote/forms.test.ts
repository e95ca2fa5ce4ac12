/** Predicates, group rules and programs as versions: what is written, and what is refused. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { open } from "../../kernel-lib/dataset";
import { pipeline } from "../../kernel-lib/pipeline/pipeline";
import { promote } from "../../kernel-lib/promote/promote";
import type { Promoted } from "../../kernel-lib/promote/promoted";
import { externalProcess } from "../../kernel-lib/steps/external-process";
import { pinStep } from "../../kernel-lib/steps/pinned-step";
import { damage } from "../../kernel-lib/steps/versions";
import type { Table } from "../../kernel-lib/table/table";

const folder = mkdtempSync(join(tmpdir(), "corpuslab-forms-"));
const pipelines = join(folder, "pipelines");
afterAll(() => rmSync(folder, { recursive: true }));
let table: Table;
let keyed: Table;

beforeAll(async () => {
  const rows = Array.from({ length: 300 }, (_, i) => ({
    id: `r${i}`,
    tokens: (i * 37) % 1000,
    score: i % 10 === 3 ? null : ((i * 7) % 100) / 100,
    problem: i % 50 === 0 ? null : `p${i % 40}`,
    meta_domain: ["math", "code", "chat"][i % 3],
    text: `row ${i}`,
  }));
  const write = (name: string, lines: readonly object[]) =>
    writeFileSync(join(folder, name), lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  write("rows.jsonl", rows);
  write(
    "keyed.jsonl",
    rows.map((row) => ({ ...row, row_key: `k${row.id}` })),
  );
  table = await open(join(folder, "rows.jsonl"));
  keyed = await open(join(folder, "keyed.jsonl"));
});

async function refused(promotion: Promise<unknown>): Promise<string> {
  return await promotion.then(
    () => "nothing was refused",
    (error: Error) => `${error.name}: ${error.message}`,
  );
}

const manifestOf = ({ folder: at }: Promoted) => JSON.parse(readFileSync(join(at, "manifest.json"), "utf8"));
const goldenOf = ({ folder: at }: Promoted): { key: string; strata: string[]; output: object }[] =>
  readFileSync(join(at, "golden.jsonl"), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
const place = (made: Promoted) => ({ name: made.name, version: made.version, folder: made.folder });

describe("promote.sql", () => {
  const params = z.object({ least: z.number().min(0).max(1).default(0.5) });
  const good = (predicate: string, more: object = {}) =>
    promote.sql("keep_good", predicate, { table, pipelines, params, nulls: { score: "drop" }, ...more });

  it("writes a version that says what the predicate says", async () => {
    const made = await good("score >= $least and meta_domain <> 'chat'");
    expect(readdirSync(made.folder).sort()).toEqual([
      "SHA256SUMS",
      "golden.jsonl",
      "manifest.json",
      "page.html",
      "step.sql",
    ]);
    expect(damage(place(made))).toEqual([]);
    expect(readFileSync(join(made.folder, "step.sql"), "utf8")).toBe(
      "score >= $least and meta_domain <> 'chat'\n",
    );
    const { form, kind, reads, values, params: declared } = manifestOf(made);
    expect([form, kind, Object.keys(reads.properties), values]).toEqual([
      "sql",
      "filter",
      ["score", "meta_domain"],
      { least: 0.5 },
    ]);
    expect(declared.properties.least).toEqual({ type: "number", minimum: 0, maximum: 1 });
    const golden = goldenOf(made);
    expect(golden.flatMap(({ strata }) => strata)).toEqual(
      expect.arrayContaining(["near score 0.5", "meta_domain chat", "null score"]),
    );
    for (const { key, output } of golden) {
      const i = Number(key);
      const score = i % 10 === 3 ? null : ((i * 7) % 100) / 100;
      const kept = score !== null && score >= 0.5 && i % 3 !== 2;
      expect(output).toEqual(
        score === null ? { drop: "score_missing" } : kept ? { keep: true } : { drop: "keep_good" },
      );
    }
    expect(String(made)).toContain("keep_good@1: a filter (sql, not sliced);");
    expect(String(made)).toContain("  param  least = 0.5");
    expect(readFileSync(join(made.folder, "page.html"), "utf8")).toContain("Not sliced: a predicate.");
    expect(() => pinStep(pipelines, "keep_good@1", { params: { least: 2 } })).toThrow(
      "step keep_good@1: parameter least = 2: too big: expected number to be <=1",
    );
  });

  it("takes lists, whose later values are lists of the same", async () => {
    const made = await promote.sql("keep_known", "meta_domain in $domains", {
      table,
      pipelines,
      params: { domains: ["math", "code"] },
    });
    expect(manifestOf(made).params.properties.domains).toEqual({ type: "array", items: { type: "string" } });
    expect(() => pinStep(pipelines, "keep_known@1", { params: { domains: ["math", 3] } })).toThrow(
      'parameter domains = ["math",3]: expected string, received number at 1',
    );
    expect(() => pinStep(pipelines, "keep_known@1", { params: { domains: "math" } })).toThrow(
      'parameter domains = "math": expected array, received string',
    );
  });

  it("is the same version in other words, and another for another value or another condition", async () => {
    const again = await good("SCORE >= $least  -- at least\n AND meta_domain <> 'chat'", {
      params: params.extend({ least: z.number().min(0).max(1).default(0.5) }),
    });
    expect([again.ref, again.isNew]).toEqual(["keep_good@2", true]); // another spelling of a column is another text
    const same = await good("score >= /* at least */ $least and\nmeta_domain <> 'chat'");
    expect([same.ref, same.isNew]).toEqual(["keep_good@1", false]);
    const moved = await good("score >= $least and meta_domain <> 'chat'", {
      params: params.extend({ least: z.number().min(0).max(1).default(0.6) }),
    });
    expect(manifestOf(moved).code).toBe(manifestOf(same).code);
    expect(manifestOf(moved).config).not.toBe(manifestOf(same).config);
  });

  it("refuses a predicate that is NULL for some rows, unless it says itself what that is", async () => {
    expect(await refused(good("score >= $least", { nulls: {} }))).toBe(
      'PromotionRefused: promote keep_good: NULL_UNDECIDED: the predicate is NULL for 30 of 300 rows (missing: score in 30); say what a missing value means: nulls: { score: "keep" } or "drop", or coalesce(…) in the predicate',
    );
    const said = await good("coalesce(score, 0) >= $least", { nulls: {} });
    expect(manifestOf(said).proof.outcomes.drop).toBeGreaterThan(0);
    expect(await refused(good("nullif(tokens, 37) > $least", { nulls: {} }))).toContain(
      "is NULL for 1 of 300 rows, although no column of it is; let the predicate say what such a row is",
    );
  });

  it.each<[string, string, object, string]>([
    ["a column that is not there", "scor >= $least", {}, "no column scor (nearest: score)"],
    [
      "two rows at once",
      "score >= $least and tokens > avg(tokens)",
      {},
      "avg(), which is taken over many rows",
    ],
    ["chance", "score >= $least and random() > 0.5", {}, "random(), whose result changes from run to run"],
    ["another table", "score >= $least and id in (select 'a')", {}, "a sub-query"],
    ["no condition", "score + $least", {}, "instead of a BOOLEAN"],
    [
      "a parameter without a value",
      "score >= $least and tokens < $most",
      {},
      "$most in the predicate has no value in params",
    ],
    [
      "a parameter that is not used",
      "score >= 0.5",
      {},
      "params names least, which the predicate does not use",
    ],
    [
      "a rule for a column that is not there",
      "score >= $least",
      { nulls: { skore: "keep" } },
      "the column skore, which the table does not have; did you mean score?",
    ],
    [
      "a parameter without a default",
      "score >= $least",
      { params: z.object({ least: z.number() }) },
      "parameter least has no value; give it one with .default(…)",
    ],
    [
      "a sample that is all kept",
      "score >= $least",
      { params: { least: -1 }, nulls: { score: "keep" } },
      "GOLDEN_EMPTY: it keeps all",
    ],
  ])("refuses %s", async (_, predicate, more, expected) => {
    expect(await refused(good(predicate, more))).toContain(expected);
  });
});

describe("promote.group", () => {
  const rule = { by: "problem", keep: 2, order: "tokens desc" } as const;
  const nulls = { problem: "keep" } as const;

  it("keeps the first of each group, and compares whole groups", async () => {
    const made = await promote.group(
      "best_two",
      { ...rule, keep: "k" },
      { table, pipelines, nulls, params: { k: 2 } },
    );
    const { group, values, reads } = manifestOf(made);
    expect(group).toEqual({
      by: ["problem"],
      keep: "k",
      order: [{ column: "tokens", descending: true }],
    });
    expect([values, Object.keys(reads.properties)]).toEqual([{ k: 2 }, ["problem", "tokens"]]);
    expect(String(made)).toContain("a filter (group, not sliced)");
    const kept = new Map<string, number[]>();
    const golden = goldenOf(made);
    for (const { key, output } of golden) {
      const i = Number(key);
      const name = i % 50 === 0 ? null : `p${i % 40}`;
      if (name === null) expect(output).toEqual({ keep: true });
      else if ("keep" in output) kept.set(name, [...(kept.get(name) ?? []), (i * 37) % 1000]);
    }
    expect(kept.size).toBeGreaterThan(3);
    for (const [name, tokens] of kept) {
      const all = Array.from({ length: 300 }, (_, i) => i)
        .filter((i) => i % 50 !== 0 && `p${i % 40}` === name)
        .map((i) => (i * 37) % 1000)
        .sort((a, b) => b - a);
      expect(tokens.sort((a, b) => b - a)).toEqual(all.slice(0, 2));
    }
    expect(golden.flatMap(({ strata }) => strata)).toContain("larger group");
  });

  it("refuses groups and orders that nobody decided", async () => {
    const group = (more: object, options: object = {}) =>
      refused(promote.group("best_two", { ...rule, ...more }, { table, pipelines, nulls, ...options }));
    expect(await group({}, { nulls: {} })).toContain(
      'NULL_UNDECIDED: a column of the rule is NULL for 6 of 300 rows (missing: problem in 6); say what a missing value means: nulls: { problem: "keep" }',
    );
    expect(await group({ order: "score desc" })).toContain("NULL_UNDECIDED");
    expect(await group({ order: "meta_domain" })).toMatch(
      /ORDER_DEPENDENT: in \d+ groups the rows at place 2 and 3 are equal by meta_domain: which one stays/,
    );
    expect(await group({ order: "tokns desc" })).toContain("did you mean tokens?");
    expect(await group({ order: "tokens down" })).toContain(
      'expected a column with asc or desc, such as "score desc"',
    );
    expect(await group({ keep: 0 })).toContain("keep 0 is 0, expected a whole number from 1");
    expect(await group({ keep: "k" })).toContain(
      "expected a whole number from 1, or the name of a parameter",
    );
    expect(await group({ keep: 100 })).toContain("GOLDEN_EMPTY: it keeps all");
  });

  it("tells equal rows apart by row_key, and puts missing values where the order says", async () => {
    const made = await promote.group(
      "best_two",
      { ...rule, order: ["meta_domain", "score desc nulls last"] },
      { table: keyed, pipelines, nulls },
    );
    expect(manifestOf(made).group.order[1]).toEqual({ column: "score", descending: true, nulls: "last" });
    expect(goldenOf(made)[0]!.key).toMatch(/^kr\d+$/);
  });
});

const LOOP = `import json, sys
params = json.loads(sys.stdin.readline())["params"]
for number, line in enumerate(sys.stdin):
    row = json.loads(line)["row"]
`;

describe("promote.external", () => {
  let count = 0;
  /** A program whose loop ends in \`answer\`. */
  function program(body: string): string {
    const path = join(folder, `judge${++count}.py`);
    const lines = [...body.split("\n"), "print(json.dumps(answer), flush=True)"];
    writeFileSync(path, LOOP + lines.map((line) => `    ${line}\n`).join(""));
    return path;
  }
  const judge = (path: string, more: object = {}, options: object = {}) =>
    promote.external(
      "judge",
      {
        command: ["python3", path.slice(folder.length + 1)],
        files: [path],
        reads: ["tokens"],
        params: { limit: 500 },
        ...more,
      },
      { table, pipelines, ...options },
    );
  const KEEP = 'answer = {"keep": True} if row["tokens"] < params["limit"] else {"drop": "too_long"}';

  it("holds the program, which answers from the version as it did before", async () => {
    const made = await judge(program(KEEP));
    expect(readdirSync(join(made.folder, "files"))).toEqual(["judge1.py"]);
    expect(damage(place(made))).toEqual([]);
    const { command, form, values } = manifestOf(made);
    expect([command, form, values]).toEqual([["python3", "judge1.py"], "external", { limit: 500 }]);
    expect(String(made)).toContain("a filter (external, not sliced)");
    for (const { key, output } of goldenOf(made)) {
      expect(output).toEqual((Number(key) * 37) % 1000 < 500 ? { keep: true } : { drop: "too_long" });
    }
    const running = externalProcess(pinStep(pipelines, "judge@1", { params: { limit: 1 } }));
    expect(await running.answers([{ tokens: 0 }, { tokens: 1 }])).toEqual([
      { keep: true },
      { drop: "too_long" },
    ]);
    await running.close();
    expect(damage(place(made))).toEqual([]);
    const flag = await judge(program('answer = {"values": {"long": row["tokens"] > 500}}'), {
      writes: z.object({ long: z.boolean() }),
      params: {},
    });
    expect(String(flag)).toContain("judge@2: a flag (external, not sliced)");
    expect(pipeline([made, flag], { name: "both" }).steps.map(({ ref }) => ref)).toEqual([
      "judge@1",
      "judge@2",
    ]);
  });

  it("refuses what is not the same twice, and what writes beside its files", async () => {
    expect(
      await refused(
        judge(program(`import random\n${KEEP}\nif random.random() < 0.5: answer = {"keep": True}`)),
      ),
    ).toMatch(/NONDETERMINISTIC: row r?\d+ got another answer when the program was started anew/);
    expect(
      await refused(judge(program('answer = {"keep": True} if number % 2 else {"drop": "odd"}'))),
    ).toMatch(/ORDER_DEPENDENT: row r?\d+ got another answer when the rows came in another order/);
    expect(await refused(judge(program(`open("log.txt", "a").write("x")\n${KEEP}`)))).toContain(
      "IO: the program wrote log.txt beside its files",
    );
    expect(await refused(judge(program('answer = {"keep": True}')))).toContain("GOLDEN_EMPTY: it keeps all");
    expect(await refused(judge(program('answer = {"keep": 1}')))).toContain(
      "SCHEMA: for row 0 it answered keep = 1, expected true",
    );
    expect(await refused(judge(program('answer = {"error": "no model"}')))).toContain(
      "GOLDEN_EMPTY: every row is an error: no model",
    );
    expect(existsSync(join(pipelines, "judge", "v3"))).toBe(false);
  });

  it("says what is missing", async () => {
    const path = program(KEEP);
    expect(await refused(judge(path, { files: ["nowhere.py"] }))).toContain("file nowhere.py cannot be read");
    expect(await refused(judge(path, { files: [] }))).toMatch(
      /ended with exit code 2 before it answered row 1.*can't open file/s,
    );
    expect(await refused(judge(path, { command: [] }))).toContain("command is empty");
    expect(await refused(judge(path, { kind: "flag" }))).toContain("a flag needs writes");
    expect(await refused(judge(path, { reads: ["tokn"] }))).toContain("did you mean tokens?");
    expect(
      await refused(judge(program("import time; time.sleep(9); answer = {}"), {}, { timeoutSeconds: 1 })),
    ).toContain("gave no answer to row 1 of those it was given for 1 s");
  });
});
