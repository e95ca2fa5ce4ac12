/** Rows that may be near duplicates: those of a bucket whose sketches agree enough, and whole crowded buckets. */
import type { JoinModule } from "./join-module";
import { leastAgreement } from "./lsh-theory";
import type { DedupSettings } from "./settings";
import type { Signatures } from "./signatures";

/** Buckets of more rows are not paired: their rows go through the crowd's pass, which does not look at all pairs. */
export const CROWD = 48;

export interface Candidates {
  /** Pairs of rows, each once: smaller row, larger row. */
  readonly pairs: PairSet;
  /** Rows of crowded buckets: (a row of the bucket, row). */
  readonly crowded: PairSet;
}

/** Candidates among the rows of `takesPart`. */
export function findCandidates(
  join: JoinModule,
  signatures: Signatures,
  settings: DedupSettings,
  takesPart: (row: number) => boolean,
  onProgress: (share: number) => void,
): Candidates {
  const { rows } = signatures;
  const { bands, hashes, threshold } = settings;
  join.reserveRows(rows, hashes);
  signatures.sketches(hashes, view(join, join.rowBytes(), rows * hashes));
  const flags = view(join, join.rowFlags(), rows);
  for (let row = 0; row < rows; row++) flags[row] = takesPart(row) ? 1 : 0;
  const least = leastAgreement(threshold, hashes);
  const pairs = new PairSet();
  const crowded = new PairSet();
  for (let band = 0; band < bands; band++) {
    onProgress(band / bands);
    signatures.band(band, view(join, join.bandKeyColumn(), rows * 8));
    join.fillBand();
    for (let found = join.bucketPairs(least, CROWD); found > 0; found = join.bucketPairs(least, CROWD))
      pairs.addAll(new Uint32Array(join.memory.buffer, join.pairBuffer(), found * 2));
    for (let found = join.crowdedRows(CROWD); found > 0; found = join.crowdedRows(CROWD))
      crowded.addAll(new Uint32Array(join.memory.buffer, join.pairBuffer(), found * 2));
  }
  return { pairs, crowded };
}

function view(join: JoinModule, at: number, length: number): Uint8Array {
  return new Uint8Array(join.memory.buffer, at, length);
}

/** A set of pairs of row numbers. */
export class PairSet {
  private table = new Uint32Array(1 << 17);
  private mask = (1 << 16) - 1;
  size = 0;

  addAll(pairs: Uint32Array): void {
    for (let i = 0; i < pairs.length; i += 2) this.add(pairs[i]!, pairs[i + 1]!);
  }

  add(a: number, b: number): void {
    if (this.size * 2 > this.mask) this.grow();
    for (let slot = slotOf(a, b) & this.mask; ; slot = (slot + 1) & this.mask) {
      // Numbers are stored plus one: 0 is an empty slot.
      const held = this.table[2 * slot]!;
      if (held === a + 1 && this.table[2 * slot + 1] === b) return;
      if (held !== 0) continue;
      this.table[2 * slot] = a + 1;
      this.table[2 * slot + 1] = b;
      this.size++;
      return;
    }
  }

  /** In no particular order. */
  forEach(use: (a: number, b: number) => void): void {
    for (let i = 0; i < this.table.length; i += 2)
      if (this.table[i] !== 0) use(this.table[i]! - 1, this.table[i + 1]!);
  }

  private grow(): void {
    const before = this.table;
    this.table = new Uint32Array(before.length * 2);
    this.mask = this.mask * 2 + 1;
    this.size = 0;
    for (let i = 0; i < before.length; i += 2) if (before[i] !== 0) this.add(before[i]! - 1, before[i + 1]!);
  }
}

function slotOf(a: number, b: number): number {
  const mixed = Math.imul(a ^ Math.imul(b, 0x9e3779b1), 0x85ebca6b);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}
