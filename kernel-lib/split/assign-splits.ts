/** Groups of rows to the sides of a split: seeded, deterministic, as near to the shares as whole groups allow. */

/** Rows that stay together. */
export interface RowGroup {
  /** The smallest row_key: what the seed is mixed with. */
  readonly key: string;
  readonly rows: number;
  /** The stratum that most of its rows are of. */
  readonly stratum: string;
}

/** Side of what no other side takes. */
export const REST = "train";

export type Shares = Readonly<Record<string, number>>;

/**
 * The side of each group. In the order of their seeded hashes groups go to the first side that has room for all their rows within the
 * stratum; what fits nowhere is `train`. No side gets more than its share of a stratum, rounded; it gets less only where the
 * groups left are too large. The same for the same groups and seed, in any order.
 */
export function assignSplits(groups: readonly RowGroup[], shares: Shares, seed: number): readonly string[] {
  const room = new Map<string, Map<string, number>>();
  for (const { rows, stratum } of groups) {
    const sides = room.get(stratum) ?? new Map<string, number>();
    room.set(stratum, sides.set(REST, (sides.get(REST) ?? 0) + rows));
  }
  for (const sides of room.values()) {
    const all = sides.get(REST)!;
    sides.delete(REST);
    for (const [side, share] of Object.entries(shares)) sides.set(side, Math.round(share * all));
  }
  const order = groups
    .map((group, i) => ({ i, group, at: seededHash(seed, group.key) }))
    .sort((a, b) => a.at - b.at || (a.group.key < b.group.key ? -1 : 1));
  const sideOf = new Array<string>(groups.length).fill(REST);
  for (const { i, group } of order) {
    const sides = room.get(group.stratum)!;
    for (const [side, left] of sides) {
      if (left < group.rows) continue;
      sides.set(side, left - group.rows);
      sideOf[i] = side;
      break;
    }
  }
  return sideOf;
}

/** 53 bits of seed and key, evenly spread (cyrb53's two multiplied lanes, mixed as MurmurHash3 does). */
export function seededHash(seed: number, key: string): number {
  let [a, b] = [0xdeadbeef ^ seed, 0x41c6ce57 ^ Math.imul(seed + 1, 0x9e3779b1)];
  for (let i = 0; i < key.length; i++) {
    const unit = key.charCodeAt(i);
    a = Math.imul(a ^ unit, 2654435761);
    b = Math.imul(b ^ unit, 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  return 4294967296 * (2097151 & b) + (a >>> 0);
}
