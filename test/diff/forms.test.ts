/** Flags, rewrites and every form of a step: counts against plain SQL and plain code over the same rows. */
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { diff } from "../../kernel-lib/diff/diff";
import type { StepDiff } from "../../kernel-lib/diff/step-diff";
import { open } from "../../kernel-lib/table/open";
import { makeRun } from "../fixtures/make-run";
import { temporaryFolder } from "../run/run-cli";
import { makeExternal, makeGroup, makeSql, makeStep } from "./made-steps";

const folder = temporaryFolder();
const pipelines = join(folder, "pipelines");
const run = join(folder, "run");

beforeAll(async () => {
  await makeRun(run, { rows: 500 });
});

async function sql<T>(query: string): Promise<T[]> {
  return (await (await open(run)).sql(query).toArray()) as T[];
}

/** Rows by direction, without zeros. */
function rowsOf({ directions }: StepDiff): Record<string, number> {
  return Object.fromEntries(directions.flatMap(({ id, rows }) => (rows === 0 ? [] : [[id, rows]])));
}

describe("flags", () => {
  it("tell changed values by column, with quantiles of numbers and pairs of values", async () => {
    const flag = { name: "size", kind: "flag" as const, reads: { stats_approx_tokens: "number" } };
    const writes = { size_k: "number", size_class: "string", size_odd: "boolean" };
    await makeStep(pipelines, {
      ...{ ...flag, writes: { ...writes, size_old: "number" } },
      body: `const k = row.stats_approx_tokens / 1000;
        return { size_k: k, size_class: k < 10 ? "small" : "large", size_odd: false, size_old: 1 };`,
    });
    await makeStep(pipelines, {
      ...{ ...flag, writes: { ...writes, size_new: "number" } },
      body: `const k = row.stats_approx_tokens / 1000;
        return { size_k: k < 20 ? k : k < 30 ? k + 2 : k - 1, size_class: k < 12 ? "small" : "large", size_odd: false, size_new: 1 };`,
    });
    const { data } = await diff("size@1", "size@2", run, { pipelines });
    const [facts] = await sql<Record<string, number | number[]>>(`select
      count(*) filter (k >= 20) as changed, count(*) filter (k >= 20 and k < 30) as up,
      count(*) filter (k >= 30) as down, count(*) filter (k >= 10 and k < 12) as classes,
      count(*) filter (k >= 20 or (k >= 10 and k < 12)) as any_changed
      from (select stats_approx_tokens / 1000 as k from this)`);
    const [k, kind, odd] = data.columns;
    expect(data.columns.map(({ name }) => name)).toEqual(["size_k", "size_class", "size_odd"]);
    expect([k!.rows, k!.numbers!.up, k!.numbers!.down]).toEqual([facts!.changed, facts!.up, facts!.down]);
    expect(k!.numbers!.quantiles.map(({ change }) => change)).toEqual([-1, -1, -1, -1, 2, 2, 2]);
    expect(kind!.pairs).toEqual([{ before: '"large"', after: '"small"', rows: facts!.classes }]);
    expect([odd!.rows, odd!.pairs]).toEqual([0, []]);
    expect(data.directions[0]!.rows).toBe(facts!.any_changed);
  });
});

describe("rewrites", () => {
  const step = { name: "tidy", kind: "rewrite" as const, reads: { text: "string" } };

  it("tell whose text changes, by how much, and show both texts", async () => {
    await makeStep(pipelines, {
      ...step,
      body: 'return row.text.includes("q1") ? { text: row.text.replace("q1", "") } : { text: row.text };',
    });
    await makeStep(pipelines, {
      ...step,
      body: 'return row.text.includes("q2") ? { text: row.text.replace("q2", "Q<b>2") } : row.text.includes("q19") ? { text: "!" } : row.text.includes("q18") ? { text: row.text.replace("q1", "") } : null;',
    });
    const found = await diff("tidy@1", "tidy@2", run, { pipelines });
    const [facts] = await sql<Record<string, number>>(`select
      count(*) filter (text like '%q2%') as rewritten_now, count(*) filter (text like '%q19%') as rewritten_otherwise,
      count(*) filter (text like '%q18%') as rewritten,
      count(*) filter (text like '%q1%' and text not like '%q18%' and text not like '%q19%') as left_now,
      count(*) filter (text not like '%q1%' and text not like '%q2%') as "left" from this`);
    expect(rowsOf(found)).toEqual(facts);
    expect(found.data.columns[0]).toMatchObject({
      numbers: { up: facts!.rewritten_now! + facts!.left_now! },
    });
    const html = (found as unknown as Record<symbol, () => Record<string, string>>)[
      Symbol.for("corpuslab.display")
    ]!()["text/html"]!;
    expect(html).toContain("&lt;b&gt;");
    expect(html).not.toContain("Q<b>2");
  });
});

