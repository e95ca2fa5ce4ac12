/** The rank-order pass: a row is dropped only when it is similar to a higher-ranked row that is kept. No chains. */
import { findCandidates } from "./candidates";
import { componentsOf, type Neighbors, neighborsOf } from "./components";
import { type JoinModule, joinModule } from "./join-module";
import type { Ranking } from "./rank";
import type { RowLines } from "./row-lines";
import type { DedupSettings } from "./settings";
import type { Signatures } from "./signatures";

/** A dropped row, the kept row it repeats, and their Jaccard similarity. */
export interface NearDuplicate {
  readonly row: number;
  readonly of: number;
  readonly similarity: number;
}

/** Sets held at a time, in hashes, some 2 MB that stay in the cache; one component that is larger is held whole. */
const ARENA_HASHES = 1 << 18;

export interface NearOptions {
  /** Rows before this one are of earlier runs: they stay, and rank first. */
  readonly firstNew: number;
  /** Other thresholds, all above the run's. */
  readonly whatIf: readonly number[];
  readonly onProgress: (share: number) => void;
}

export interface NearResult {
  readonly duplicates: readonly NearDuplicate[];
  /** Of each threshold asked for: the rows that it would drop. */
  readonly dropped: ReadonlyMap<number, ReadonlySet<number>>;
  /** Pairs of which the similarity was computed exactly, without those of crowds. */
  readonly verified: number;
  /** Rows that were compared as a crowd. */
  readonly crowdRows: number;
}

/** The near duplicates among the rows of `takesPart`. */
export function nearDuplicates(
  signatures: Signatures,
  settings: DedupSettings,
  ranking: Ranking,
  lines: RowLines,
  takesPart: (row: number) => boolean,
  { firstNew, whatIf, onProgress }: NearOptions,
): NearResult {
  const join = joinModule();
  const candidates = findCandidates(join, signatures, settings, takesPart, (share) => onProgress(share / 2));
  const components = componentsOf(candidates, signatures.rows);
  const sets = new SetArena(join, lines);
  const paired = new PairedPass(
    join,
    sets,
    neighborsOf(candidates.pairs, signatures.rows),
    settings.threshold,
  );
  const stricter = whatIf.map((threshold) => ({ threshold, rows: new Set<number>() }));
  const duplicates: NearDuplicate[] = [];
  let crowdRows = 0;
  components.forEach(({ rows, crowd }, i) => {
    if (i % 4096 === 0) onProgress((1 + i / components.length) / 2);
    sets.hold(rows);
    const ranked = Array.from(rows).sort(ranking.compare);
    const pass = (threshold: number, use: (duplicate: NearDuplicate) => void) =>
      crowd
        ? crowdDuplicates(join, threshold, ranked, firstNew, sets).forEach(use)
        : paired.run(ranked, threshold, firstNew, use);
    pass(settings.threshold, (duplicate) => duplicates.push(duplicate));
    for (const { threshold, rows: dropped } of stricter) pass(threshold, ({ row }) => dropped.add(row));
    if (crowd) crowdRows += ranked.length;
  });
  return {
    duplicates,
    dropped: new Map(stricter.map(({ threshold, rows }) => [threshold, rows])),
    verified: paired.computed,
    crowdRows,
  };
}

/** The pass over the candidates of each row. */
class PairedPass {
  /** Pairs of which the similarity was computed. */
  computed = 0;
  /** Beside `neighbors.list`: the similarity, -1 below the run's threshold, -2 unknown. */
  private readonly known: Float64Array;
  private readonly place: Uint32Array;
  private readonly isDropped: Uint8Array;

  constructor(
    private readonly join: JoinModule,
    private readonly sets: SetArena,
    private readonly neighbors: Neighbors,
    private readonly threshold: number,
  ) {
    this.known = new Float64Array(neighbors.list.length).fill(-2);
    this.place = new Uint32Array(neighbors.starts.length);
    this.isDropped = new Uint8Array(neighbors.starts.length);
  }

