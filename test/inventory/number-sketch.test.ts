import { describe, expect, it } from "vitest";
import {
  binEdges,
  EXACT_VALUES,
  NumberSketch,
  RELATIVE_ERROR,
} from "../../kernel-lib/inventory/number-sketch";

function sketchOf(values: readonly number[]): NumberSketch {
  const sketch = new NumberSketch();
  for (const value of values) sketch.add(value);
  return sketch;
}

describe("NumberSketch", () => {
  it("is exact for few different values", () => {
    const summary = sketchOf([4, 1, 3, 2]).summary();
    expect(summary).toMatchObject({ min: 1, max: 4, mean: 2.5, median: 2.5, exact: true });
    expect(summary!.p95).toBeCloseTo(3.85, 12);
    expect(summary!.std).toBeCloseTo(1.2909944487358056, 12);
    expect(summary!.histogram.counts.reduce((a, b) => a + b)).toBe(4);
  });

  it("has no summary without values and ignores what is not finite", () => {
    expect(sketchOf([]).summary()).toBeNull();
    expect(sketchOf([Number.POSITIVE_INFINITY, 5]).summary()).toMatchObject({
      min: 5,
      max: 5,
      mean: 5,
      std: 0,
    });
  });

  it("does not let huge numbers spoil the sums", () => {
    expect(sketchOf([1e300, 1e300, 1]).summary()).toMatchObject({
      min: 1,
      max: 1e300,
      mean: null,
      std: null,
    });
  });

  it("keeps quantiles within the stated error, extremes and mean exact, for many different values", () => {
    const values = Array.from({ length: 20_000 }, (_, i) => ((i * 7919) % 20_000) - 4000 + 0.5);
    const sorted = [...values].sort((a, b) => a - b);
    const summary = sketchOf(values).summary()!;
    expect(summary.exact).toBe(false);
    expect(summary.min).toBe(sorted[0]);
    expect(summary.max).toBe(sorted.at(-1));
    expect(summary.mean).toBe(values.reduce((a, b) => a + b) / values.length);
    for (const [got, q] of [
      [summary.median, 0.5],
      [summary.p95, 0.95],
    ] as const) {
      const truth = sorted[Math.floor((values.length - 1) * q)]!;
      expect(Math.abs(got - truth) / truth).toBeLessThanOrEqual(RELATIVE_ERROR * 1.01);
    }
    expect(summary.histogram.counts.reduce((a, b) => a + b)).toBe(values.length);
  });

  it("gives the same state wherever the values were cut", () => {
    const values = Array.from({ length: 3 * EXACT_VALUES }, (_, i) => Math.cos(i) * 10 ** (i % 9));
    const whole = sketchOf(values);
    for (const cut of [1, 100, EXACT_VALUES, 3000]) {
      const merged = NumberSketch.fromJson(
        JSON.parse(JSON.stringify(sketchOf(values.slice(0, cut)).toJson())),
      );
      merged.merge(NumberSketch.fromJson(sketchOf(values.slice(cut)).toJson()));
      expect(merged.summary()).toEqual(whole.summary());
      expect(merged.doublings()).toEqual(whole.doublings());
    }
  });

  it("counts between powers of two", () => {
    expect(sketchOf([3, 4, 5, 9]).doublings()).toEqual({ counts: [1, 2, 1], edges: [2, 4, 8, 16] });
    expect(sketchOf([0, 1]).doublings()).toEqual({ counts: [1, 1], edges: [0, 1, 2] });
    expect(sketchOf([-1, 4]).doublings()).toBeNull();
  });
});

describe("binEdges", () => {
  it("cuts integers into whole steps as the Hub's viewer does", () => {
    expect(binEdges(0, 1, true)).toEqual([0, 1, 1]);
    expect(binEdges(0, 12, true)).toEqual([0, 2, 4, 6, 8, 10, 12, 12]);
    expect(binEdges(-10, 15, true)).toEqual([-10, -7, -4, -1, 2, 5, 8, 11, 14, 15]);
    expect(binEdges(7, 7, true)).toEqual([7, 7]);
  });

  it("cuts fractions into ten equal bins", () => {
    expect(binEdges(0, 10, false)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });
});
