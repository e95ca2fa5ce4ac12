import { describe, expect, it } from "vitest";
import { wordProblem } from "../../kernel-lib/demo/arithmetic";
import { Random } from "../../kernel-lib/demo/random";

/** The value of a Python expression of numbers, + - * // % ** and math.comb. */
function value(expression: string): number {
  const script = expression
    .replaceAll("//", "/")
    .replace(/math\.comb\((\d+), (\d+)\)/, (_, n: string, k: string) => {
      let ways = 1;
      for (let i = 0; i < Number(k); i++) ways = (ways * (Number(n) - i)) / (i + 1);
      return String(ways);
    });
  if (!/^[\d+\-*/%() ]+$/.test(script)) throw new Error(`not arithmetic: ${script}`);
  return Number(new Function(`return ${script}`)());
}

describe("wordProblem", () => {
  it("gives true solutions", () => {
    const topics = new Set<string>();
    for (let i = 0; i < 2000; i++) {
      const problem = wordProblem(new Random(3, "problem", i), (i % 11) / 10);
      topics.add(problem.topic);
      for (const [expression, result] of problem.expressions) {
        expect([expression, value(expression)]).toEqual([expression, result]);
      }
      expect(String(problem.expressions.at(-1)![1])).toBe(problem.answer);
      expect(problem.steps.at(-1)).toContain(problem.answer);
    }
    expect(topics.size).toBe(9);
  });

  it("asks harder questions the higher the hardness", () => {
    const hard = (hardness: number) => {
      let count = 0;
      for (let i = 0; i < 1000; i++) {
        const { topic } = wordProblem(new Random(4, "problem", i), hardness);
        if (/number theory|series|algebra|counting/.test(topic)) count++;
      }
      return count;
    };
    expect(hard(0)).toBe(0);
    expect(hard(0.5)).toBeGreaterThan(250);
    expect(hard(1)).toBeGreaterThan(600);
  });
});
