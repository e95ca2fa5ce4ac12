/** The sketch's counts against plain SQL over the same rows. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { InputError } from "../../kernel-lib/errors";
import { sketchOf } from "../../kernel-lib/explore/sketch";
import type { Progress } from "../../kernel-lib/progress";
import { open } from "../../kernel-lib/table/open";
import type { Table } from "../../kernel-lib/table/table";
import { messageOf, TableFiles } from "../table/table-files";

const ROWS = `
  select i, case when i % 31 = 0 then null when i % 37 = 0 then 'nan'::double when i % 997 = 0 then 'inf'::double
      when i % 991 = 0 then '-inf'::double else (hash(i) % 100000) / 997.0 - 20 end as score,
    (hash(i, 1) % 30)::int as level, case when i % 41 = 0 then null else (hash(i, 2) % 5000)::int end as stats_approx_tokens,
    case when i % 17 = 0 then null else 'group ' || least(hash(i, 3) % 60, hash(i, 4) % 60) end as grp,
    exp((hash(i, 5) % 1000) / 100.0)::float as wide, 2::hugeint ** 100 + i as far, (i % 9 / 8)::decimal(9, 4) as share,
    'text ' || i as text, i % 2 = 0 as flag, date '2020-01-01' + (i % 9)::int as day, [i] as list
  from range(5000) t(i)`;

describe("sketchOf", () => {
  const files = new TableFiles();
  let table: Table;

  beforeAll(async () => {
    table = await open(await files.putParquet("rows.parquet", ROWS));
  });
  afterAll(() => files.remove());

  it("tells at the end that all rows were read", async () => {
    const told: Progress[] = [];
    await sketchOf(table, { columns: ["score"], onProgress: (progress) => told.push(progress) });
    expect(told.at(-1)).toEqual({ stage: "reading columns", done: 5000, unit: "rows", share: 1 });
  });

  it("counts one column by group exactly, nulls, NaN and infinities included", async () => {
    const sketch = await sketchOf(table, { columns: ["score"], by: "grp" });
    const [column] = sketch.columns;
    const { edges } = column!;
    expect(edges.length - 1).toBeGreaterThanOrEqual(60);
    expect(edges.length - 1).toBeLessThanOrEqual(160);
    expect([edges[0]! <= column!.min, edges.at(-1)! >= column!.max]).toEqual([true, true]);
    const counted = await table.sql("select count(*) n, sum(stats_approx_tokens) t from this").toArray();
    expect(sketch.total).toEqual({ rows: counted[0]!.n, tokens: Number(counted[0]!.t) });
    const named = await table
      .sql(
        "select grp, count(*) n, sum(stats_approx_tokens)::double t from this group by grp order by n desc, grp nulls last",
      )
      .toArray();
    expect(sketch.groups).toEqual(named.slice(0, 20).map(({ grp }) => grp));
    expect(sketch.groups).toContain(null);
    expect(sketch.others).toBe(named.length - 20);
    expect(sketch.groupTotals.slice(0, 20)).toEqual(
      named.slice(0, 20).map(({ n, t }) => ({ rows: n, tokens: t })),
    );
    const bins = edges.length - 1;
    const seen = new Map<string, [number, number]>();
    for (let i = 0; i < sketch.cube.length; i += 4) {
      const [g, cell, rows, tokens] = sketch.cube.slice(i, i + 4) as [number, number, number, number];
      seen.set(`${g}/${cell}`, [rows, tokens]);
    }
    for (const row of await table.sql("select grp, score, stats_approx_tokens t from this").toArray()) {
      const score = row.score as number | null;
      const found = sketch.groups.indexOf(row.grp as string | null);
      const above = score === null || Number.isNaN(score) ? -1 : edges.findLastIndex((edge) => edge <= score);
      const cell =
        score === null ? bins : Number.isNaN(score) ? bins + 1 : Math.max(0, Math.min(bins - 1, above));
      const key = `${found < 0 ? 20 : found}/${cell}`;
      const [rows, tokens] = seen.get(key) ?? [0, 0];
      seen.set(key, [rows - 1, tokens - ((row.t as number | null) ?? 0)]);
    }
    expect([...seen].filter(([, [rows, tokens]]) => rows !== 0 || tokens !== 0)).toEqual([]);
    expect(column!.rows.reduce((sum, n) => sum + n, 0)).toBe(5000);
    expect(column!.rows.slice(-2)).toEqual([column!.nulls, column!.nans]);
  });

  it("counts two columns jointly, and gives histograms alone beyond two", async () => {
    const two = await sketchOf(table, { columns: ["level", "wide"], by: null, tokens: null });
    expect(two.columns.map(({ edges }) => edges.length - 1)).toEqual([30, expect.any(Number)]);
    expect(two.columns.map(({ log }) => log)).toEqual([false, true]);
    expect(two.groups).toEqual([null]);
    expect(two.total).toEqual({ rows: 5000, tokens: null });
    let rows = 0;
    for (let i = 0; i < two.cube.length; i += 5) rows += two.cube[i + 3]!;
    expect(rows).toBe(5000);
    const three = await sketchOf(table, { columns: ["level", "wide", "score"], by: "flag" });
    expect(three.cube).toEqual([]);
    expect([...three.groups].sort()).toEqual(["false", "true"]);
    expect(three.columns.map((column) => column.rows.reduce((sum, n) => sum + n, 0))).toEqual([
      5000, 5000, 5000,
    ]);
  });

  it("takes any number type", async () => {
    const { columns } = await sketchOf(table, { columns: ["far", "share"] });
    expect(columns[0]!.min).toBe(2 ** 100);
    expect(columns[1]!.edges[0]).toBe(0);
  });

  it("shows an empty table", async () => {
    const sketch = await sketchOf(table.filter("false"), { columns: ["score"], by: "grp" });
    expect({ ...sketch, id: "" }).toMatchObject({ total: { rows: 0, tokens: 0 }, groups: [], cube: [] });
  });

  it.each([
    ["scor", /column "scor" is not in the table; did you mean score\?/],
    ["text", /column text is VARCHAR, expected a number; make one/],
    ["flag", /column flag is BOOLEAN, expected a number; it has two values only/],
    ["day", /column day is DATE, expected a number; make one, such as .*epoch/],
    ["list", /column list is BIGINT\[\], expected a number/],
  ])("says what is wrong with column %s", async (column, message) => {
    expect(await messageOf(sketchOf(table, { columns: [column] }), InputError)).toMatch(message);
  });

  it("says what is wrong with by and log", async () => {
    expect(await messageOf(sketchOf(table, { columns: ["score"], by: "gpr" }), InputError)).toContain("grp");
    expect(await messageOf(sketchOf(table, { columns: ["score"], log: true }), InputError)).toContain(
      "below 0",
    );
  });
});
