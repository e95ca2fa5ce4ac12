import { beforeAll, describe, expect, it } from "vitest";
import { plot } from "../../kernel-lib/plot/plot";
import type { Table } from "../../kernel-lib/table/table";
import { bundleOf, scoresSql, tableOfSql } from "./plot-files";

let table: Table;
beforeAll(async () => {
  table = await tableOfSql(scoresSql(1_000_000));
});

describe("plot.scatter", () => {
  it("draws a seeded sample of the rows that can be drawn, and says so", async () => {
    const draw = (seed: number) =>
      plot.scatter(table, "stats_approx_tokens", "nll_mean", { by: "meta_domain", sample: 500, seed });
    const [one, again, two] = [await draw(1), await draw(1), await draw(2)];
    expect(bundleOf(one)).toEqual(bundleOf(again));
    expect(one.numbers).not.toEqual(two.numbers);
    expect(one.numbers).toHaveLength(500);
    const [facts] = await table.sql("select count(*) as used from this where isfinite(nll_mean)").toArray();
    const used = (facts!.used as number).toLocaleString("en-US");
    expect(String(one)).toMatch(
      new RegExp(`n = ${used} of 1,000,000 rows; [\\d,]+ null, [\\d,]+ NaN or infinite left out`),
    );
    expect(one.svg).toContain("500 of them drawn, a sample with seed 1");
    expect(bundleOf(one).plotly.length).toBeLessThan(40_000);
  });

  it("draws points that are rows", async () => {
    const figure = await plot.scatter(table, "stats_approx_tokens", "nll_mean", {
      by: "meta_domain",
      sample: 20,
    });
    const conditions = figure.numbers.map(
      ({ x, y, group }) =>
        `count(*) filter (stats_approx_tokens = ${x} and nll_mean = '${y}'::double and meta_domain is not distinct from ${group === null ? "null" : `'${group}'`})`,
    );
    const [row] = await table.sql(`select [${conditions}] as n from this`).toArray();
    expect((row!.n as number[]).every((n) => n >= 1)).toBe(true);
  });

  it("draws all rows where they are few", async () => {
    const figure = await plot.scatter(table.filter("id < 100"), "id", "stats_approx_tokens");
    expect(figure.numbers.map(({ x, y }) => [x, y])).toEqual(
      Array.from({ length: 100 }, (_, i) => [i, (i * 31) % 5000]),
    );
    expect(String(figure)).not.toContain("sample");
  });

  it("counts every row by density", async () => {
    const figure = await plot.scatter(table, "stats_approx_tokens", "nll_mean", {
      density: true,
      logY: true,
    });
    const [facts] = await table
      .sql("select count(*) as used from this where isfinite(nll_mean) and nll_mean > 0")
      .toArray();
    expect(figure.numbers.reduce((total, { rows }) => total + (rows as number), 0)).toBe(facts!.used);
    expect(bundleOf(figure).plotly.length).toBeLessThan(60_000);
    expect(figure.svg).toContain(">stats_approx_tokens (estimated tokens)</text>");
    await expect(plot.scatter(table, "id", "nll_mean", { density: true, by: "split" })).rejects.toThrow(
      /got density and by/,
    );
  });
});
