/** Candidates as a graph: the neighbors of each row, and the rows that hang together. In flat arrays: there may be millions. */
import type { Candidates, PairSet } from "./candidates";

/** Rows of one component, and whether a crowded bucket is among what joins them. */
export interface Component {
  readonly rows: Uint32Array;
  readonly crowd: boolean;
}

/** The candidates of row `r` are `list` from `starts[r]` to before `starts[r + 1]`. */
export interface Neighbors {
  readonly starts: Uint32Array;
  readonly list: Uint32Array;
}

export function neighborsOf(pairs: PairSet, rows: number): Neighbors {
  const starts = new Uint32Array(rows + 2);
  pairs.forEach((a, b) => {
    starts[a + 2]!++;
    starts[b + 2]!++;
  });
  for (let i = 2; i < starts.length; i++) starts[i]! += starts[i - 1]!;
  const list = new Uint32Array(pairs.size * 2);
  pairs.forEach((a, b) => {
    list[starts[a + 1]!++] = b;
    list[starts[b + 1]!++] = a;
  });
  return { starts, list };
}

/** Rows that hang together by candidates, in order of their first row. */
export function componentsOf({ pairs, crowded }: Candidates, rows: number): Component[] {
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
  const sizes = new Uint32Array(rows);
  for (let row = 0; row < rows; row++) if (parent[row] !== -1) sizes[root(row)]!++;
  const places = new Map<number, number>();
  const found: { rows: Uint32Array; crowd: boolean; filled: number }[] = [];
  for (let row = 0; row < rows; row++) {
    if (parent[row] === -1) continue;
    const at = root(row);
    if (at === row) {
      places.set(at, found.length);
      found.push({ rows: new Uint32Array(sizes[at]!), crowd: crowds.has(at), filled: 0 });
    }
    const component = found[places.get(at)!]!;
    component.rows[component.filled++] = row;
  }
  return found;
}
