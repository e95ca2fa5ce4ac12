/** Two versions over all rows of a run: every count is compared with plain SQL over the same rows. */
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { diff } from "../../kernel-lib/diff/diff";
import type { DiffJson } from "../../kernel-lib/diff/diff-json";
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

function byText(a: object, b: object): number {
  return JSON.stringify(a) < JSON.stringify(b) ? -1 : 1;
}
