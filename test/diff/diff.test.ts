/** Two versions over all rows of a run: every count is compared with plain SQL over the same rows. */
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { diff } from "../../kernel-lib/diff/diff";
import type { DiffJson } from "../../kernel-lib/diff/diff-json";
import { wilson } from "../../kernel-lib/diff/wilson";
import { withDb } from "../../kernel-lib/table/db-pool";
import { open } from "../../kernel-lib/table/open";
import { makeRun } from "../fixtures/make-run";
import { temporaryFolder } from "../run/run-cli";
import { makeStep } from "./made-steps";

const folder = temporaryFolder();
const pipelines = join(folder, "pipelines");
const run = join(folder, "run");
const ROWS = 700;

/** What both versions say of a row of the run, and the two mixtures of old and new, as SQL. Null reason: kept. */
const short = (limit: number) => `case when stats_approx_tokens >= ${limit} then '' end`;
const good = (limit: number) =>
  `case when stats_approx_tokens >= ${limit} then 'long'
    when coalesce(meta_correctness < 0.25, true) then 'wrong' end`;
const ANSWERS = `select *, ${short(30_000)} as a, ${good(50_000)} as b, ${good(30_000)} as code, ${short(50_000)} as params from this`;
const DIRECTION = `case when a is null and b is null then 'kept' when a is null then 'kept_to_dropped'
  when b is null then 'dropped_to_kept' when a = b then 'dropped' else 'other_reason' end`;
const CAUSE = `case when code is not distinct from b then if(params is not distinct from b, 'either', 'code')
  when params is not distinct from b then 'parameters' else 'together' end`;

beforeAll(async () => {
  await makeRun(run, { rows: ROWS });
  const reads = { stats_approx_tokens: "number", meta_correctness: "number" };
  await makeStep(pipelines, {
    ...{ name: "keep_good", reads, params: { limit: 30_000 } },
    body: "return row.stats_approx_tokens < limit;",
  });
  await makeStep(pipelines, {
    ...{ name: "keep_good", reads, params: { limit: 50_000 } },
    body: `if (row.stats_approx_tokens >= limit) return { drop: "long" };
      return row.meta_correctness !== null && row.meta_correctness >= 0.25 ? true : { drop: "wrong" };`,
  });
});

async function sql<T>(query: string): Promise<T[]> {
  const table = (await open(run)).sql(ANSWERS).sql(`select *, ${DIRECTION} as d, ${CAUSE} as c from this`);
  return (await table.sql(query).toArray()) as T[];
}

/** `direction → group → rows`, without zeros. */
function grouped(data: DiffJson, of: "by" | "tokens"): Record<string, number> {
  return Object.fromEntries(
    data[of]!.groups.flatMap(({ value, directions }) =>
      directions.flatMap((rows, i) => (rows === 0 ? [] : [[`${data.directions[i]!.id} ${value}`, rows]])),
    ),
  );
}

