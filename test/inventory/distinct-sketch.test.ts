import { describe, expect, it } from "vitest";
import {
  DISTINCT_STANDARD_ERROR,
  DistinctSketch,
  EXACT_LIMIT,
} from "../../kernel-lib/inventory/distinct-sketch";

function sketchOf(from: number, to: number, text: (i: number) => string): DistinctSketch {
  const sketch = new DistinctSketch();
  for (let i = from; i < to; i++) sketch.add(text(i));
  return sketch;
}

const long = (i: number) => `${"the same beginning of every value, again and again, ".repeat(3)}${i}`;

describe("DistinctSketch", () => {
  it("is exact up to its limit and an estimate beyond it", () => {
    const sketch = sketchOf(0, EXACT_LIMIT, String);
    for (let i = 0; i < EXACT_LIMIT; i++) sketch.add(String(i));
    expect(sketch.count()).toEqual({ count: EXACT_LIMIT, estimated: false });
    sketch.add("one more");
    expect(sketch.count().estimated).toBe(true);
  });

  it("keeps values of different types apart", () => {
    const sketch = new DistinctSketch();
    sketch.add("1", 2);
    sketch.add("1", 4);
    expect(sketch.count().count).toBe(2);
  });

  it.each([
    ["short", String],
    ["long", long],
    ["not Latin", (i: number) => `длинный текст номер ${i}, ${"и".repeat(60)}`],
  ])("stays within four standard errors of 100,000 %s values", (_, text) => {
    const { count, estimated } = sketchOf(0, 100_000, text).count();
    expect(estimated).toBe(true);
    expect(Math.abs(count - 100_000) / 100_000).toBeLessThan(4 * DISTINCT_STANDARD_ERROR);
  });

  it("gives the same state wherever the values were cut", () => {
    const whole = sketchOf(0, 9000, String);
    for (const cut of [5, 3000, 8990]) {
      const merged = DistinctSketch.fromJson(sketchOf(0, cut, String).toJson());
      merged.merge(DistinctSketch.fromJson(sketchOf(cut - 5, 9000, String).toJson()));
      expect(merged.toJson()).toEqual(whole.toJson());
    }
  });
});
