/** Live counts and nearest rows against plain SQL over the same rows, on random tables and random bounds. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { countRows } from "../../kernel-lib/explore/count-rows";
import { type LiveRows, liveRows } from "../../kernel-lib/explore/live-rows";
import { loadColumns } from "../../kernel-lib/explore/load-columns";
import { nearestRows } from "../../kernel-lib/explore/nearest-rows";
import { predicateOf } from "../../kernel-lib/explore/policy";
import type { Bounds, Selection, Sketch } from "../../kernel-lib/explore/protocol";
import { rowExcerpts } from "../../kernel-lib/explore/row-excerpts";
import { sketchLoaded } from "../../kernel-lib/explore/sketch";
import { open } from "../../kernel-lib/table/open";
import type { Table } from "../../kernel-lib/table/table";
import { TableFiles } from "../table/table-files";

const ROWS = (seed: number) => `
  select 'key-' || i as row_key, case when i % 31 = 0 then null when i % 37 = 0 then 'nan'::double
      when i % 997 = 0 then 'inf'::double when i % 991 = 0 then '-inf'::double
      else (hash(i, ${seed}) % 100000) / 997.0 - 20 end as score,
    case when i % 43 = 0 then null else (hash(i, 1, ${seed}) % 9)::smallint end as ties,
    exp((hash(i, 5, ${seed}) % 1000) / 100.0)::float as wide, (hash(i, 7) % 1001 / 1000)::decimal(9, 3) as share,
    case when i % 41 = 0 then null else (hash(i, 2) % 5000)::bigint end as stats_approx_tokens,
    case when i % 17 = 0 then null else 'g' || least(hash(i, 3) % 60, hash(i, 4) % 60) end as grp,
    case when i % 19 = 0 then repeat('😀 long ', 400) else 'text ' || i end as text
  from range(8000) t(i)`;

/** A generator of its own: the same bounds in every run. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1664525 + 1013904223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

describe("live counts", () => {
  const files = new TableFiles();
  let table: Table;
  const next = random(7);

  beforeAll(async () => {
    await files.putParquet("data/a.parquet", ROWS(1));
    await files.putParquet("data/b.parquet", ROWS(2));
    table = await open(`${files.root}/data`);
  });
  afterAll(() => files.remove());

  async function inMemory(
    of: Table,
    columns: readonly string[],
  ): Promise<{ sketch: Sketch; rows: LiveRows }> {
    const loaded = await loadColumns(of, { columns, by: "grp" });
    const sketch = await sketchLoaded(loaded, {});
    const rows = await liveRows(loaded, sketch);
    loaded.db.close();
    return { sketch, rows };
  }

  /** Bounds anywhere, at edges, at values that rows have, or none. */
  function bounds({ columns }: Sketch): Selection {
    const of = (edges: readonly number[]) => {
      const kind = next();
      const edge = edges[Math.floor(next() * edges.length)]!;
      if (kind < 0.25) return null;
      if (kind < 0.5) return edge;
      if (kind < 0.6) return Math.floor(edge);
      return edges[0]! + next() * (edges.at(-1)! - edges[0]!) * (next() < 0.5 ? 0.1 : 1);
    };
    const missing = () => (["undecided", "keep", "drop"] as const)[Math.floor(next() * 3)]!;
    return Object.fromEntries(
      columns.map(({ name, edges }): [string, Bounds] => {
        const [a, b] = [of(edges), of(edges)];
        const cross = a !== null && b !== null && a > b;
        return [name, { lower: cross ? b : a, upper: cross ? a : b, nulls: missing(), nans: missing() }];
      }),
    );
  }

  async function expectEqual(
    of: Table,
    { sketch, rows }: { sketch: Sketch; rows: LiveRows },
    selection: Selection,
  ) {
    const counted = countRows(rows, sketch, selection);
    const where = predicateOf(sketch.columns, selection);
    const said = await of
      .sql(
        `select grp, count(*)::double n, coalesce(sum(stats_approx_tokens), 0)::double t from this where ${where} group by grp`,
      )
      .toArray();
    const groups = sketch.groupTotals.map(() => ({ rows: 0, tokens: 0 }));
    for (const { grp, n, t } of said) {
      const at = sketch.groups.indexOf(grp as string | null);
      const group = groups[at < 0 ? sketch.groups.length : at]!;
      group.rows += n as number;
      group.tokens += t as number;
    }
    expect({ where, groups: counted.groups }).toEqual({ where, groups });
    const sum = groups.reduce((a, b) => a + b.rows, 0);
    expect(counted.kept.rows).toBe(sum);
    for (const { name } of sketch.columns) {
      expect(counted.columns[name]!.reduce((a, b) => a + b, 0)).toBe(sum);
    }
  }

  it.each([
    [["score"]],
    [["ties"]],
    [["wide"]],
    [["score", "ties"]],
    [["wide", "share", "score"]],
    [["ties", "share", "score", "wide"]],
  ])("of %j equal SQL for random bounds", async (columns) => {
    const live = await inMemory(table, columns);
    for (let i = 0; i < 25; i++) await expectEqual(table, live, bounds(live.sketch));
  });

  it("fill the histogram of what is kept", async () => {
    const live = await inMemory(table, ["ties", "score"]);
    const open = countRows(live.rows, live.sketch, {
      ties: { lower: null, upper: null, nulls: "keep", nans: "keep" },
      score: { lower: null, upper: null, nulls: "keep", nans: "keep" },
    });
    for (const { name, rows } of live.sketch.columns) expect(open.columns[name]).toEqual(rows);
    const cut = countRows(live.rows, live.sketch, {
      ties: { lower: 3, upper: 5, nulls: "keep", nans: "drop" },
      score: { lower: null, upper: null, nulls: "keep", nans: "keep" },
    });
    const counted = await table
      .sql(
        "select ties, count(*) n from this where ties in (3, 4) or ties is null group by ties order by ties nulls last",
      )
      .toArray();
    expect(cut.columns.ties!.filter((n) => n > 0)).toEqual(counted.map(({ n }) => n));
  });

  it.each([
    ["score", "lower"],
    ["score", "upper"],
    ["ties", "lower"],
    ["ties", "upper"],
  ] as const)("find the rows nearest to a bound of %s, %s", async (column, side) => {
    const live = await inMemory(table, ["score", "ties"]);
    for (let i = 0; i < 10; i++) {
      const selection = bounds(live.sketch);
      const near = nearestRows(live.rows, live.sketch, selection, { column, side });
      const own = selection[column]!;
      const others = predicateOf(
        live.sketch.columns.filter(({ name }) => name !== column),
        selection,
      );
      const inside = [
        `not isnan(${column})`,
        ...(own.lower === null ? [] : [`${column} >= ${own.lower}::double`]),
        ...(own.upper === null ? [] : [`${column} < ${own.upper}::double`]),
      ].join(" and ");
      const bound = own[side];
      const outside = `not isnan(${column}) and ${column} ${side === "lower" ? "<" : ">="} ${bound}::double`;
      const query = (where: string, direction: string) =>
        table
          .sql(
            `select ${column}::double v, row_key k from this where (${where}) and ${others} order by v ${direction}, _file, _row limit 5`,
          )
          .toArray();
      const expected = {
        kept: await query(inside, side === "lower" ? "asc" : "desc"),
        dropped: bound === null ? [] : await query(outside, side === "lower" ? "desc" : "asc"),
      };
      const excerpts = await rowExcerpts(table, live.rows, live.sketch, [...near.kept, ...near.dropped]);
      const found = excerpts.map(({ value, key }) => ({ v: value, k: key }));
      expect({
        selection,
        kept: found.slice(0, near.kept.length),
        dropped: found.slice(near.kept.length),
      }).toEqual({ selection, ...expected });
    }
  });

  it("cut texts and say by how much", async () => {
    const live = await inMemory(table, ["score"]);
    const cut = { score: { lower: 3, upper: null, nulls: "drop", nans: "drop" } } as const;
    const { kept } = nearestRows(live.rows, live.sketch, cut, { column: "score", side: "lower", limit: 400 });
    const excerpts = await rowExcerpts(table, live.rows, live.sketch, kept);
    const long = excerpts.find(({ text }) => text.startsWith("😀"))!;
    expect([[...long.text].length, long.cut]).toEqual([600, 400 * 7 - 600]);
    const short = excerpts.find(({ text }) => text.startsWith("text"))!;
    expect(short).toMatchObject({ text: `text ${short.key.slice(4)}`, cut: 0 });
  });

  it("know rows of a SELECT by their values", async () => {
    const made = table.sql("select row_key, score * 2 as score, grp, text from this where score > 0");
    const live = await inMemory(made, ["score"]);
    expect(live.rows.place).toBe("values");
    const selection = { score: { lower: 7.5, upper: null, nulls: "drop", nans: "drop" } } as const;
    const near = nearestRows(live.rows, live.sketch, selection, { column: "score", side: "lower" });
    const [first] = await rowExcerpts(made, live.rows, live.sketch, near.kept);
    const [row] = await made.sql("select * from this where score >= 7.5 order by score limit 1").toArray();
    expect(first!.value).toBe(row!.score);
    expect(first!.text.length).toBeGreaterThan(0);
  });
});
