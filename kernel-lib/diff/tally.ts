/** Rows and tokens by direction: what a task counts, and what is added up over tasks. Plain JSON. */

export interface Tally {
  rows: number;
  /** Rows by direction. */
  readonly directions: number[];
  /** Tokens by direction; 0 where no column says how many. */
  readonly tokens: number[];
  /** Rows by value of the grouping column (null: no value) and direction; null once there are too many values. */
  by: [value: string | null, directions: number[]][] | null;
  /** Rows by range of tokens and direction; the last line is rows without a number. */
  readonly ranges: number[][];
}

/** More values than this are no breakdown that anybody reads. */
export const MOST_VALUES = 1000;
/** Lower edges of the ranges of tokens. */
export const TOKEN_EDGES = [0, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768, 65536, 131072] as const;

/** Counts rows as they come. */
export class Counter {
  private readonly directions: number[];
  private readonly tokens: number[];
  private readonly ranges: number[][];
  private by: Map<string | null, number[]> | null;
  private rows = 0;

  constructor(
    private readonly width: number,
    { by }: { readonly by: boolean },
  ) {
    this.directions = zeros(width);
    this.tokens = zeros(width);
    this.ranges = [...TOKEN_EDGES, null].map(() => zeros(width));
    this.by = by ? new Map() : null;
  }

  add(direction: number, tokens: unknown, value: unknown): void {
    this.rows++;
    this.directions[direction]!++;
    const count = typeof tokens === "number" && tokens >= 0 ? tokens : null;
    if (count !== null) this.tokens[direction]! += count;
    this.ranges[rangeOf(count)]![direction]!++;
    if (!this.by) return;
    const group = groupOf(value);
    let counts = this.by.get(group);
    if (!counts) {
      counts = zeros(this.width);
      this.by.set(group, counts);
      if (this.by.size > MOST_VALUES) {
        this.by = null;
        return;
      }
    }
    counts[direction]!++;
  }

  tally(): Tally {
    const { rows, directions, tokens, ranges, by } = this;
    return { rows, directions, tokens, ranges, by: by && [...by] };
  }
}

/** A value of the grouping column as text. */
export function groupOf(value: unknown): string | null {
  return value === null || value === undefined ? null : String(value);
}

/** The sum of tallies, in any order the same. */
export function addTallies(tallies: readonly Tally[], width: number): Tally {
  const ranges = [...TOKEN_EDGES, null].map(() => zeros(width));
  const sum: Tally = { rows: 0, directions: zeros(width), tokens: zeros(width), ranges, by: null };
  const by = new Map<string | null, number[]>();
  let tooMany = false;
  for (const tally of tallies) {
    sum.rows += tally.rows;
    addTo(sum.directions, tally.directions);
    addTo(sum.tokens, tally.tokens);
    tally.ranges.forEach((counts, i) => {
      addTo(ranges[i]!, counts);
    });
    if (tally.by === null) tooMany = true;
    for (const [value, counts] of tally.by ?? []) {
      const known = by.get(value);
      if (known) addTo(known, counts);
      else by.set(value, [...counts]);
    }
  }
  sum.by = tooMany || by.size > MOST_VALUES ? null : [...by];
  return sum;
}

function rangeOf(tokens: number | null): number {
  if (tokens === null) return TOKEN_EDGES.length;
  let at = TOKEN_EDGES.length - 1;
  while (at > 0 && tokens < TOKEN_EDGES[at]!) at--;
  return at;
}

/** `1,024 to 2,047`; null for rows without a number. */
export function rangeLabel(range: number): string | null {
  const from = TOKEN_EDGES[range];
  if (from === undefined) return null;
  const next = TOKEN_EDGES[range + 1];
  const text = (n: number) => n.toLocaleString("en-US");
  return next === undefined ? `${text(from)} and more` : `${text(from)} to ${text(next - 1)}`;
}

function zeros(length: number): number[] {
  return new Array<number>(length).fill(0);
}

function addTo(sum: number[], counts: readonly number[]): void {
  counts.forEach((count, i) => {
    sum[i]! += count;
  });
}
