import { beforeAll, describe, expect, it } from "vitest";
import { InputError } from "../../kernel-lib/errors";
import { plot } from "../../kernel-lib/plot/plot";
import type { Table } from "../../kernel-lib/table/table";
import { bundleOf, scoresSql, tableOfSql } from "./plot-files";

interface Bin {
  readonly group?: string | null;
  readonly from: number;
  readonly to: number;
  readonly rows: number;
  readonly share: number;
}

let table: Table;
beforeAll(async () => {
  table = await tableOfSql(scoresSql(20_000));
});

/** Rows of a bin counted on their own: between its edges, the upper one only in the last bin. */
async function counted(rows: Table, column: string, bins: readonly Bin[]): Promise<number[]> {
  const last = Math.max(...bins.map(({ to }) => to));
  const counts = bins.map(({ from, to, group }) => {
    const inGroup =
      group === undefined
        ? ""
        : ` and meta_domain is not distinct from ${group === null ? "null" : `'${group}'`}`;
    return `count(*) filter (${column} >= ${from}::double and ${column} ${to === last ? "<=" : "<"} ${to}::double${inGroup})`;
  });
  const [row] = await rows
    .sql(
      `select [${counts.join(", ")}] as n from this where ${column} is null or isfinite(${column}::double)`,
    )
    .toArray();
  return row!.n as number[];
}

