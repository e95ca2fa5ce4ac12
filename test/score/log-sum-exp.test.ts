import { describe, expect, it } from "vitest";
import { LogSoftmax } from "../../kernel-lib/score/log-sum-exp";

/** The definition, in float64. */
function plainNll(logits: ArrayLike<number>, target: number): number {
  const max = Math.max(...Array.from(logits));
  const sum = Array.from(logits).reduce((total, logit) => total + Math.exp(logit - max), 0);
  return max + Math.log(sum) - logits[target]!;
}

const noise = (length: number, scale: number) =>
  Float32Array.from({ length }, (_, i) => scale * Math.sin(i * 12.9898) * Math.cos(i * 0.731));

describe("LogSoftmax", () => {
  it("agrees with the definition for rows of any length, flat and peaked", () => {
    for (const length of [1, 2, 3, 4, 5, 31, 32, 33, 1000, 50_257]) {
      for (const scale of [0, 1, 30, 300]) {
        const logits = noise(length, scale);
        const softmax = new LogSoftmax(length);
        for (const target of [0, length >> 1, length - 1]) {
          const expected = plainNll(logits, target);
          expect(Math.abs(softmax.nll(logits, 0, target) - expected)).toBeLessThan(
            2e-6 * Math.max(1, expected),
          );
        }
      }
    }
  });

  it("reads the row that begins at an offset, and gives 0 to a certain token", () => {
    const logits = Float32Array.of(9, 9, 0, 0, 100, 0, 9);
    const softmax = new LogSoftmax(4);
    expect(softmax.nll(logits, 2, 2)).toBe(0);
    expect(softmax.nll(logits, 2, 0)).toBe(100);
  });

  it("adds up 200,000 equal terms without losing any", () => {
    expect(new LogSoftmax(200_064).nll(new Float32Array(200_064).fill(-3), 0, 7)).toBeCloseTo(
      Math.log(200_064),
      12,
    );
  });

  it("counts −∞ as nothing, and gives no number where the logits are none", () => {
    const { NEGATIVE_INFINITY: no, POSITIVE_INFINITY: all } = Number;
    const softmax = new LogSoftmax(5);
    expect(softmax.nll(Float32Array.of(1, no, 1, no, no), 0, 0)).toBeCloseTo(Math.log(2), 6);
    expect(softmax.nll(Float32Array.of(1, no, 1, no, no), 0, 1)).toBe(all);
    expect(softmax.nll(Float32Array.of(1, 2, Number.NaN, 3, 4), 0, 0)).toBeNaN();
    expect(softmax.nll(Float32Array.of(1, 2, 3, 4, Number.NaN), 0, 0)).toBeNaN();
    expect(softmax.nll(Float32Array.of(1, all, 3, 4, 5), 0, 0)).toBeNaN();
    expect(softmax.nll(Float32Array.of(no, no, no, no, no), 0, 0)).toBeNaN();
  });

  it("decodes float16 bits, subnormal ones too, and float64", () => {
    // 1, −2, 65504, the smallest subnormal 2^−24, 0.333…
    const bits = Uint16Array.of(0x3c00, 0xc000, 0x3555, 0x0001, 0x4248);
    const values = [1, -2, 0.333251953125, 2 ** -24, 3.140625];
    const softmax = new LogSoftmax(5);
    for (let i = 0; i < 5; i++) {
      expect(softmax.nll(bits, 0, i)).toBeCloseTo(plainNll(values, i), 6);
      expect(softmax.nll(Float64Array.from(values), 0, i)).toBeCloseTo(plainNll(values, i), 6);
    }
    expect(softmax.nll(Uint16Array.of(0x7e00, 0, 0, 0, 0), 0, 1)).toBeNaN();
  });
});