describe("diff of two filters", () => {
  it("counts what plain SQL counts: directions, tokens, causes, domains, ranges, reasons", async () => {
    const { data } = await diff("keep_good@1", "keep_good@2", run, { pipelines });
    const directions = await sql<{ d: string; n: number; tokens: number }>(
      "select d, count(*) as n, sum(stats_approx_tokens)::bigint as tokens from this group by d",
    );
    expect(directions.length).toBe(4);
    expect(
      data.directions
        .filter(({ rows }) => rows > 0)
        .map(({ id, rows, tokens }) => ({ d: id, n: rows, tokens })),
    ).toEqual(expect.arrayContaining(directions));
    expect(data.rows).toBe(ROWS);

    const causes = await sql<{ d: string; c: string; n: number }>(
      "select d, c, count(*) as n from this where a is distinct from b group by all",
    );
    const found = data.directions.flatMap(({ id, because }) =>
      Object.entries(because ?? {}).flatMap(([c, n]) => (n === 0 ? [] : [{ d: id, c, n }])),
    );
    expect(found.toSorted(byText)).toEqual(causes.toSorted(byText));
    expect(new Set(causes.map(({ c }) => c))).toEqual(new Set(["code", "parameters", "together"]));

    const domains = await sql<{ k: string; n: number }>(
      "select d || ' ' || meta_domain as k, count(*) as n from this group by k",
    );
    expect(grouped(data, "by")).toEqual(Object.fromEntries(domains.map(({ k, n }) => [k, n])));
    const ranges = Object.entries(grouped(data, "tokens"));
    for (const [name, rows] of ranges) {
      const [, id, from, to] = /^(\w+) ([\d,]+) to ([\d,]+)$/.exec(name)!;
      const [low, high] = [from, to].map((text) => text!.replaceAll(",", ""));
      const [one] = await sql<{ n: number }>(
        `select count(*) as n from this where d = '${id}' and stats_approx_tokens between ${low} and ${high}`,
      );
      expect([name, one!.n]).toEqual([name, rows]);
    }
    expect(ranges.reduce((sum, [, rows]) => sum + rows, 0)).toBe(ROWS);

    const reasons = await sql<{ k: string; n: number }>(
      `select replace(coalesce('dropped: ' || a, 'kept'), ': ', if(a = '', '', ': ')) || ' → ' ||
         coalesce('dropped: ' || b, 'kept') as k, count(*) as n from this where a is distinct from b group by k`,
    );
    expect(
      Object.fromEntries(data.answers.map(({ before, after, rows }) => [`${before} → ${after}`, rows])),
    ).toEqual(Object.fromEntries(reasons.map(({ k, n }) => [k, n])));
  });
});

describe("the same difference", () => {
  it("for any number of workers, and for the run as a table in one part", async () => {
    const large = join(folder, "large");
    await makeRun(large, { rows: 102_000, duplicates: false, length: false });
    const table = await open(large);
    expect((await table.relation().parts!(100_000)).map(({ rows }) => rows)).toEqual([68_000, 34_000]);
    const one = await diff("keep_good@1", "keep_good@2", large, { pipelines, workers: 1 });
    const three = await diff("keep_good@1", "keep_good@2", table, { pipelines, workers: 3 });
    expect(one.directions[2]!.rows).toBeGreaterThan(100_000); // more than wait in memory
    expect(one.data.rows).toBe(102_000);
    expect(three.data).toEqual(one.data);
    const [cut, whole] = [await open(run), (await open(run)).filter("true")];
    expect((await diff("keep_good@1", "keep_good@2", whole, { pipelines })).data).toEqual(
      (await diff("keep_good@1", "keep_good@2", cut, { pipelines })).data,
    );
  }, 60_000);

  it("of rows without a key: they are known by their number", async () => {
    const file = join(folder, "rows.parquet");
    const table = (await open(run)).sql(
      "select stats_approx_tokens, meta_correctness, meta_domain, text from this order by stats_approx_tokens",
    );
    await withDb(async (db) => db.run(`copy (${await table.rowsSql()}) to '${file}' (format parquet)`));
    const keyless = await open(file);
    const found = await diff("keep_good@1", "keep_good@2", keyless, { pipelines });
    const keyed = await diff("keep_good@1", "keep_good@2", run, { pipelines });
    expect(found.data.directions).toEqual(keyed.data.directions);
    for (const { key, direction } of found.data.examples.filter((one) => one.direction !== "other_reason")) {
      const tokens = Number(key) * 100; // rows are sorted by tokens
      expect([direction, tokens < 30_000]).toEqual([direction, direction === "kept_to_dropped"]);
    }
    expect(() => found.rows()).toThrow("have no row_key");
  });
});

describe("rows that moved", () => {
  it("come back whole, by direction, and as a file with their causes", async () => {
    const found = await diff("keep_good@1", "keep_good@2", run, { pipelines });
    const [expected] = await sql<{ n: number; sum: number }>(
      "select count(*) as n, sum(source_row)::bigint as sum from this where d = 'kept_to_dropped'",
    );
    const query = "select count(*) as n, sum(source_row)::bigint as sum from this";
    expect(await found.rows("kept → dropped").sql(query).toArray()).toEqual([expected]);
    expect(() => found.rows("kept → droped")).toThrow("did you mean kept → dropped?");
    const file = await found.writeRows(join(folder, "moved", "rows.parquet"));
    const lines = await (await open(file))
      .sql("select direction as d, because as c, count(*) as n from this group by all")
      .toArray();
    const causes = await sql<{ d: string; c: string; n: number }>(
      "select d, c, count(*) as n from this where a is distinct from b group by all",
    );
    expect(lines.toSorted(byText)).toEqual(causes.toSorted(byText));
  });
});

