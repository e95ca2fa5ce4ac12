/** The pass that links look-alikes: exact, and linear where all sets are one, or share a band's worth and no more. */
import { describe, expect, it } from "vitest";
import { type JoinModule, joinModule } from "../../kernel-lib/dedup/join-module";
import { jaccard, randomFrom } from "./reference";

/** Groups of the sets, and whether all were looked at within `budget` reads of postings. */
function linked(sets: readonly (readonly number[])[], threshold: number, budget: number) {
  const join: JoinModule = joinModule();
  const numbers = sets.map((set) => {
    const at = join.reserveSet(set.length);
    const hashes = new BigUint64Array(join.memory.buffer, at, set.length);
    set.forEach((member, i) => {
      hashes[i] = BigInt.asUintN(64, BigInt(member) * 0x9e3779b97f4a7c15n);
    });
    return join.addSet(set.length);
  });
  join.beginCrowd(
    sets.length,
    sets.reduce((sum, set) => sum + set.length + 1, 0),
  );
  new Uint32Array(join.memory.buffer, join.crowdSets(), sets.length).set(numbers);
  const isDone = join.linkPass(sets.length, threshold, budget) === 1;
  const answers = new Int32Array(join.memory.buffer, join.crowdAnswers(), sets.length * 2);
  const root = (i: number): number => (answers[2 * i] === i ? i : root(answers[2 * i]!));
  return { isDone, groups: sets.map((_, i) => root(i)) };
}

describe("the link pass", () => {
  it("joins what the definition joins, at several thresholds", () => {
    const random = randomFrom(4);
    for (const threshold of [0.5, 0.7, 0.8, 0.95]) {
      const base = Array.from({ length: 40 }, (_, i) => i);
      const sets = Array.from({ length: 150 }, () => {
        const family = Math.floor(random() * 6) * 1000;
        return base.map((member) =>
          random() < 0.15 ? Math.floor(random() * 1e6) + 10_000 : family + member,
        );
      });
      const { isDone, groups } = linked(sets, threshold, 1e9);
      const parent = sets.map((_, i) => i);
      const root = (i: number): number => (parent[i] === i ? i : root(parent[i]!));
      const plain = sets.map((set) => new Set(set.map(String)));
      sets.forEach((_, b) => {
        for (let a = 0; a < b; a++)
          if (jaccard(plain[a]!, plain[b]!) >= threshold)
            parent[Math.max(root(a), root(b))] = Math.min(root(a), root(b));
      });
      expect([isDone, groups]).toEqual([true, sets.map((_, i) => root(i))]);
    }
  });

  it("reads nothing twice of 20,000 equal sets", () => {
    const sets = Array.from({ length: 20_000 }, () => [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    const { isDone, groups } = linked(sets, 0.8, 0);
    expect([isDone, new Set(groups).size]).toEqual([true, 1]);
  });

  it.each([2_000, 4_000, 20_000])(
    "reads no more than a few places a set of %i that share half of their members",
    (count) => {
      const sets = Array.from({ length: count }, (_, i) => [
        ...Array.from({ length: 10 }, (_, k) => k),
        ...Array.from({ length: 10 }, (_, k) => 1000 + i * 10 + k),
      ]);
      const { isDone, groups } = linked(sets, 0.8, 4 * count);
      expect([isDone, new Set(groups).size]).toEqual([true, count]);
    },
  );

  it("says so when there is more to read than it may", () => {
    // No two are equal, and each shares all but one member with all others.
    const sets = Array.from({ length: 300 }, (_, i) => [
      ...Array.from({ length: 30 }, (_, k) => k),
      1000 + i,
    ]);
    expect(linked(sets, 0.8, 100).isDone).toBe(false);
    expect(linked(sets, 0.8, 1e9)).toEqual({ isDone: true, groups: sets.map(() => 0) });
  });
});