  /** Going down `ranked`, each row is compared with its kept neighbors, the highest-ranked first. */
  run(
    ranked: readonly number[],
    threshold: number,
    firstNew: number,
    use: (duplicate: NearDuplicate) => void,
  ): void {
    const { place, isDropped } = this;
    const { starts, list } = this.neighbors;
    for (let i = 0; i < ranked.length; i++) {
      place[ranked[i]!] = i;
      isDropped[ranked[i]!] = 0;
    }
    const better: number[] = [];
    for (let i = 0; i < ranked.length; i++) {
      const row = ranked[i]!;
      if (row < firstNew) continue;
      better.length = 0;
      for (let k = starts[row]!; k < starts[row + 1]!; k++) {
        const other = list[k]!;
        if (place[other]! < i && isDropped[other] === 0) better.push(k);
      }
      if (better.length > 1) better.sort((a, b) => place[list[a]!]! - place[list[b]!]!);
      for (const k of better) {
        const similarity = this.similarity(row, k);
        if (similarity < threshold) continue;
        isDropped[row] = 1;
        use({ row, of: list[k]!, similarity });
        break;
      }
    }
  }

  private similarity(row: number, k: number): number {
    if (this.known[k] === -2) {
      this.computed++;
      const other = this.neighbors.list[k]!;
      this.known[k] = this.join.similarity(this.sets.of(row), this.sets.of(other), this.threshold);
    }
    return this.known[k]!;
  }
}

/** Shingle sets of the rows in hand. */
export class SetArena {
  private readonly sets = new Map<number, number>();
  private held = 0;
  private memory: Uint8Array;

  constructor(
    private readonly join: JoinModule,
    private readonly lines: RowLines,
  ) {
    this.memory = new Uint8Array(join.memory.buffer);
  }

  /** The rows' sets are there; others may be forgotten. */
  hold(rows: Iterable<number>): void {
    if (this.held > ARENA_HASHES) {
      this.join.clearSets();
      this.sets.clear();
      this.held = 0;
    }
    for (const row of rows) {
      const { bytes, count } = this.lines.grams(row);
      const at = this.join.reserveSet(count);
      if (this.memory.buffer !== this.join.memory.buffer)
        this.memory = new Uint8Array(this.join.memory.buffer);
      this.memory.set(bytes, at);
      this.sets.set(row, this.join.addSet(count));
      this.held += count;
    }
  }

  of(row: number): number {
    return this.sets.get(row)!;
  }
}

/** Sets of one call: code that V8 has optimized meanwhile runs from the next call on, and is three times as fast. */
const CROWD_STEP = 256;

function crowdDuplicates(
  join: JoinModule,
  threshold: number,
  ranked: readonly number[],
  firstNew: number,
  sets: SetArena,
): NearDuplicate[] {
  let postings = 0;
  for (const row of ranked) {
    const size = join.setSize(sets.of(row));
    postings += size - Math.ceil(threshold * size - 1e-9) + 1;
  }
  join.beginCrowd(ranked.length, postings);
  const members = new Uint32Array(join.memory.buffer, join.crowdSets(), ranked.length);
  ranked.forEach((row, i) => {
    members[i] = sets.of(row);
  });
  const fixed = ranked.filter((row) => row < firstNew).length;
  join.orderCrowd(ranked.length, threshold);
  for (let from = 0; from < ranked.length; from += CROWD_STEP)
    join.crowdPass(from, Math.min(from + CROWD_STEP, ranked.length), threshold, fixed);
  const answers = new Int32Array(join.memory.buffer, join.crowdAnswers(), ranked.length * 2).slice();
  const found: NearDuplicate[] = [];
  ranked.forEach((row, i) => {
    const of = answers[2 * i]!;
    if (of < 0) return;
    const both = answers[2 * i + 1]!;
    const all = join.setSize(sets.of(row)) + join.setSize(sets.of(ranked[of]!)) - both;
    found.push({ row, of: ranked[of]!, similarity: both / all });
  });
  return found;
}
