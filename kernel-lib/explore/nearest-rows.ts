/** The rows nearest to a bound, on both sides of it. */

import { type BinStates, binStates, CUT, OUT } from "./bin-states";
import type { LiveRows } from "./live-rows";
import { boundsOf } from "./policy";
import type { Selection, Sketch } from "./protocol";

/** A row of `LiveRows`. */
export interface NearRow {
  readonly at: number;
  readonly value: number;
  readonly group: number;
}

export interface NearestOptions {
  readonly column: string;
  readonly side: "lower" | "upper";
  /** Rows on each side. Default 5. */
  readonly limit?: number;
}

/**
 * Rows next to the bound among those that the other columns keep, nearest first, ties in the order of the table. Without
 * a bound the kept ones are the smallest (largest) values and nothing is dropped.
 */
export function nearestRows(
  rows: LiveRows,
  sketch: Sketch,
  selection: Selection,
  { column, side, limit = 5 }: NearestOptions,
): { readonly kept: readonly NearRow[]; readonly dropped: readonly NearRow[] } {
  const index = sketch.columns.findIndex(({ name }) => name === column);
  const states = sketch.columns.map((each) => binStates(each, selection));
  const bounds = boundsOf(selection, column);
  const { lower, upper } = states[index]!;
  const search = (from: number, to: number, rising: boolean) =>
    new Search(rows, states, index, { from, to, rising, limit }).run(sketch.columns[index]!.edges);
  if (side === "lower") {
    const dropped = bounds.lower === null ? [] : search(-Infinity, lower, false);
    return { kept: search(lower, upper, true), dropped };
  }
  const dropped = bounds.upper === null ? [] : search(upper, Number.NaN, true);
  return { kept: search(lower, upper, false), dropped };
}

interface Range {
  /** from <= value, and not value >= to. */
  readonly from: number;
  readonly to: number;
  /** Smallest values first. */
  readonly rising: boolean;
  readonly limit: number;
}

class Search {
  private readonly found: NearRow[] = [];

  constructor(
    private readonly rows: LiveRows,
    private readonly states: readonly BinStates[],
    private readonly column: number,
    private readonly range: Range,
  ) {}

  /** Bin by bin away from the bound: what lies in a farther bin is farther away. */
  run(edges: readonly number[]): NearRow[] {
    const bins = edges.length - 1;
    const cellsOf = cellsByBin(this.rows.cellBin[this.column]!, bins);
    for (let step = 0; step < bins && this.found.length < this.range.limit; step++) {
      const bin = this.range.rising ? step : bins - 1 - step;
      if (bin < bins - 1 && edges[bin + 1]! <= this.range.from) continue;
      if (bin > 0 && edges[bin]! >= this.range.to) continue;
      for (const cell of cellsOf[bin]!) this.scan(cell);
    }
    return this.found;
  }

  private scan(cell: number): void {
    const { starts, values, cellBin, cellGroup } = this.rows;
    const { from, to, rising, limit } = this.range;
    const cuts: { readonly of: Float64Array; readonly lower: number; readonly upper: number }[] = [];
    for (const [column, { states, lower, upper }] of this.states.entries()) {
      if (column === this.column) continue;
      const state = states[cellBin[column]![cell]!]!;
      if (state === OUT) return;
      if (state === CUT) cuts.push({ of: values[column]!, lower, upper });
    }
    const own = values[this.column]!;
    for (let at = starts[cell]!; at < starts[cell + 1]!; at++) {
      const value = own[at]!;
      if (!(value >= from) || value >= to) continue;
      const farthest = this.found.length < limit ? null : this.found[limit - 1]!;
      if (farthest !== null && (rising ? value > farthest.value : value < farthest.value)) continue;
      if (!cuts.every((cut) => cut.of[at]! >= cut.lower && !(cut.of[at]! >= cut.upper))) continue;
      this.insert({ at, value, group: cellGroup[cell]! });
    }
  }

  private insert(row: NearRow): void {
    const place = this.found.findIndex((other) => this.before(row, other));
    if (place < 0) this.found.push(row);
    else this.found.splice(place, 0, row);
    if (this.found.length > this.range.limit) this.found.pop();
  }

  private before(a: NearRow, b: NearRow): boolean {
    if (a.value !== b.value) return this.range.rising ? a.value < b.value : a.value > b.value;
    const { file, row } = this.rows;
    return (file[a.at]! - file[b.at]! || row[a.at]! - row[b.at]!) < 0;
  }
}

/** Cells by the bin of one column; kept, since every question asks for them. */
const byBin = new WeakMap<Uint16Array, number[][]>();

function cellsByBin(bin: Uint16Array, bins: number): number[][] {
  const known = byBin.get(bin);
  if (known) return known;
  const cells: number[][] = Array.from({ length: bins + 2 }, () => []);
  for (let cell = 0; cell < bin.length; cell++) cells[bin[cell]!]!.push(cell);
  byBin.set(bin, cells);
  return cells;
}
