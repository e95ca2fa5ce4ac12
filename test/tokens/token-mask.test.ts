import { describe, expect, it } from "vitest";
import { tokenMask } from "../../kernel-lib/tokens/token-mask";

const places = (...ranges: readonly (readonly [number, number])[]) => ({
  starts: ranges.map(([start]) => start),
  ends: ranges.map(([, end]) => end),
});

describe("tokenMask", () => {
  it("counts a token that overlaps a span by a character, and none that only touches it", () => {
    const tokens = places([0, 3], [3, 6], [6, 9], [9, 12], [12, 13]);
    expect([...tokenMask(tokens, [{ start: 5, end: 9 }])]).toEqual([0, 1, 1, 0, 0]);
    expect([
      ...tokenMask(tokens, [
        { start: 0, end: 1 },
        { start: 12, end: 13 },
      ]),
    ]).toEqual([1, 0, 0, 0, 1]);
  });

  it("counts each of the tokens that share a character", () => {
    const tokens = places([0, 1], [1, 3], [1, 3], [1, 3], [3, 4]);
    expect([...tokenMask(tokens, [{ start: 2, end: 3 }])]).toEqual([0, 1, 1, 1, 0]);
  });

  it("counts one token for two spans inside it, and no token without width", () => {
    const tokens = places([0, 0], [0, 10], [10, 12], [0, 0]);
    expect([
      ...tokenMask(tokens, [
        { start: 0, end: 2 },
        { start: 4, end: 5 },
      ]),
    ]).toEqual([0, 1, 0, 0]);
    expect([...tokenMask(places(), [{ start: 0, end: 2 }])]).toEqual([]);
  });
});
