import { describe, expect, it } from "vitest";
import { InputError } from "../../kernel-lib/errors";
import { plot } from "../../kernel-lib/plot/plot";
import { bundleOf, scoresSql, tableOfSql } from "./plot-files";

describe("plot.bars", () => {
  it("counts the values, null among them, and takes a promise", async () => {
    const table = tableOfSql(scoresSql(5000));
    const figure = await plot.bars(table, "meta_domain");
    const expected = await (await table)
      .sql(
        "select meta_domain as name, count(*) as rows, count(*) / 5000 as share from this group by 1 order by rows desc, name nulls last",
      )
      .toArray();
    expect(figure.numbers).toEqual(expected);
    expect(String(figure)).toMatch(/^Rows by meta_domain\n +1,154 {2}code {2}23\.1%\n/);
    expect(String(figure)).toMatch(/n = 5,000 rows$/);
  });

  it("adds up what is beyond the limit, in SQL", async () => {
    const figure = await plot.bars(
      tableOfSql("select 'v' || i as v from range(200000) t(i) union all select 'v7' from range(9)"),
      "v",
      { limit: 3 },
    );
    expect(figure.numbers.map(({ name, rows }) => [name, rows])).toEqual([
      ["v7", 10],
      ["v0", 1],
      ["v1", 1],
      ["199,997 others", 199_997],
    ]);
  });

  it("tells null from the text null, and names apart that look alike", async () => {
    const long = "x".repeat(50);
    const figure = await plot.bars(
      tableOfSql(`select unnest([null, null, null, 'null', 'null', '', '${long}1', '${long}2']) as v`),
      "v",
    );
    const { ticktext } = figure.layout.yaxis as { ticktext: string[] };
    expect(ticktext).toEqual(["null", '"null"', '""', `${"x".repeat(39)}…`, `${"x".repeat(39)}… (2)`]);
  });

  it("counts the items of lists once a row", async () => {
    const figure = await plot.bars(
      tableOfSql("select unnest([['a', 'a', 'b'], ['b'], [], null]::VARCHAR[][]) as tags"),
      "tags",
    );
    expect(figure.numbers.map(({ name, rows }) => [name, rows])).toEqual([
      ["b", 2],
      ["a", 1],
      [null, 1],
    ]);
    expect(String(figure)).toContain(
      "n = 4 rows\na row counts once for each item of its list; 1 lists are empty",
    );
  });

  it("draws booleans and numbers by value, and refuses structs", async () => {
    const table = await tableOfSql(
      "select i % 2 = 0 as even, i % 3 as rest, {'a': i} as s from range(9) t(i)",
    );
    expect((await plot.bars(table, "even")).numbers.map(({ name, rows }) => [name, rows])).toEqual([
      ["true", 5],
      ["false", 4],
    ]);
    expect((await plot.bars(table, "REST")).numbers.map(({ name }) => name)).toEqual(["0", "1", "2"]);
    await expect(plot.bars(table, "s")).rejects.toThrow(
      /s is STRUCT\(a BIGINT\), expected one plain value a row/,
    );
    await expect(plot.bars(table, "evn")).rejects.toThrow(
      new InputError("plot.bars: no column evn; did you mean even?"),
    );
  });

  it("says so when there are no rows", async () => {
    const { text, svg, plotly } = bundleOf(await plot.bars(tableOfSql("select 'a' as v where false"), "v"));
    for (const form of [text, svg, plotly]) expect(form).toContain("nothing to draw");
  });
});
