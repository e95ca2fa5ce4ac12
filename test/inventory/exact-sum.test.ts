import { describe, expect, it } from "vitest";
import { ExactSum } from "../../kernel-lib/inventory/exact-sum";

function sumOf(values: readonly number[]): number {
  const sum = new ExactSum();
  for (const value of values) sum.add(value);
  return sum.value();
}

describe("ExactSum", () => {
  it("rounds once, as Python's math.fsum does", () => {
    expect(sumOf([])).toBe(0);
    expect(sumOf(Array.from({ length: 10 }, () => 0.1))).toBe(1);
    expect(sumOf([1e100, 1, -1e100])).toBe(1);
    expect(sumOf([1, 1e-16, 1e-16, -1])).toBe(2e-16);
  });

  it("does not depend on order or on where the values were cut", () => {
    const values = Array.from({ length: 500 }, (_, i) => Math.sin(i * 7.3) * 10 ** ((i * 13) % 30));
    const forward = sumOf(values);
    expect(sumOf([...values].reverse())).toBe(forward);
    for (const cut of [1, 123, 499]) {
      const [head, tail] = [new ExactSum(), new ExactSum()];
      for (const value of values.slice(0, cut)) head.add(value);
      for (const value of values.slice(cut)) tail.add(value);
      const back = ExactSum.fromJson(JSON.parse(JSON.stringify(head.toJson())));
      back.merge(tail);
      expect(back.value()).toBe(forward);
    }
  });
});
