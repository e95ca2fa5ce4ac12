/**
 * Minimum, maximum, mean, deviation, quantiles and histogram of numbers in bounded memory. Up to `EXACT_VALUES`
 * different values are counted one by one and everything is exact; beyond that, values fall into buckets of 1 %
 * relative width on each side (DDSketch, Masson et al. 2019), so quantiles are within 1 % of a true value and histogram
 * counts may move by one bin at an edge; minimum, maximum and mean stay exact. The state follows from the multiset of
 * values alone: any order and any split into shards give the same answer.
 */
import { ExactSum } from "./exact-sum";

/** Different values that are counted exactly. */
export const EXACT_VALUES = 1024;
/** Largest relative distance of a reported quantile from the true one, once there are more values. */
export const RELATIVE_ERROR = 0.01;

const LOG_GAMMA = Math.log((1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR));
const MIDPOINT = 2 / (1 + Math.exp(LOG_GAMMA));
const HISTOGRAM_BINS = 10;
/** Beyond this magnitude squares could overflow: such numbers count for the extremes, and mean and std are null. */
const LARGEST_SUMMED = 1e140;

export interface NumberSummary {
  readonly min: number;
  readonly max: number;
  readonly mean: number | null;
  readonly median: number;
  readonly p95: number;
  /** Sample standard deviation (n − 1); 0 for one value. */
  readonly std: number | null;
  /** False when median, p95 and the histogram come from 1 % buckets. */
  readonly exact: boolean;
  readonly histogram: Histogram;
}

/** `counts[i]` values lie in [`edges[i]`, `edges[i + 1]`), the last bin includes its end. */
export interface Histogram {
  readonly counts: readonly number[];
  readonly edges: readonly number[];
}

export interface NumberJson {
  count: number;
  min: number;
  max: number;
  sum: number[];
  squares: number[];
  exact: boolean;
  /** Value → count while exact, else bucket index → count. */
  positive: [number, number][];
  negative: [number, number][];
  zero: number;
  huge: number;
}

export class NumberSketch {
  count = 0;
  private min = Number.POSITIVE_INFINITY;
  private max = Number.NEGATIVE_INFINITY;
  private sum = new ExactSum();
  private squares = new ExactSum();
  private exact = true;
  private positive = new Map<number, number>();
  private negative = new Map<number, number>();
  private zero = 0;
  private huge = 0;

  /** Counts a finite number; others are ignored (JSON has none, but 1e999 parses to one). */
  add(value: number): void {
    if (!Number.isFinite(value)) return;
    this.count++;
    if (value < this.min) this.min = value;
    if (value > this.max) this.max = value;
    if (Math.abs(value) > LARGEST_SUMMED) this.huge++;
    else {
      this.sum.add(value);
      this.squares.add(value * value);
    }
    this.tally(value, 1);
  }

  private tally(value: number, times: number): void {
    if (value === 0) {
      this.zero += times;
      return;
    }
    const side = value > 0 ? this.positive : this.negative;
    const key = this.exact ? Math.abs(value) : bucketOf(Math.abs(value));
    side.set(key, (side.get(key) ?? 0) + times);
    if (this.exact && this.positive.size + this.negative.size > EXACT_VALUES) this.coarsen();
  }

  private coarsen(): void {
    this.exact = false;
    this.positive = buckets(this.positive);
    this.negative = buckets(this.negative);
  }

  merge(other: NumberSketch): void {
    this.count += other.count;
    this.min = Math.min(this.min, other.min);
    this.max = Math.max(this.max, other.max);
    this.sum.merge(other.sum);
    this.squares.merge(other.squares);
    this.zero += other.zero;
    this.huge += other.huge;
    if (!other.exact) {
      if (this.exact) this.coarsen();
      addAll(this.positive, other.positive);
      addAll(this.negative, other.negative);
      return;
    }
    for (const [value, times] of other.positive) this.tally(value, times);
    for (const [value, times] of other.negative) this.tally(-value, times);
  }

  /** Null when no number was counted. `whole` bins integers as the Hub's viewer does. */
  summary({ whole = false }: { readonly whole?: boolean } = {}): NumberSummary | null {
    if (this.count === 0) return null;
    const values = this.ascending();
    const mean = this.sum.value() / this.count;
    const spread = this.squares.value() - this.sum.value() * mean;
    return {
      min: this.min,
      max: this.max,
      mean: this.huge ? null : mean,
      median: this.quantileOf(values, 0.5),
      p95: this.quantileOf(values, 0.95),
      std: this.huge ? null : this.count > 1 ? Math.sqrt(Math.max(0, spread) / (this.count - 1)) : 0,
      exact: this.exact,
      histogram: histogramOf(values, binEdges(this.min, this.max, whole)),
    };
  }

