import { describe, expect, it } from "vitest";
import { plot } from "../../kernel-lib/plot/plot";
import { bundleOf, scoresSql, tableOfSql } from "./plot-files";

describe("plot.percentiles", () => {
  it("gives DuckDB's interpolated quantiles of each group", async () => {
    const table = await tableOfSql(scoresSql(9001));
    const figure = await plot.percentiles(table, "nll_mean", { by: "split" });
    const names = ["p0", "p0.1", "p1", "p10", "p50", "p90", "p99.9", "p100"];
    const expected = await table
      .sql(
        `select split as "group", count(*) as rows, ${names.map((name) => `quantile_cont(nll_mean, ${Number(name.slice(1)) / 100}) as "${name}"`)} from this where isfinite(nll_mean) group by split order by rows desc, split`,
      )
      .toArray();
    expect(figure.numbers).toHaveLength(3);
    for (const [i, row] of expected.entries()) {
      const found = figure.numbers[i]!;
      expect([found.group, found.rows]).toEqual([row.group, row.rows]);
      for (const name of names) expect(found[name]).toBeCloseTo(row[name] as number, 12);
    }
    const { svg, text } = bundleOf(figure);
    for (const label of ["percentile of rows (%)", "nll_mean (nats per token)", "train", "test", "dev"]) {
      expect(svg).toContain(`>${label}</text>`);
    }
    expect(text).toMatch(/^Percentiles of nll_mean by split\nnll_mean \(nats per token\) +rows +min +p1 /);
    expect(text).toMatch(/n = [\d,]+ of 9,001 rows; 90 null, \d+ NaN, \d+ infinite left out$/);
  });

  it("draws one row, and leaves out groups without a value by name", async () => {
    const table = await tableOfSql(
      "select unnest([{'x': 2.5, 'g': 'one'}, {'x': null, 'g': 'none'}], recursive := true)",
    );
    const figure = await plot.percentiles(table, "x", { by: "g" });
    expect(figure.numbers.map(({ group, rows, p0, p50, p100 }) => [group, rows, p0, p50, p100])).toEqual([
      ["one", 1, 2.5, 2.5, 2.5],
    ]);
    expect(String(figure)).toContain("n = 1 of 2 rows; 1 null left out\nwithout a value to draw: none");
  });

  it("adds up the smallest of many groups and says how many", async () => {
    const table = await tableOfSql("select i as x, 'g' || least(i // 10, i % 30) as g from range(1000) t(i)");
    const figure = await plot.percentiles(table, "x", { by: "g" });
    expect(figure.numbers).toHaveLength(10);
    expect(figure.numbers.at(-1)!.group).toBe("21 others");
    expect(figure.numbers.reduce((total, { rows }) => total + (rows as number), 0)).toBe(1000);
  });
});
