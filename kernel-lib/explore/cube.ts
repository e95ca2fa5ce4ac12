/**
 * Counting over a sketch's cube, as fast as a drag needs it. Exact for bounds on bin edges; others are moved there first
 * (`snap`). Pure, without the DOM.
 */
import { boundsOf } from "./policy";
import type { Bounds, ColumnSketch, Selection, Sketch, Totals } from "./protocol";

/** Which of a column's two bounds. */
export type Side = "lower" | "upper";

export interface Counts {
  readonly kept: Totals;
  /** In the order of the sketch's groups, with one more where there are others. */
  readonly groups: readonly Totals[];
  /** Kept rows of each cell of each column: bins, null, NaN. */
  readonly columns: readonly (readonly number[])[];
}

/** A sketch's joint counts, unpacked once. */
export class Cube {
  private readonly width: number;
  private readonly keeps: readonly Uint8Array[];

  constructor(private readonly sketch: Sketch) {
    this.width = sketch.columns.length + 3;
    this.keeps = sketch.columns.map(({ rows }) => new Uint8Array(rows.length));
  }

  /** Whether there is anything to count: beyond two columns there is no cube. */
  get present(): boolean {
    return this.sketch.columns.length <= 2;
  }

  /** What a selection keeps, with its bounds moved to the nearest bin edges; null where there is no cube. */
  count(selection: Selection): Counts | null {
    if (!this.present) return null;
    const { columns, groupTotals, tokensColumn, cube } = this.sketch;
    columns.forEach((column, c) => {
      markKept(column, snap(column, boundsOf(selection, column.name)), this.keeps[c]!);
    });
    const [keep0, keep1] = this.keeps;
    const rows = new Float64Array(groupTotals.length);
    const tokens = new Float64Array(groupTotals.length);
    const cells = columns.map((column) => new Array<number>(column.rows.length).fill(0));
    const [cells0, cells1] = cells;
    for (let i = 0; i + this.width <= cube.length; i += this.width) {
      const group = cube[i]!;
      const cell0 = cube[i + 1]!;
      if (!keep0![cell0]) continue;
      if (keep1) {
        const cell1 = cube[i + 2]!;
        if (!keep1[cell1]) continue;
        cells1![cell1]! += cube[i + 3]!;
      }
      const n = cube[i + this.width - 2]!;
      cells0![cell0]! += n;
      rows[group]! += n;
      tokens[group]! += cube[i + this.width - 1]!;
    }
    const groups = groupTotals.map((_, g) => ({
      rows: rows[g]!,
      tokens: tokensColumn === null ? null : tokens[g]!,
    }));
    return { kept: sum(groups), groups, columns: cells };
  }
}

/** How many bins a column has. */
export const binsOf = (column: ColumnSketch): number => Math.max(0, column.edges.length - 1);

/** Bounds on bin edges, each at the one nearest; a bound at or beyond the outermost edge is none. At least one bin stays. */
export function snap(column: ColumnSketch, bounds: Bounds): Bounds {
  const [from, to] = edgesOf(column, bounds);
  return { ...bounds, ...boundsAt(column, from, to) };
}

/** Whether the bounds that `snap` gives keep other rows than `bounds`; one beyond all values is as good as none. */
export function snapMoves(column: ColumnSketch, { lower, upper, ...rest }: Bounds): boolean {
  const at = snap(column, { lower, upper, ...rest });
  const lowerMoves = at.lower !== lower && !(at.lower === null && lower !== null && lower <= column.min);
  const upperMoves = at.upper !== upper && !(at.upper === null && upper !== null && upper > column.max);
  return lowerMoves || upperMoves;
}

/** The edges, by index, that a column's bounds stand nearest to. */
export function edgesOf(column: ColumnSketch, { lower, upper }: Bounds): readonly [number, number] {
  const bins = binsOf(column);
  const to = upper === null ? bins : Math.max(1, nearestEdge(column, upper));
  const from = lower === null ? 0 : Math.min(nearestEdge(column, lower), to - 1, bins - 1);
  return [Math.max(0, from), Math.min(to, bins)];
}

