/** Edges of bins that people can read: 1, 2, 5 × 10^k, whole numbers where the values are whole. */

/** What the edges of a column follow from; finite values only. */
export interface Spread {
  readonly min: number;
  readonly max: number;
  /** Nearly all values lie between: quantiles 0.001 and 0.999. */
  readonly low: number;
  readonly high: number;
  readonly median: number;
  /** Smallest value above 0; null when there is none. */
  readonly minPositive: number | null;
  /** All values are whole numbers. */
  readonly whole: boolean;
}

export interface Edges {
  readonly edges: readonly number[];
  readonly log: boolean;
}

/** Steps within a decade, ever denser. */
const MANTISSAS: readonly (readonly number[])[] = [
  [1],
  [1, 2, 5],
  [1, 1.5, 2, 3, 5, 7],
  [1, 1.2, 1.6, 2, 2.5, 3, 4, 5, 6, 8],
  [1, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.8, 2, 2.2, 2.5, 2.8, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 9],
  Array.from(
    { length: 45 },
    (_, i) => (i < 20 ? 100 + 5 * i : i < 30 ? 10 * i : 300 + 20 * (i - 30)) / 100,
  ).concat([6, 6.5, 7, 7.5, 8, 8.5, 9, 9.5]),
  Array.from({ length: 90 }, (_, i) => (10 + i) / 10),
];

/** Values above the median reach so much farther than the median that a linear axis would show one bar. */
const LOG_FROM = 20;

/**
 * At most `bins` bins that cover min to max. Values far outside the bulk share the first or last bin, so that they do
 * not squeeze the others. Spaced by the logarithm where `log` says so; by default when the 0.999 quantile is at least
 * 20 medians and nothing is negative. Zero then has a bin to itself.
 */
export function edgesOf(spread: Spread, bins: number, log: boolean | null = null): Edges {
  const { min, max, high, median, minPositive } = spread;
  const fits = min >= 0 && minPositive !== null && max > minPositive;
  const asked = log ?? (median > 0 && high / median >= LOG_FROM);
  if (asked && fits) return { edges: covering(logEdges(spread, bins), spread), log: true };
  return { edges: covering(linearEdges(spread, bins), spread), log: false };
}

/** Rounding at the far ends of the doubles must not leave a value outside. */
function covering(edges: readonly number[], { min, max }: Spread): number[] {
  const inner = edges.filter((edge) => edge >= min && edge <= max);
  const first = edges[0]! <= min ? edges[0]! : min;
  const last = edges.at(-1)! >= max ? edges.at(-1)! : max;
  return ascending([first, ...inner, last]);
}

function linearEdges({ min, max, low, high, whole }: Spread, bins: number): number[] {
  const bulk = high - low;
  const from = bulk > 0 && low - min > 0.2 * bulk ? low : min;
  const to = bulk > 0 && max - high > 0.2 * bulk ? high : max;
  if (!(max > min)) return [min, whole ? min + 1 : min + (Math.abs(min) || 1)];
  if (!Number.isFinite(to - from)) return [min, 0, max];
  const step = stepFor(to - from || max - min, bins - 2, whole);
  const first = Math.floor(from / step.value);
  const last = Math.max(first + 1, whole ? Math.floor(to / step.value) + 1 : Math.ceil(to / step.value));
  const edges = Array.from({ length: last - first + 1 }, (_, i) => step.times(first + i));
  if (min < edges[0]!) edges.unshift(niceBelow(min, whole));
  const top = edges.at(-1)!;
  if (max > top || (whole && max === top)) edges.push(niceAbove(max, whole));
  return ascending(edges);
}

interface Step {
  readonly value: number;
  /** k steps, without the error that repeated addition of 0.1 has. */
  readonly times: (k: number) => number;
}

function stepFor(span: number, bins: number, whole: boolean): Step {
  let exponent = Math.floor(Math.log10(span / bins)) - 1;
  if (whole) exponent = Math.max(0, exponent);
  for (; ; exponent++) {
    for (const digit of [1, 2, 5]) {
      const scale = 10 ** Math.abs(exponent);
      const times = (k: number) => (exponent < 0 ? (k * digit) / scale : k * digit * scale);
      if (span / times(1) <= bins - 1) return { value: times(1), times };
    }
  }
}

function logEdges({ min, max, low, high, minPositive, whole }: Spread, bins: number): number[] {
  const smallest = minPositive!;
  const from = low > 0 && low > 3 * smallest ? low : smallest;
  const to = max > 3 * high && high > from ? high : max;
  let edges: number[] = [];
  for (const mantissas of MANTISSAS) {
    const denser = gridBetween(from, to, mantissas, whole);
    if (edges.length > 0 && denser.length > bins - 2) break;
    edges = denser;
  }
  if (smallest < edges[0]!) edges.unshift(niceBelow(smallest, whole));
  if (min === 0) edges.unshift(0);
  const top = edges.at(-1)!;
  if (max > top || (whole && max === top)) edges.push(niceAbove(max, whole));
  return ascending(edges);
}

/** The numbers m × 10^k from the last one at or below `from` to the first one at or above `to`. */
function gridBetween(from: number, to: number, mantissas: readonly number[], whole: boolean): number[] {
  const grid: number[] = [];
  for (let k = Math.floor(Math.log10(from)) - 1; k <= Math.ceil(Math.log10(to)) + 1; k++) {
    for (const m of mantissas) {
      const value = Number(`${m}e${k}`);
      if (!whole || Number.isInteger(value)) grid.push(value);
    }
  }
  const first = Math.max(
    0,
    grid.findLastIndex((value) => value <= from),
  );
  const last = grid.findIndex((value) => value >= to);
  return grid.slice(first, last < 0 ? undefined : last + 1);
}

/** Two digits, at or below `value`. */
function niceBelow(value: number, whole: boolean): number {
  return niceBeside(value, whole, Math.floor, (nice) => nice <= value);
}

/** Two digits, above `value` where values are whole, at or above it otherwise. */
function niceAbove(value: number, whole: boolean): number {
  return niceBeside(value, whole, Math.ceil, (nice) => (whole ? nice > value : nice >= value));
}

function niceBeside(
  value: number,
  whole: boolean,
  round: (value: number) => number,
  holds: (nice: number) => boolean,
): number {
  const away = round === Math.floor ? -1 : 1;
  if (value === 0) return whole && away > 0 ? 1 : 0;
  const exponent = Math.floor(Math.log10(Math.abs(value))) - 1;
  const unit = whole ? Math.max(0, exponent) : exponent;
  const count = round(value / 10 ** unit);
  for (const k of [count, count + away]) {
    const nice = Number(`${k}e${unit}`);
    if (Number.isFinite(nice) && holds(nice)) return nice;
  }
  return value;
}

function ascending(edges: readonly number[]): number[] {
  const sorted = [...new Set(edges)].sort((a, b) => a - b);
  return sorted.length > 1 ? sorted : [sorted[0]!, sorted[0]! + (Math.abs(sorted[0]!) || 1)];
}
