/** Counts over a sketch equal a count over its rows, one by one. */
import { describe, expect, it } from "vitest";
import {
  barHeights,
  Cube,
  edgeAt,
  edgePositions,
  labeledEdges,
  percentilesOf,
  positionOf,
  snap,
  snapMoves,
} from "../../kernel-lib/explore/cube";
import type { Bounds, ColumnSketch, Missing } from "../../kernel-lib/explore/protocol";
import { bruteForce, open } from "./brute-force";
import { COLUMNS, randomRows, sketchOf } from "./sketch-of";

describe("Cube", () => {
  const rows = randomRows(3000);

  it.each([1, 2])("counts over %i columns what the rows say", (width) => {
    const columns = COLUMNS.slice(0, width);
    const sketch = sketchOf(rows, columns, { maxGroups: 4 });
    expect([sketch.groupTotals.length, sketch.others]).toEqual([5, 3]);
    const cube = new Cube(sketch);
    let state = 7;
    const random = (n: number) => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.floor((state / 2 ** 32) * n);
    };
    const decisions: readonly Missing[] = ["undecided", "keep", "drop"];
    for (let i = 0; i < 200; i++) {
      const selection = Object.fromEntries(
        columns.map(({ name, edges }) => {
          const [a, b] = [random(edges.length - 1), random(edges.length - 1)];
          const bounds: Bounds = {
            lower: Math.min(a, b) === 0 ? null : edges[Math.min(a, b)]!,
            upper: edges[Math.max(a, b) + 1]! === edges.at(-1) ? null : edges[Math.max(a, b) + 1]!,
            nulls: decisions[random(3)]!,
            nans: decisions[random(3)]!,
          };
          return [name, bounds];
        }),
      );
      const { kept, groups, columns: cells } = cube.count(selection)!;
      expect({ kept, groups }).toEqual(bruteForce(rows, sketch, selection));
      for (const column of cells) expect(column.reduce((x, y) => x + y, 0)).toBe(kept.rows);
    }
  });

  it("has every row where nothing is bounded and all is kept", () => {
    const sketch = sketchOf(rows, COLUMNS);
    const all = Object.fromEntries(
      COLUMNS.map(({ name }) => [name, { ...open, nulls: "keep", nans: "keep" } as Bounds]),
    );
    const counts = new Cube(sketch).count(all)!;
    expect(counts.kept).toEqual(sketch.total);
    expect(counts.columns).toEqual(sketch.columns.map((column) => column.rows));
  });

  it("does not count more than two columns", () => {
    const three = rows.map(({ values, ...row }) => ({ ...row, values: [...values, values[0]!] }));
    expect(new Cube(sketchOf(three, [...COLUMNS, { ...COLUMNS[0]!, name: "again" }])).count({})).toBeNull();
  });
});

describe("snap", () => {
  const [tokens, percentile] = sketchOf(randomRows(100), COLUMNS).columns as [never, never];

  it.each([
    [
      { lower: 10.4, upper: 89.6 },
      { lower: 10, upper: 90 },
    ],
    [
      { lower: -5, upper: 200 },
      { lower: null, upper: null },
    ],
    [
      { lower: 50.2, upper: 50.1 },
      { lower: 49, upper: 50 },
    ],
    [
      { lower: 100, upper: null },
      { lower: 99, upper: null },
    ],
    [
      { lower: null, upper: -1 },
      { lower: null, upper: 1 },
    ],
  ])("moves %o to %o", (from, to) => {
    expect(snap(percentile, { ...open, ...from })).toEqual({ ...open, ...to });
  });

  it("says whether other rows are kept then", () => {
    const column: ColumnSketch = percentile;
    const moves = (from: Partial<Bounds>) => snapMoves(column, { ...open, ...from });
    expect([moves({ lower: 10, upper: 90 }), moves({ lower: -5, upper: 200 }), moves({})]).toEqual([
      ...[false, false, false],
    ]);
    expect([moves({ lower: 10.4 }), moves({ upper: 89.6 }), moves({ lower: 200, upper: 300 })]).toEqual([
      ...[true, true, true],
    ]);
  });

  it("takes the edge that is nearest by the logarithm where bins are", () => {
    expect(snap(tokens, { ...open, lower: 8000, upper: 15_050 })).toEqual({
      ...open,
      lower: 8192,
      upper: 16384,
    });
  });
});

describe("a column as drawn", () => {
  const [tokens, percentile] = sketchOf(randomRows(100), COLUMNS).columns as [ColumnSketch, ColumnSketch];

  it("stands by the logarithm where bins do", () => {
    expect([1, 256, 4096, 65536, 1e9].map((value) => positionOf(tokens, value))).toEqual([
      0, 0.5, 0.75, 1, 1,
    ]);
    expect(positionOf(percentile, 12.5)).toBeCloseTo(0.125, 12);
    expect(tokens.edges[edgeAt(tokens, 0.49)]).toBe(215);
    expect(tokens.edges[edgeAt(tokens, 0.499)]).toBe(256);
    expect([-1, 0.5, 2].map((at) => edgeAt(percentile, at))).toEqual([0, 50, 100]);
  });

  it("gives a bin of zero a place on a logarithmic axis", () => {
    const column = { ...tokens, edges: [0, 1, 10, 100], rows: [5, 5, 10, 5, 0, 0] };
    expect(edgePositions(column)[0]).toBe(0);
    expect(edgePositions(column)[2]).toBeCloseTo(2 / 3, 12);
    expect(barHeights(column, [5, 0, 5, 0]).map((height) => Number(height.toFixed(6)))).toEqual([
      0.5, 0, 0.5,
    ]);
  });

  it("labels round numbers a step apart, and does not let far values squeeze the others", () => {
    const edges = [...Array.from({ length: 147 }, (_, i) => i * 500), 200_000];
    const column = { ...tokens, log: false, edges, min: 0, max: 180_000, rows: edges.map(() => 1) };
    const labels = labeledEdges(column).map((edge) => edges[edge]);
    expect(labels).toEqual([0, 10_000, 20_000, 30_000, 40_000, 50_000, 60_000, 200_000]);
    const positions = edgePositions(column);
    expect(positions.at(-2)).toBeCloseTo(146 / 148, 10);
    expect(positions[73]! - positions[72]!).toBeCloseTo(1 / 148, 10);
  });
});

describe("percentilesOf", () => {
  it("lies within a bin of the sorted values", () => {
    const values = randomRows(5000).map((row) => row.values[1]!);
    const column = sketchOf(randomRows(5000), COLUMNS).columns[1]!;
    const sorted = values
      .filter((value) => value !== null && !Number.isNaN(value))
      .sort((a, b) => a! - b!) as number[];
    const shares = [0, 0.05, 0.5, 0.95, 1];
    percentilesOf(column, column.rows, shares).forEach((p, i) => {
      expect(Math.abs(p! - sorted[Math.round(shares[i]! * (sorted.length - 1))]!)).toBeLessThanOrEqual(1);
    });
    expect(
      percentilesOf(
        column,
        column.rows.map(() => 0),
        [0.5],
      ),
    ).toEqual([null]);
  });
});