/** Bounds at two edges: the outermost ones are no bounds. */
export function boundsAt(
  { edges }: ColumnSketch,
  from: number,
  to: number,
): { readonly lower: number | null; readonly upper: number | null } {
  return { lower: from <= 0 ? null : edges[from]!, upper: to >= edges.length - 1 ? null : edges[to]! };
}

const drawn = new WeakMap<ColumnSketch, readonly number[]>();

/** Where each edge is drawn, 0 to 1: by its value, or by its logarithm where bins are; zero stands one bin before. */
export function edgePositions(column: ColumnSketch): readonly number[] {
  const known = drawn.get(column);
  if (known) return known;
  const { edges } = column;
  const bins = binsOf(column);
  const log = column.log && bins > 0 && edges[1]! > 0;
  const scaled = edges.map((edge) => (log ? Math.log(edge) : edge));
  if (log && edges[0]! <= 0)
    scaled[0] = scaled[1]! - (bins > 1 ? (scaled[bins]! - scaled[1]!) / (bins - 1) : 1);
  if (!log && bins > 2) narrowOutlierBins(scaled);
  const [first, last] = [scaled[0]!, scaled.at(-1)!];
  const positions = scaled.map((at) => (at - first) / (last - first || 1));
  drawn.set(column, positions);
  return positions;
}

/** The bins at both ends hold all far values: they are drawn at most twice as wide as the bins between. */
function narrowOutlierBins(edges: number[]): void {
  const bins = edges.length - 1;
  const width = (edges[bins - 1]! - edges[1]!) / (bins - 2);
  edges[0] = Math.max(edges[0]!, edges[1]! - 2 * width);
  edges[bins] = Math.min(edges[bins]!, edges[bins - 1]! + 2 * width);
}

/** Where a value is drawn, 0 to 1. */
export function positionOf(column: ColumnSketch, value: number): number {
  const positions = edgePositions(column);
  const [bin, share] = placeOf(column, value);
  return positions.length < 2 ? 0 : positions[bin]! + share * (positions[bin + 1]! - positions[bin]!);
}

/** The edge, by index, that is drawn nearest to a position. */
export function edgeAt(column: ColumnSketch, position: number): number {
  const positions = edgePositions(column);
  if (positions.length < 2 || position <= 0) return 0;
  if (position >= 1) return positions.length - 1;
  const bin = binOf(positions, position);
  return position - positions[bin]! < positions[bin + 1]! - position ? bin : bin + 1;
}

/** Heights of bars, 0 to 1 for the highest of all rows: rows by the width that their bin is drawn with. */
export function barHeights(column: ColumnSketch, counts: readonly number[]): readonly number[] {
  const positions = edgePositions(column);
  const height = (n: number, bin: number) => n / (positions[bin + 1]! - positions[bin]! || 1);
  let most = 0;
  for (let bin = 0; bin < binsOf(column); bin++) most = Math.max(most, height(column.rows[bin]!, bin));
  return Array.from({ length: binsOf(column) }, (_, bin) =>
    most === 0 ? 0 : height(counts[bin] ?? 0, bin) / most,
  );
}

/** Edges for some five axis labels, by index: both ends, and between them round numbers that stand apart. */
export function labeledEdges(column: ColumnSketch): readonly number[] {
  const bins = binsOf(column);
  if (bins === 0) return [];
  const positions = edgePositions(column);
  const apart = (a: number, b: number) => Math.abs(positions[a]! - positions[b]!) > 0.09;
  const chosen = [0, bins];
  for (const edge of column.log ? byShortest(column) : byStep(column)) {
    if (chosen.every((other) => apart(edge, other))) chosen.push(edge);
  }
  return chosen.sort((a, b) => a - b);
}

