/** Which cells of a column a selection keeps whole, which it drops whole, and which it cuts. */

import { boundsOf } from "./policy";
import type { ColumnSketch, Selection } from "./protocol";

export const OUT = 0;
export const IN = 1;
export const CUT = 2;

/** A selection of one column, ready for comparing: a value v is kept when `v >= lower && !(v >= upper)`. */
export interface BinStates {
  /** By cell: OUT, IN or CUT. */
  readonly states: Uint8Array;
  /** -Infinity where there is no bound. */
  readonly lower: number;
  /** NaN where there is no bound: infinity is kept too. */
  readonly upper: number;
}

/** The first bin also holds minus infinity and the last one infinity, so bounds in them cut. */
export function binStates({ name, edges }: ColumnSketch, selection: Selection): BinStates {
  const { lower, upper, nulls, nans } = boundsOf(selection, name);
  const bins = edges.length - 1;
  const states = new Uint8Array(bins + 2);
  for (let bin = 0; bin < bins; bin++) {
    const from = bin === 0 ? -Infinity : edges[bin]!;
    const to = bin === bins - 1 ? Infinity : edges[bin + 1]!;
    const below = lower !== null && to <= lower;
    const above = upper !== null && from >= upper;
    const whole = (lower === null || lower <= from) && (upper === null || (to <= upper && to < Infinity));
    states[bin] = below || above ? OUT : whole ? IN : CUT;
  }
  states[bins] = nulls === "keep" ? IN : OUT;
  states[bins + 1] = nans === "keep" ? IN : OUT;
  return { states, lower: lower ?? -Infinity, upper: upper ?? Number.NaN };
}

/** Whether some column drops the cell whole, some cut it, or all keep it whole. */
export function cellState(
  columns: readonly BinStates[],
  cellBin: readonly Uint16Array[],
  cell: number,
): number {
  let state = IN;
  for (let column = 0; column < columns.length; column++) {
    const own = columns[column]!.states[cellBin[column]![cell]!]!;
    if (own === OUT) return OUT;
    if (own === CUT) state = CUT;
  }
  return state;
}
