import { describe, expect, it } from "vitest";
import { plot } from "../../kernel-lib/plot/plot";
import { scoresSql, tableOfSql } from "./plot-files";

describe("plot.lengths", () => {
  it("draws the tokens of the rows on a log axis", async () => {
    const table = await tableOfSql(scoresSql(5000));
    const figure = await plot.lengths(table, { by: "meta_domain" });
    expect(figure.layout.xaxis).toMatchObject({
      type: "log",
      title: { text: "stats_approx_tokens (estimated tokens)" },
    });
    expect(figure.numbers.reduce((total, { rows }) => total + (rows as number), 0)).toBe(4999);
    expect(String(figure)).toContain("n = 4,999 of 5,000 rows; 1 not above 0 (log axis) left out");
  });

  it("says which column it looked for", async () => {
    await expect(plot.lengths(tableOfSql("select 'a' as text"))).rejects.toThrow(
      /the table has none of token_count, stats_approx_tokens, stats_char_len/,
    );
    await expect(plot.lengths(tableOfSql("select 'a' as text"), { column: "text" })).rejects.toThrow(
      /^plot\.lengths: column text is VARCHAR, expected numbers/,
    );
    expect((await plot.lengths(tableOfSql("select 3 as n"), { column: "n" })).numbers).toHaveLength(1);
  });
});