describe("plot.histogram", () => {
  it("counts every finite value once, between the edges it states", async () => {
    const figure = await plot.histogram(table, "nll_mean", { bins: 30 });
    const bins = figure.numbers as unknown as Bin[];
    expect(bins.map(({ rows }) => rows)).toEqual(await counted(table, "nll_mean", bins));
    const [facts] = await table
      .sql(
        "select count(*) filter (isfinite(nll_mean)) as used, count(*) filter (nll_mean is null) as nulls, count(*) filter (isnan(nll_mean)) as nans, count(*) filter (isinf(nll_mean)) as infs from this",
      )
      .toArray();
    const { used, nulls, nans, infs } = facts as Record<string, number>;
    expect(bins.reduce((total, { rows }) => total + rows, 0)).toBe(used);
    const note = `n = ${used!.toLocaleString("en-US")} of 20,000 rows; ${nulls} null, ${nans} NaN, ${infs} infinite left out`;
    for (const form of Object.values(bundleOf(figure))) expect(form).toContain(note);
  });

  it("counts by group, null among them, with the group's color", async () => {
    const figure = await plot.histogram(table, "nll_mean", { by: "meta_domain", bins: 20 });
    const bins = figure.numbers as unknown as Bin[];
    expect(new Set(bins.map(({ group }) => group))).toEqual(
      new Set(["math", "code", "safety", "other", null]),
    );
    expect(bins.map(({ rows }) => rows)).toEqual(await counted(table, "nll_mean", bins));
    const lines = figure.data as { name: string; line: { color: string } }[];
    expect(lines.find(({ name }) => name === "math")!.line.color).toBe("#0072b2");
    expect(lines.find(({ name }) => name === "safety")!.line.color).toBe("#a03a3a");
    expect(figure.svg).toContain(">nll_mean (nats per token)</text>");
    expect(figure.svg).toContain(">safety</text>");
    expect(figure.svg).toContain(">rows</text>");
  });

  it("spaces bins by the logarithm and counts what has no place there", async () => {
    const figure = await plot.histogram(table, "nll_mean", { log: true, bins: 25 });
    const bins = figure.numbers as unknown as Bin[];
    const positive = table.filter("nll_mean > 0");
    expect(bins.map(({ rows }) => rows)).toEqual(await counted(positive, "nll_mean", bins));
    const [facts] = await table
      .sql("select count(*) as n from this where nll_mean <= 0 and isfinite(nll_mean)")
      .toArray();
    expect(String(figure)).toContain(
      `, ${(facts!.n as number).toLocaleString("en-US")} not above 0 (log axis) left out`,
    );
    expect(figure.layout.xaxis).toMatchObject({ type: "log" });
    const ratios = bins.map(({ from, to }) => to / from);
    expect(Math.max(...ratios) - Math.min(...ratios)).toBeLessThan(1e-9);
  });

  it("keeps to a range and says what is outside", async () => {
    const figure = await plot.histogram(table, "nll_mean", { range: [0, 1] });
    const [facts] = await table
      .sql(
        "select count(*) filter (nll_mean between 0 and 1) as used, count(*) filter (isfinite(nll_mean) and not (nll_mean between 0 and 1)) as out from this",
      )
      .toArray();
    const { used, out } = facts as Record<string, number>;
    const bins = figure.numbers as unknown as Bin[];
    expect(bins.reduce((total, { rows }) => total + rows, 0)).toBe(used);
    expect(String(figure)).toContain(`${out!.toLocaleString("en-US")} outside 0 – 1 left out`);
  });

  it("compares groups of different size by share", async () => {
    const figure = await plot.histogram(table, "nll_mean", { by: "meta_domain", share: true });
    const sums = new Map<string, number>();
    for (const { group, share } of figure.numbers as unknown as Bin[]) {
      sums.set(String(group), (sums.get(String(group)) ?? 0) + share);
    }
    for (const sum of sums.values()) expect(sum).toBeCloseTo(1, 9);
    expect(figure.svg).toContain("share of the group&#39;s rows (%)");
  });

  it("puts whole numbers in the middle of their bin, and a decimal edge on its decimal", async () => {
    const few = await tableOfSql(
      "select i % 4 as whole, (i % 10) / 10.0::double as tenth from range(100) t(i)",
    );
    const whole = (await plot.histogram(few, "whole")).numbers as unknown as Bin[];
    expect(whole.map(({ from, to, rows }) => [from, to, rows])).toEqual([
      [-0.5, 0.5, 25],
      [0.5, 1.5, 25],
      [1.5, 2.5, 25],
      [2.5, 3.5, 25],
    ]);
    const tenth = (await plot.histogram(few, "tenth", { bins: 10 })).numbers as unknown as Bin[];
    expect(tenth.map(({ from, rows }) => [from, rows])).toEqual([
      ...[0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7].map((from) => [from, 10]),
      [0.8, 20],
    ]);
  });

  it.each([
    ["one value", "select 3.5 as x from range(7)", "n = 7 of 7 rows", 7],
    ["one zero", "select 0::double as x from range(7)", "n = 7 of 7 rows", 7],
    [
      "one huge whole number",
      "select 170141183460469231731687303715884105727::hugeint as x",
      "n = 1 of 1 rows",
      1,
    ],
    [
      "BIGINT beyond 2^53",
      "select 9007199254740993 + i * 1000 as x from range(10) t(i)",
      "n = 10 of 10 rows",
      10,
    ],
    ["DECIMAL", "select (i / 3)::decimal(18, 4) as x from range(10) t(i)", "n = 10 of 10 rows", 10],
    ["the whole range of DOUBLE", "select unnest([-1.7e308, 1.7e308, 0])::double as x", "n = 3 of 3 rows", 3],
    ["tiny numbers", "select i * 1e-300 as x from range(1, 11) t(i)", "n = 10 of 10 rows", 10],
  ])("draws %s", async (_, sql, note, rows) => {
    const figure = await plot.histogram(tableOfSql(sql), "x");
    expect(String(figure)).toContain(note);
    const bins = figure.numbers as unknown as Bin[];
    expect(bins.reduce((total, bin) => total + bin.rows, 0)).toBe(rows);
    expect(bins.length).toBeLessThanOrEqual(120);
    expect(bins.every(({ from, to }) => Number.isFinite(from) && Number.isFinite(to))).toBe(true);
    expect(figure.svg).not.toMatch(/NaN|Infinity/);
  });

  it.each([
    ["no rows", "select 1.5 as x where false", "n = 0 of 0 rows"],
    ["only null", "select null::double as x from range(3)", "n = 0 of 3 rows; 3 null left out"],
    ["only NaN", "select 'nan'::double as x from range(2)", "n = 0 of 2 rows; 2 NaN left out"],
  ])("says so where there is nothing to draw: %s", async (_, sql, note) => {
    const figure = await plot.histogram(tableOfSql(sql), "x");
    for (const form of Object.values(bundleOf(figure))) {
      expect(form).toContain("nothing to draw");
      if (note !== "n = 0 of 0 rows") expect(form).toContain(note);
    }
    expect(figure.numbers).toEqual([]);
  });

  it("names the nearest columns, and what to do with columns of other types", async () => {
    await expect(plot.histogram(table, "nll_maen")).rejects.toThrow(
      new InputError("plot.histogram: no column nll_maen; did you mean nll_mean?"),
    );
    await expect(plot.histogram(table, "split")).rejects.toThrow(
      /split is VARCHAR, expected numbers; draw its values with plot\.bars/,
    );
    await expect(plot.histogram(table, "nll_mean", { by: "domain" })).rejects.toThrow(
      /did you mean meta_domain/,
    );
    await expect(plot.histogram(table, "nll_mean", { bins: 0 })).rejects.toThrow(InputError);
    const odd = await tableOfSql(
      "select [1, 2] as list, true as flag, {'a': 1} as struct, date '2024-01-01' as day",
    );
    await expect(plot.histogram(odd, "list")).rejects.toThrow(
      /list is INTEGER\[\], expected numbers; draw its length/,
    );
    await expect(plot.histogram(odd, "flag")).rejects.toThrow(/flag is BOOLEAN, expected numbers/);
    await expect(plot.histogram(odd, "struct")).rejects.toThrow(/expected numbers; take a part of it/);
    await expect(plot.histogram(odd, "day")).rejects.toThrow(/year\("day"\)/);
  });

  it("gives the same bytes again, and a small page for many rows", async () => {
    const many = await tableOfSql(scoresSql(1_000_000));
    const options = { by: "meta_domain", bins: 100 } as const;
    const [once, again] = [
      await plot.histogram(many, "nll_mean", options),
      await plot.histogram(many, "nll_mean", options),
    ];
    expect(bundleOf(once)).toEqual(bundleOf(again));
    const { plotly, svg, text } = bundleOf(once);
    expect(plotly.length).toBeLessThan(60_000);
    expect(svg.length).toBeLessThan(30_000);
    expect(text.length).toBeLessThan(15_000);
  });
});