/** Inner edges that are multiples of a step of 1, 2 or 5 × 10^k, for the smallest step that gives at most six. */
function byStep({ edges }: ColumnSketch): number[] {
  const inner = edges.map((_, i) => i).slice(1, -1);
  const span = edges.at(-2)! - edges[1]!;
  if (inner.length < 2 || span <= 0) return inner;
  for (let power = Math.floor(Math.log10(span)) - 2; ; power++) {
    for (const mantissa of [1, 2, 5]) {
      const step = mantissa * 10 ** power;
      const hits = inner.filter((i) => Math.abs(edges[i]! / step - Math.round(edges[i]! / step)) < 1e-6);
      if (hits.length <= 7) return hits;
    }
  }
}

/** Inner edges, those with the shortest numbers first. */
function byShortest({ edges }: ColumnSketch): number[] {
  const length = (i: number) => String(Number(edges[i]!.toPrecision(3))).replace(/0+$|\./g, "").length;
  return edges
    .map((_, i) => i)
    .slice(1, -1)
    .sort((a, b) => length(a) - length(b) || b - a);
}

/**
 * Values below which the given shares of counted rows lie, between the edges of their bins by interpolation; null and NaN
 * are left out. Null where nothing is counted.
 */
export function percentilesOf(
  column: ColumnSketch,
  counted: readonly number[],
  shares: readonly number[],
): readonly (number | null)[] {
  const bins = binsOf(column);
  let total = 0;
  for (let i = 0; i < bins; i++) total += counted[i] ?? 0;
  let bin = 0;
  let below = 0;
  return shares.map((share) => {
    if (total === 0) return null;
    while (bin < bins - 1 && below + (counted[bin] ?? 0) < share * total) below += counted[bin++] ?? 0;
    const [low, high] = [column.edges[bin]!, column.edges[bin + 1]!];
    const inside = counted[bin]! === 0 ? 0 : Math.min(1, (share * total - below) / counted[bin]!);
    const value = column.log && low > 0 ? low * (high / low) ** inside : low + (high - low) * inside;
    return Math.min(Math.max(value, column.min), column.max);
  });
}

/** Sum of rows and of tokens; null tokens stay null. */
export function sum(parts: readonly Totals[]): Totals {
  let rows = 0;
  let tokens: number | null = parts.length > 0 && parts[0]!.tokens === null ? null : 0;
  for (const part of parts) {
    rows += part.rows;
    if (tokens !== null) tokens += part.tokens ?? 0;
  }
  return { rows, tokens };
}

function markKept(column: ColumnSketch, bounds: Bounds, keep: Uint8Array): void {
  const bins = binsOf(column);
  const [from, to] = edgesOf(column, bounds);
  keep.fill(0);
  keep.fill(1, from, to);
  keep[bins] = bounds.nulls === "keep" ? 1 : 0;
  keep[bins + 1] = bounds.nans === "keep" ? 1 : 0;
}

function nearestEdge(column: ColumnSketch, value: number): number {
  const [bin, share] = placeOf(column, value);
  return share < 0.5 ? bin : bin + 1;
}

/** The bin of a value, and how far into it the value lies, by the logarithm where bins are. */
function placeOf(column: ColumnSketch, value: number): readonly [bin: number, share: number] {
  const { edges, log } = column;
  const bins = binsOf(column);
  if (bins === 0 || value <= edges[0]!) return [0, 0];
  if (value >= edges[bins]!) return [bins - 1, 1];
  const bin = binOf(edges, value);
  const [low, high] = [edges[bin]!, edges[bin + 1]!];
  const share = log && low > 0 ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
  return [bin, share];
}

/** Index of the bin that holds a value between the first and the last edge. */
function binOf(edges: readonly number[], value: number): number {
  let low = 0;
  let high = edges.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (edges[middle]! <= value) low = middle;
    else high = middle;
  }
  return low;
}
