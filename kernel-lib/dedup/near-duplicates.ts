/** The rank-order pass: a row is dropped only when it is similar to a higher-ranked row that is kept. No chains. */
import { type Candidates, findCandidates } from "./candidates";
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

/** Sets held at a time, in hashes; one component that is larger is held whole. */
const ARENA_HASHES = 1 << 24;

export interface NearOptions {
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
  { whatIf, onProgress }: NearOptions,
): NearResult {
  const join = joinModule();
  const candidates = findCandidates(join, signatures, settings, takesPart, (share) => onProgress(share / 2));
  const components = connected(candidates, signatures.rows);
  const sets = new SetArena(join, lines);
  const similarities = new Similarities(join, sets, settings.threshold);
  const stricter = whatIf.map((threshold) => ({ threshold, rows: new Set<number>() }));
  const duplicates: NearDuplicate[] = [];
  let crowdRows = 0;
  components.forEach(({ rows, crowd, neighbors }, i) => {
    if (i % 1024 === 0) onProgress((1 + i / components.length) / 2);
    sets.hold(rows);
    const ranked = rows.length === 2 ? rows : Array.from(rows);
    ranked.sort(ranking.compare);
    const pass = (threshold: number) =>
      crowd
        ? crowdDuplicates(join, threshold, ranked, sets)
        : pairedDuplicates(ranked, neighbors, similarities, threshold);
    duplicates.push(...pass(settings.threshold));
    for (const each of stricter) for (const { row } of pass(each.threshold)) each.rows.add(row);
    if (crowd) crowdRows += ranked.length;
    similarities.forget();
  });
  return {
    duplicates,
    dropped: new Map(stricter.map(({ threshold, rows }) => [threshold, rows])),
    verified: similarities.computed,
    crowdRows,
  };
}

/** Exact similarities of pairs of one component, each computed once. */
class Similarities {
  computed = 0;
  private readonly known = new Map<number, Map<number, number>>();

  constructor(
    private readonly join: JoinModule,
    private readonly sets: SetArena,
    private readonly threshold: number,
  ) {}

  /** The similarity of two rows, or -1 where it is below the run's threshold. */
  of(row: number, other: number): number {
    let mine = this.known.get(row);
    if (!mine) {
      mine = new Map();
      this.known.set(row, mine);
    }
    let similarity = mine.get(other);
    if (similarity === undefined) {
      this.computed++;
      similarity = this.join.similarity(this.sets.of(row), this.sets.of(other), this.threshold);
      mine.set(other, similarity);
    }
    return similarity;
  }

  forget(): void {
    this.known.clear();
  }
}

/** Going down `ranked`, each row is compared with its kept neighbors, the highest-ranked first. */
function pairedDuplicates(
  ranked: readonly number[],
  neighbors: ReadonlyMap<number, readonly number[]>,
  similarities: Similarities,
  threshold: number,
): NearDuplicate[] {
  const found: NearDuplicate[] = [];
  const order = new Map(ranked.map((row, i) => [row, i]));
  const dropped = new Set<number>();
  for (const row of ranked) {
    const mine = order.get(row)!;
    const better = neighbors.get(row)!.filter((other) => order.get(other)! < mine && !dropped.has(other));
    if (better.length > 1) better.sort((a, b) => order.get(a)! - order.get(b)!);
    for (const other of better) {
      const similarity = similarities.of(row, other);
      if (similarity < threshold) continue;
      dropped.add(row);
      found.push({ row, of: other, similarity });
      break;
    }
  }
  return found;
}

/** Shingle sets of the rows in hand. */
class SetArena {
  private readonly sets = new Map<number, number>();
  private held = 0;

  constructor(
    private readonly join: JoinModule,
    private readonly lines: RowLines,
  ) {}

  /** The rows' sets are there; others may be forgotten. */
  hold(rows: readonly number[]): void {
    if (this.held > ARENA_HASHES) {
      this.join.clearSets();
      this.sets.clear();
      this.held = 0;
    }
    for (const row of rows) {
      const { bytes, count } = this.lines.grams(row);
      const at = this.join.reserveSet(count);
      new Uint8Array(this.join.memory.buffer).set(bytes, at);
      this.sets.set(row, this.join.addSet(count));
      this.held += count;
    }
  }

  of(row: number): number {
    return this.sets.get(row)!;
  }
}

function crowdDuplicates(
  join: JoinModule,
  threshold: number,
  ranked: readonly number[],
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
  join.crowdPass(ranked.length, threshold);
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

interface Component {
  /** In order. */
  readonly rows: number[];
  /** A crowded bucket is among what joins them. */
  readonly crowd: boolean;
  /** The candidates of each row; empty for crowds. */
  readonly neighbors: ReadonlyMap<number, readonly number[]>;
}

/** Rows that hang together by candidates, in order of their first row. */
function connected({ pairs, crowded }: Candidates, rows: number): Component[] {
  const parent = new Int32Array(rows).fill(-1);
  const root = (row: number): number => {
    let at = row;
    while (parent[at] !== at) at = parent[at]!;
    for (let next = row; next !== at; ) {
      const up = parent[next]!;
      parent[next] = at;
      next = up;
    }
    return at;
  };
  const unite = (a: number, b: number) => {
    if (parent[a] === -1) parent[a] = a;
    if (parent[b] === -1) parent[b] = b;
    const [p, q] = [root(a), root(b)];
    if (p !== q) parent[Math.max(p, q)] = Math.min(p, q);
  };
  pairs.forEach(unite);
  crowded.forEach(unite);
  const crowds = new Set<number>();
  crowded.forEach((a) => {
    crowds.add(root(a));
  });
  const found = new Map<number, { rows: number[]; crowd: boolean; neighbors: Map<number, number[]> }>();
  for (let row = 0; row < rows; row++) {
    if (parent[row] === -1) continue;
    const at = root(row);
    const component = found.get(at);
    if (component) component.rows.push(row);
    else found.set(at, { rows: [row], crowd: crowds.has(at), neighbors: new Map() });
  }
  const link = (neighbors: Map<number, number[]>, a: number, b: number) => {
    const list = neighbors.get(a);
    if (list) list.push(b);
    else neighbors.set(a, [b]);
  };
  pairs.forEach((a, b) => {
    const { neighbors, crowd } = found.get(root(a))!;
    if (crowd) return;
    link(neighbors, a, b);
    link(neighbors, b, a);
  });
  return [...found.values()];
}
