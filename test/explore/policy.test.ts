/** Policies run: SQL in DuckDB and TypeScript in JavaScript keep the rows that the bounds mean. */
import { transformSync } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Db } from "../../kernel-lib/db";
import { boundsOf, policyOf, predicateOf } from "../../kernel-lib/explore/policy";
import type { Bounds, Selection } from "../../kernel-lib/explore/protocol";
import { keeps, open } from "./brute-force";

const clean = { nulls: 0, nans: 0 };

describe("policyOf", () => {
  it("reads well", () => {
    const columns = [
      { name: "nll_mean", nulls: 2, nans: 1 },
      { name: "tokens", ...clean },
    ];
    expect(
      policyOf(columns, { nll_mean: { ...open, lower: 3, upper: 7 }, tokens: { ...open, lower: 8192 } }),
    ).toEqual({
      sql: '"nll_mean" >= 3 AND "nll_mean" < 7 AND "tokens" >= 8192 /* undecided, so dropped: 2 null and 1 NaN in nll_mean */',
      code: "const keep = (row: { nll_mean: number | null; tokens: number | null }) => row.nll_mean !== null && row.nll_mean >= 3 && row.nll_mean < 7 && row.tokens !== null && row.tokens >= 8192; /* undecided, so dropped: 2 null and 1 NaN in nll_mean */",
    });
    expect(policyOf([{ name: "n", ...clean }], {})).toEqual({
      sql: "true",
      code: "const keep = () => true;",
    });
    const kept: Selection = { n: { lower: 0.5, upper: null, nulls: "keep", nans: "keep" } };
    expect(policyOf([{ name: "n", nulls: 1, nans: 1 }], kept)).toEqual({
      sql: '("n" >= 0.5 OR isnan("n") OR "n" IS NULL)',
      code: "const keep = (row: { n: number | null }) => (row.n === null || row.n >= 0.5 || Number.isNaN(row.n));",
    });
  });

  it("does not take a column's name for a property of every object", () => {
    expect(boundsOf({}, "constructor")).toEqual(open);
  });
});

const VALUES = [
  null,
  Number.NaN,
  -1e300,
  -2,
  0,
  0.1,
  0.3,
  0.30000000000000004,
  0.7,
  1,
  3,
  16777217,
  1e21,
  1e300,
];
const LIMITS = [null, -2, 0.1, 0.30000000000000004, 0.7, 1.5e-7, 3, 16777217, 1e21];
const DECISIONS = ["undecided", "keep", "drop"] as const;

/** Every combination of bounds and decisions. */
function* allBounds(): Generator<Bounds> {
  for (const lower of LIMITS)
    for (const upper of LIMITS)
      for (const nulls of DECISIONS) for (const nans of DECISIONS) yield { lower, upper, nulls, nans };
}

describe("a policy, run", () => {
  let db: Db;
  beforeAll(async () => {
    db = await Db.open({ threads: 1 });
  });
  afterAll(() => db.close());

  it.each(["DOUBLE", "FLOAT"])("keeps in SQL over %s what the bounds say", async (type) => {
    const name = 'a "b" */ c';
    const values = VALUES.map((value) => (type === "FLOAT" && value !== null ? Math.fround(value) : value));
    const literal = (value: number | null) => (value === null ? "NULL" : `'${value}'::DOUBLE::${type}`);
    const finite = values.filter((value) => value === null || Number.isNaN(value) || Number.isFinite(value));
    const rows = finite.map((value, i) => `(${i}, ${literal(value)})`).join(", ");
    await db.run(`CREATE OR REPLACE TABLE t AS SELECT * FROM (VALUES ${rows}) AS v(i, "a ""b"" */ c")`);
    const column = { name, nulls: 1, nans: 1 };
    const wrong: string[] = [];
    for (const bounds of allBounds()) {
      const { sql } = policyOf([column], { [name]: bounds });
      const kept = await db.all<{ i: number }>(`SELECT i FROM t WHERE (${sql}) AND true ORDER BY i`);
      const wanted = finite.flatMap((value, i) => (keeps(bounds, value) ? [i] : []));
      if (kept.map(({ i }) => i).join() !== wanted.join()) wrong.push(sql);
    }
    expect(wrong).toEqual([]);
  });

  it("keeps in TypeScript what the bounds say", () => {
    const column = { name: 'it\'s "x"', nulls: 1, nans: 1 };
    const wrong: string[] = [];
    for (const bounds of allBounds()) {
      const { code } = policyOf([column], { [column.name]: bounds });
      const keep = new Function(`${transformSync(code, { loader: "ts" }).code}; return keep;`)();
      const kept = VALUES.filter((value) => keep({ [column.name]: value }));
      if (kept.join() !== VALUES.filter((value) => keeps(bounds, value)).join()) wrong.push(code);
    }
    expect(wrong).toEqual([]);
  });

  it("joins columns", async () => {
    await db.run(
      "CREATE OR REPLACE TABLE u AS SELECT i::DOUBLE AS a, (i * 7 % 100)::BIGINT AS b FROM range(100) r(i)",
    );
    const columns = [
      { name: "a", ...clean },
      { name: "b", ...clean },
    ];
    const selection = { a: { ...open, lower: 10 }, b: { ...open, lower: 20, upper: 60 } };
    const [row] = await db.all<{ n: number }>(
      `SELECT count(*) AS n FROM u WHERE ${predicateOf(columns, selection)}`,
    );
    let wanted = 0;
    for (let i = 10; i < 100; i++) if ((i * 7) % 100 >= 20 && (i * 7) % 100 < 60) wanted++;
    expect(row).toEqual({ n: wanted });
  });
});
