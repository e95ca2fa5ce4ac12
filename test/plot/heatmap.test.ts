import { describe, expect, it } from "vitest";
import { plot } from "../../kernel-lib/plot/plot";
import { scoresSql, tableOfSql } from "./plot-files";

describe("plot.heatmap", () => {
  it("counts the rows of each pair of values", async () => {
    const table = await tableOfSql(scoresSql(5000));
    const figure = await plot.heatmap(table, "meta_domain", "meta_difficulty_bin");
    const counted = await table
      .sql("select meta_domain as a, meta_difficulty_bin as b, count(*) as rows from this group by all")
      .toArray();
    const key = ({ a, b, rows }: Readonly<Record<string, unknown>>) => JSON.stringify([a, b, rows]);
    expect(figure.numbers).toHaveLength(20);
    expect(
      figure.numbers
        .filter(({ rows }) => rows !== 0)
        .map(key)
        .sort(),
    ).toEqual(counted.map(key).sort());
    expect(figure.svg).toContain(">meta_difficulty_bin</text>");
    expect(String(figure)).toContain("n = 5,000 rows");
  });

  it("puts difficulty in its order", async () => {
    const figure = await plot.heatmap(tableOfSql(scoresSql(500)), "meta_domain", "meta_difficulty_bin");
    expect((figure.layout.xaxis as { ticktext: string[] }).ticktext).toEqual([
      "low",
      "medium",
      "high",
      "null",
    ]);
  });

  it("gives shares of each line, and adds up what is too much to show", async () => {
    const table = await tableOfSql(
      "select 'a' || (i % 30) as a, 'b' || (i % 41) as b from range(12300) t(i)",
    );
    const figure = await plot.heatmap(table, "a", "b", { share: true });
    expect(figure.numbers).toHaveLength(21 * 21);
    expect(figure.numbers.reduce((total, { rows }) => total + (rows as number), 0)).toBe(12_300);
    const line = figure.numbers.filter(({ a }) => a === "10 others");
    expect(line.reduce((total, { share }) => total + (share as number), 0)).toBeCloseTo(1, 9);
    expect(line.at(-1)).toMatchObject({ b: "21 others" });
  });
});
