import { describe, expect, it } from "vitest";
import { Random } from "../../kernel-lib/demo/random";
import { encodeRow } from "../../kernel-lib/demo/shape";
import { MATH_SHAPES } from "../../kernel-lib/demo/shapes-math";

/** Mean accuracy of a condition over 600 rows of a split. */
function meanAccuracy(split: string, condition: string): number {
  const shape = MATH_SHAPES.find(({ name }) => name === split)!;
  const accuracies: number[] = [];
  for (let i = 0; i < 600; i++) {
    const row = JSON.parse(encodeRow(shape.build(new Random(9, split, i)))) as {
      metadata: Record<string, { count: number; pass: number; accuracy: number }>;
    };
    const block = row.metadata[condition];
    if (block) accuracies.push(block.accuracy);
  }
  return accuracies.reduce((sum, accuracy) => sum + accuracy, 0) / accuracies.length;
}

describe("math splits", () => {
  it("have pass rates that fall with difficulty and rise with effort and tools", () => {
    const at = (split: string) => meanAccuracy(split, "reason_medium_no_tool");
    expect(at("low_math")).toBeGreaterThan(at("medium_math") + 0.1);
    expect(at("medium_math")).toBeGreaterThan(at("high_math") + 0.1);
    const of = (condition: string) => meanAccuracy("high_math", condition);
    expect(of("reason_high_with_tool")).toBeGreaterThan(of("reason_high_no_tool") + 0.05);
    expect(of("reason_high_no_tool")).toBeGreaterThan(of("reason_low_no_tool") + 0.1);
  });

  it("write accuracies with a point, as Python does", () => {
    const shape = MATH_SHAPES[0]!;
    const lines = Array.from({ length: 200 }, (_, i) =>
      encodeRow(shape.build(new Random(9, "point", i))),
    ).join("\n");
    expect(lines).toContain('"accuracy": 1.0}');
    expect(lines).not.toMatch(/"accuracy": \d+[,}]/);
  });
});
