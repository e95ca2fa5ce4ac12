/** Rows that hang together by similarity, whoever of them would be kept: what must not be torn apart. */
import { findCandidates } from "./candidates";
import { componentsOf, neighborsOf } from "./components";
import { exactRepresentatives } from "./exact-duplicates";
import { type JoinModule, joinModule } from "./join-module";
import { SetArena } from "./near-duplicates";
import { Ranking } from "./rank";
import { RowLines } from "./row-lines";
import type { DedupSettings } from "./settings";
import type { Signatures } from "./signatures";

/** Rows in groups, joined by `unite`; the smallest number of a group stands for it. */
export class RowGroups {
  private readonly parent: Uint32Array;

  constructor(rows: number) {
    this.parent = Uint32Array.from({ length: rows }, (_, row) => row);
  }

  of(row: number): number {
    const { parent } = this;
    let at = row;
    while (parent[at] !== at) at = parent[at]!;
    for (let next = row; next !== at; ) {
      const up = parent[next]!;
      parent[next] = at;
      next = up;
    }
    return at;
  }

  unite(a: number, b: number): void {
    const [p, q] = [this.of(a), this.of(b)];
    this.parent[Math.max(p, q)] = Math.min(p, q);
  }
}

export interface GroupingCounts {
  /** Rows that repeat another row's content. */
  readonly exact: number;
  /** Rows that were joined with others by similarity. */
  readonly near: number;
  /** Rows of crowds too alike to be compared one by one: kept together unseen. */
  readonly unseen: number;
}

/**
 * The threshold at which candidates are looked for: lower than the one they are verified with, so that the prefilter on
 * sketches passes over fewer than 1 in 10^9 pairs at the threshold itself.
 */
const SLACK = 0.1;

/** Places of postings that a crowd may read, for each of its rows. */
const BUDGET = 20_000;

/**
 * Joins rows of equal content, and rows of which a pair reaches the threshold: all pairs that share a band are verified exactly,
 * also those between rows that dedup would drop. Rows that are more alike than can be looked at are joined without.
 */
export function joinSimilar(
  signatures: Signatures,
  settings: DedupSettings,
  groups: RowGroups,
  onProgress: (share: number) => void,
): GroupingCounts {
  const lines = new RowLines(signatures, settings);
  try {
    const representative = exactRepresentatives(signatures, new Ranking(signatures, lines), () => false);
    let exact = 0;
    representative.forEach((stands, row) => {
      if (stands === row) return;
      groups.unite(stands, row);
      exact++;
    });
    if (!settings.near) return { exact, near: 0, unseen: 0 };
    const join = joinModule();
    const takesPart = (row: number) => representative[row] === row && signatures.grams[row]! > 0;
    const loose = { ...settings, threshold: Math.max(0.05, settings.threshold - SLACK) };
    const candidates = findCandidates(join, signatures, loose, takesPart, (share) => onProgress(share / 2));
    const components = componentsOf(candidates, signatures.rows);
    const { starts, list } = neighborsOf(candidates.pairs, signatures.rows);
    const sets = new SetArena(join, lines);
    const joined = new Uint8Array(signatures.rows);
    const link = (a: number, b: number) => {
      groups.unite(a, b);
      joined[a] = joined[b] = 1;
    };
    let unseen = 0;
    components.forEach(({ rows, crowd }, i) => {
      if (i % 4096 === 0) onProgress((1 + i / components.length) / 2);
      sets.hold(rows);
      if (crowd) {
        if (!linkCrowd(join, sets, rows, settings.threshold, link)) unseen += rows.length;
        return;
      }
      for (const row of rows) {
        for (let k = starts[row]!; k < starts[row + 1]!; k++) {
          const other = list[k]!;
          if (other > row || groups.of(other) === groups.of(row)) continue;
          const similarity = join.similarity(sets.of(row), sets.of(other), settings.threshold);
          if (similarity >= settings.threshold) link(other, row);
        }
      }
    });
    return { exact, near: joined.reduce((sum, one) => sum + one, 0), unseen };
  } finally {
    lines.close();
  }
}

/** Joins rows of a crowd that are similar; false where they were all joined because that was too much to look at. */
function linkCrowd(
  join: JoinModule,
  sets: SetArena,
  rows: Uint32Array,
  threshold: number,
  link: (a: number, b: number) => void,
): boolean {
  let postings = 0;
  for (const row of rows) {
    const size = join.setSize(sets.of(row));
    postings += size - Math.ceil(threshold * size - 1e-9) + 1;
  }
  join.beginCrowd(rows.length, postings);
  const members = new Uint32Array(join.memory.buffer, join.crowdSets(), rows.length);
  rows.forEach((row, i) => {
    members[i] = sets.of(row);
  });
  const isSeen = join.linkPass(rows.length, threshold, BUDGET * rows.length) === 1;
  const answers = new Int32Array(join.memory.buffer, join.crowdAnswers(), rows.length * 2).slice();
  rows.forEach((row, i) => {
    const other = isSeen ? answers[2 * i]! : 0;
    if (other !== i) link(rows[other]!, row);
  });
  return isSeen;
}