describe("a sample", () => {
  it("says so, and its intervals hold what all rows say", async () => {
    const found = await diff("keep_good@1", "keep_good@2", run, { pipelines, sample: 300, seed: 4 });
    const all = await diff("keep_good@1", "keep_good@2", run, { pipelines });
    expect([found.data.rows, found.data.sample]).toEqual([300, { of: ROWS, seed: 4 }]);
    found.directions.forEach(({ interval, rows }, i) => {
      const [low, high] = interval!;
      const exact = all.directions[i]!.rows;
      expect([low <= exact, exact <= high, low >= rows, high <= ROWS]).toEqual([true, true, true, true]);
    });
    expect(String(found)).toContain("a sample of 300 of 700 rows (seed 4)");
    expect((await diff("keep_good@1", "keep_good@2", run, { pipelines, sample: 9000 })).data.sample).toBe(
      null,
    );
  });

  it("has Wilson's interval", () => {
    // Newcombe, Statistics in Medicine 17 (1998), table I: method 3
    const rounded = (count: number, n: number) => wilson(count, n).map((share) => Number(share.toFixed(4)));
    expect(rounded(81, 263)).toEqual([0.2553, 0.3662]);
    expect(rounded(15, 148)).toEqual([0.0624, 0.1605]);
    expect(rounded(0, 20)).toEqual([0, 0.1611]);
    expect(rounded(29, 29)).toEqual([0.883, 1]);
  });
});

describe("an interrupt", () => {
  it("ends it with the reason", async () => {
    const stop = new AbortController();
    const running = diff("keep_good@1", "keep_good@2", run, { pipelines, signal: stop.signal });
    stop.abort(new Error("enough"));
    await expect(running).rejects.toThrow("enough");
  });
});

describe("what cannot be compared", () => {
  it("is said with a way out", async () => {
    const reads = { stats_approx_tokens: "number", meta_corectness: "number" };
    const wrong = await makeStep(pipelines, { name: "keep_good", reads, body: "return true;" });
    const flag = { kind: "flag" as const, reads: {}, writes: { x: "number" } };
    await makeStep(pipelines, { ...flag, name: "mark", body: "return { x: 1 };" });
    const failing = (a: string, b: string, more = {}) => diff(a, b, run, { pipelines, ...more });
    await expect(failing("keep_good@1", wrong)).rejects.toThrow("did you mean meta_correctness");
    await expect(failing("keep_good@1", "mark@1")).rejects.toThrow("expected two of one kind");
    await expect(failing("keep_good", "keep_good@2")).rejects.toThrow(
      "expected name@version, such as keep_good@1",
    );
    await expect(failing("keep_good@1", "keep_good@2", { by: "meta_domian" })).rejects.toThrow(
      "did you mean meta_domain",
    );
    await expect(
      diff({ step: "keep_good@1", params: { limt: 3 } }, "keep_good@2", run, { pipelines }),
    ).rejects.toThrow("has no parameter limt");
  });

  it("as to causes, is not attributed", async () => {
    const list = await makeStep(pipelines, {
      ...{ name: "keep_good", reads: { stats_approx_tokens: "number" }, params: { limit: [40_000] } },
      body: "return row.stats_approx_tokens < limit[0];",
    });
    const { data } = await diff("keep_good@1", list, run, { pipelines });
    expect(data.attribution).toContain("limit has values that the other version does not take");
    expect(data.directions.map(({ because }) => because)).toEqual(data.directions.map(() => null));
    expect(data.directions[1]!.rows).toBe(100);
  });
});

function byText(a: object, b: object): number {
  return JSON.stringify(a) < JSON.stringify(b) ? -1 : 1;
}