describe("forms", () => {
  it("predicates are decided by the database, also against a function", async () => {
    const reads = { meta_correctness: "number" };
    const limit = { params: { limit: 0.5 }, nulls: { meta_correctness: "drop" as const } };
    makeSql(pipelines, { name: "by_sql", reads, predicate: "meta_correctness >= $limit", ...limit });
    await makeStep(pipelines, {
      ...{ name: "by_sql", reads, ...limit, params: { limit: 0.25 } },
      body: "return row.meta_correctness >= limit;",
    });
    const found = await diff("by_sql@1", "by_sql@2", run, { pipelines });
    const [facts] = await sql<Record<string, number>>(`select
      count(*) filter (meta_correctness >= 0.25 and meta_correctness < 0.5) as dropped_to_kept,
      count(*) filter (meta_correctness >= 0.5) as kept,
      count(*) filter (coalesce(meta_correctness < 0.25, true)) as dropped from this`);
    expect(rowsOf(found)).toEqual(facts);
    expect(found.directions[1]!.because).toMatchObject({ parameters: facts!.dropped_to_kept });
    const undecided = makeSql(pipelines, { name: "by_sql", reads, predicate: "meta_correctness > 2" });
    const failing = await diff("by_sql@1", undecided, run, { pipelines });
    const [nulls] = await sql<{ n: number }>("select count(*) as n from this where meta_correctness is null");
    expect(rowsOf(failing).to_error).toBe(nulls!.n);
  });

  it("group rules see all rows at once", async () => {
    const rule = { name: "first_of", reads: { meta_domain: "string", stats_approx_tokens: "number" } };
    const group = {
      by: ["meta_domain"],
      keep: "most",
      order: [{ column: "stats_approx_tokens", descending: true }],
    };
    makeGroup(pipelines, { ...rule, group, params: { most: 10 } });
    makeGroup(pipelines, { ...rule, group, params: { most: 25 } });
    const found = await diff("first_of@1", "first_of@2", run, { pipelines });
    expect(rowsOf(found)).toEqual({ dropped_to_kept: 30, kept: 20, dropped: 450 });
    expect(found.directions[1]!.because).toMatchObject({ parameters: 30 });
    expect(
      await found.rows("dropped → kept").sql("select min(stats_approx_tokens) as n from this").toArray(),
    ).toEqual([{ n: 45_000 }]);
    await expect(diff("first_of@1", "first_of@2", run, { pipelines, sample: 10 })).rejects.toThrow(
      "leave sample out",
    );
  });

  it("external steps answer row by row, and one that ends early is told", async () => {
    const reads = { stats_approx_tokens: "number" };
    const program = (test: string) => `import json, sys
limit = json.loads(sys.stdin.readline())["params"]["limit"]
for line in sys.stdin:
    n = json.loads(line)["row"]["stats_approx_tokens"]
    print(json.dumps({"keep": True} if ${test} else {"drop": "long"}), flush=True)
`;
    makeExternal(pipelines, {
      name: "outside",
      reads,
      params: { limit: 10_000 },
      program: program("n < limit"),
    });
    makeExternal(pipelines, {
      name: "outside",
      reads,
      params: { limit: 20_000 },
      program: program("n <= limit"),
    });
    const found = await diff("outside@1", "outside@2", run, { pipelines });
    expect(rowsOf(found)).toEqual({ dropped_to_kept: 101, kept: 100, dropped: 299 });
    // Row 100 has 10,000 tokens; the new code alone keeps it, and so do the new parameters.
    expect(found.directions[1]!.because).toEqual({ code: 0, parameters: 99, either: 1, together: 1 });
    const dead = makeExternal(pipelines, {
      name: "outside",
      reads,
      program: "import sys\nsys.exit('no model')\n",
    });
    await expect(diff("outside@1", dead, run, { pipelines })).rejects.toThrow("no model");
  });
});
