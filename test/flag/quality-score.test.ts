import { describe, expect, it } from "vitest";
import { qualityScore } from "../../kernel-lib/flag/quality-score";
import { answer, flagRow } from "./flag-rows";

const GOOD =
  "Bread rises because yeast turns sugar into gas while the dough rests. The gluten that formed during kneading holds the " +
  "bubbles like thousands of small balloons, and the warmth of the oven makes them grow once more before the crust sets. A " +
  "dough that is baked too early has few of them and stays dense, while one that waited too long collapses, since the " +
  "net has grown weak. This is why bakers press a finger into the dough: when the dent comes back slowly, it is time. Salt " +
  "slows the yeast, sugar first feeds it and then slows it as well, and cold all but stops it, so that a dough may wait " +
  "overnight in the fridge and taste better for it in the morning.";

const score = async (text: string, params = {}) =>
  (await flagRow(qualityScore, answer(text), params)) as Record<string, number>;

describe("quality score", () => {
  it("ranks an explanation above a fragment, a list of tags, another language and a loop", async () => {
    const good = (await score(GOOD)).quality_score!;
    expect(good).toBeGreaterThan(0.8);
    for (const worse of [
      "No.",
      "bread, dough, yeast, oven",
      "Brot geht auf, weil Hefe Zucker in Gas verwandelt.",
      "bread is good ".repeat(60),
    ]) {
      expect((await score(worse)).quality_score!).toBeLessThan(good - 0.25);
    }
  });

  it("is the weighted mean of its components, each from 0 to 1", async () => {
    const row = await score(GOOD);
    const parts = [
      row.quality_english!,
      row.quality_coherence!,
      row.quality_length!,
      row.quality_complexity!,
    ];
    for (const part of parts) expect(part >= 0 && part <= 1).toBe(true);
    const mean = 0.3 * parts[0]! + 0.3 * parts[1]! + 0.2 * parts[2]! + 0.2 * parts[3]!;
    expect(row.quality_score).toBeCloseTo(mean, 3);
    const alone = await score(GOOD, { english: 0, coherence: 0, length: 2, complexity: 0 });
    expect(alone.quality_score).toBe(alone.quality_length);
  });

  it("is null where there is no answer", async () => {
    const row = await flagRow(qualityScore, [
      ["user", "Hello?"],
      ["assistant", null],
    ]);
    expect(Object.values(row)).toEqual([null, null, null, null, null]);
  });
});