  /** The `q`-quantile, linearly interpolated between neighbors as NumPy and Polars do by default for medians. */
  private quantileOf(values: readonly [number, number][], q: number): number {
    const rank = (this.count - 1) * q;
    const below = at(values, Math.floor(rank));
    const above = at(values, Math.ceil(rank));
    return below + (above - below) * (rank - Math.floor(rank));
  }

  /** Values (or bucket representatives, kept within the true extremes) with their counts, ascending. */
  private ascending(): [number, number][] {
    const value = (key: number) => (this.exact ? key : representative(key));
    const entries: [number, number][] = [];
    for (const [key, times] of this.negative) entries.push([-value(key), times]);
    if (this.zero > 0) entries.push([0, this.zero]);
    for (const [key, times] of this.positive) entries.push([value(key), times]);
    for (const entry of entries) entry[0] = Math.min(this.max, Math.max(this.min, entry[0]));
    return entries.sort((a, b) => a[0] - b[0]);
  }

  /** Counts between the powers of two that span the values (the first bin begins at 0); null without values or below 0. */
  doublings(): Histogram | null {
    if (this.count === 0 || this.min < 0) return null;
    let low = 1;
    while (low * 2 <= this.min) low *= 2;
    const edges = this.min < 1 ? [0, 1] : [low];
    while (edges[edges.length - 1]! <= this.max) edges.push(edges[edges.length - 1]! * 2);
    return histogramOf(this.ascending(), edges);
  }

  toJson(): NumberJson {
    return {
      count: this.count,
      min: this.count ? this.min : 0,
      max: this.count ? this.max : 0,
      sum: this.sum.toJson(),
      squares: this.squares.toJson(),
      exact: this.exact,
      positive: [...this.positive].sort((a, b) => a[0] - b[0]),
      negative: [...this.negative].sort((a, b) => a[0] - b[0]),
      zero: this.zero,
      huge: this.huge,
    };
  }

  static fromJson(json: NumberJson): NumberSketch {
    const sketch = new NumberSketch();
    sketch.count = json.count;
    if (json.count > 0) {
      sketch.min = json.min;
      sketch.max = json.max;
    }
    sketch.sum = ExactSum.fromJson(json.sum);
    sketch.squares = ExactSum.fromJson(json.squares);
    sketch.exact = json.exact;
    sketch.positive = new Map(json.positive);
    sketch.negative = new Map(json.negative);
    sketch.zero = json.zero;
    sketch.huge = json.huge;
    return sketch;
  }
}

function bucketOf(magnitude: number): number {
  return Math.ceil(Math.log(magnitude) / LOG_GAMMA);
}

function representative(bucket: number): number {
  return MIDPOINT * Math.exp(bucket * LOG_GAMMA);
}

function buckets(values: ReadonlyMap<number, number>): Map<number, number> {
  const out = new Map<number, number>();
  for (const [value, times] of values) {
    const bucket = bucketOf(value);
    out.set(bucket, (out.get(bucket) ?? 0) + times);
  }
  return out;
}

function addAll(to: Map<number, number>, from: ReadonlyMap<number, number>): void {
  for (const [key, times] of from) to.set(key, (to.get(key) ?? 0) + times);
}

function at(values: readonly [number, number][], rank: number): number {
  let seen = 0;
  for (const [value, times] of values) {
    seen += times;
    if (rank < seen) return value;
  }
  return values[values.length - 1]![0];
}

/** Bin edges of the Hub viewer: ten equal bins; for integers equal whole steps, the last bin possibly shorter. */
export function binEdges(min: number, max: number, whole: boolean): number[] {
  if (min === max) return [min, max];
  if (!whole) {
    const step = max / HISTOGRAM_BINS - min / HISTOGRAM_BINS;
    return [...Array.from({ length: HISTOGRAM_BINS }, (_, i) => min + step * i), max];
  }
  const step = Math.max(1, Math.ceil((max - min + 1) / HISTOGRAM_BINS));
  const edges: number[] = [];
  for (let edge = min; edge <= max && edges.length < HISTOGRAM_BINS; edge += step) edges.push(edge);
  return [...edges, max];
}

function histogramOf(values: readonly [number, number][], edges: readonly number[]): Histogram {
  const counts = new Array<number>(edges.length - 1).fill(0);
  let bin = 0;
  for (const [value, times] of values) {
    while (bin < counts.length - 1 && value >= edges[bin + 1]!) bin++;
    counts[bin] = counts[bin]! + times;
  }
  return { counts, edges };
}
