/** percentile_within_split against a computation that anybody can read. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Db, quoteText } from "../../kernel-lib/db";
import { percentileWithinSplit } from "../../kernel-lib/score/percentile";
import { open } from "../../kernel-lib/table/open";
import { temporaryFolder } from "../run/run-cli";

interface Scored {
  readonly n: number;
  readonly dataset: string;
  readonly subset: string;
  readonly split: string;
  readonly nll_mean: number | null;
}

/** Few different scores, so that many are equal; some rows have none, and one split has none at all. */
function drawn(seed: number, rows: number): Scored[] {
  let state = seed;
  const next = (below: number) => {
    state = (state * 1664525 + 1013904223) % 2 ** 32;
    return Math.floor((state / 2 ** 32) * below);
  };
  return Array.from({ length: rows }, (_, n) => {
    const split = ["train", "test", "empty"][next(3)]!;
    const value = next(7) === 0 || split === "empty" ? null : next(12) / 7;
    return { n, dataset: `d${next(2)}`, subset: "default", split, nll_mean: value };
  });
}

function naive(rows: readonly Scored[], row: Scored): number | null {
  const mine = row.nll_mean;
  if (mine === null) return null;
  const same = rows.filter(
    (other) => other.dataset === row.dataset && other.subset === row.subset && other.split === row.split,
  );
  const scores = same.flatMap(({ nll_mean }) => (nll_mean === null ? [] : [nll_mean]));
  const smaller = scores.filter((score) => score < mine).length;
  const equal = scores.filter((score) => score === mine).length;
  return (100 * (smaller + 0.5 * equal)) / scores.length;
}

describe("percentileWithinSplit", () => {
  const folder = temporaryFolder();
  const write = async (name: string, rows: readonly Scored[]) => {
    mkdirSync(folder, { recursive: true });
    const path = join(folder, name);
    const db = await Db.open({ threads: 1 });
    const values = rows.map(
      ({ n, dataset, subset, split, nll_mean }) =>
        `(${n}, '${dataset}', '${subset}', '${split}', ${nll_mean === null ? "null" : `${nll_mean}::double`})`,
    );
    await db.run(
      `copy (select * from (values ${values.join(",")}) t(n, dataset, subset, split, nll_mean)) to ${quoteText(path)} (format parquet)`,
    );
    db.close();
    return await open(path);
  };

  it.each([1, 2, 3, 4, 5])("is the mean rank among the scored rows of the split (draw %i)", async (seed) => {
    const rows = drawn(seed, 40 * seed * seed);
    const ranked = percentileWithinSplit(await write(`${seed}.parquet`, rows));
    const found = await ranked.sql("select n, percentile_within_split as p from this order by n").toArray();
    expect(found.map(({ p }) => p)).toEqual(rows.map((row) => naive(rows, row)));
    // The mean of the percentiles of a split is 50 whatever the scores are.
    const means = await ranked
      .sql("select avg(percentile_within_split) as p from this group by dataset, split having p is not null")
      .toArray();
    for (const { p } of means) expect(p).toBeCloseTo(50, 9);
  });

  it("takes another column, other groups and another name, and replaces a column of that name", async () => {
    const rows = drawn(9, 50);
    const table = (await write("again.parquet", rows)).sql(
      "select *, -nll_mean as worth, 1.5 as Rank from this",
    );
    const ranked = percentileWithinSplit(table, { column: "worth", by: [], as: "rank" });
    expect((await ranked.schema).map(({ name }) => name)).toEqual([
      ...["n", "dataset", "subset", "split", "nll_mean", "worth", "rank"],
    ]);
    const all = rows.map((row) => ({ ...row, dataset: "", split: "" }));
    const found = await ranked.sql("select n, rank from this order by n").toArray();
    const mirrored = all.map((row) => ({ ...row, nll_mean: row.nll_mean === null ? null : -row.nll_mean }));
    expect(found.map(({ rank }) => rank)).toEqual(mirrored.map((row) => naive(mirrored, row)));
  });
});
