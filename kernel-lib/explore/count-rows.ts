/** What a selection keeps, counted exactly over all rows. */

import { type BinStates, binStates, CUT, cellState, IN, OUT } from "./bin-states";
import type { LiveRows } from "./live-rows";
import type { Selection, Sketch, Totals } from "./protocol";

export interface Counted {
  readonly kept: Totals;
  /** In the order of `Sketch.groupTotals`. */
  readonly groups: readonly Totals[];
  /** Kept rows by column and cell. */
  readonly columns: Readonly<Record<string, readonly number[]>>;
}

/** Cells that are wholly in are added up; only rows of cells that a bound cuts are looked at. */
export function countRows(rows: LiveRows, sketch: Sketch, selection: Selection): Counted {
  const columns = sketch.columns.map((column) => binStates(column, selection));
  const groupRows = new Float64Array(sketch.groupTotals.length);
  const groupTokens = new Float64Array(sketch.groupTotals.length);
  const histograms = columns.map(({ states }) => new Float64Array(states.length));
  const found = { rows: 0, tokens: 0 };
  for (let cell = 0; cell < rows.cellGroup.length; cell++) {
    const state = cellState(columns, rows.cellBin, cell);
    if (state === OUT) continue;
    if (state === IN) {
      found.rows = rows.starts[cell + 1]! - rows.starts[cell]!;
      found.tokens = rows.cellTokens[cell]!;
    } else countCut(rows, columns, cell, found);
    const group = rows.cellGroup[cell]!;
    groupRows[group]! += found.rows;
    groupTokens[group]! += found.tokens;
    for (let column = 0; column < columns.length; column++) {
      histograms[column]![rows.cellBin[column]![cell]!]! += found.rows;
    }
  }
  const totals = (n: number, tokens: number): Totals => ({
    rows: n,
    tokens: sketch.tokensColumn === null ? null : tokens,
  });
  const sum = (numbers: Float64Array) => numbers.reduce((a, b) => a + b, 0);
  return {
    kept: totals(sum(groupRows), sum(groupTokens)),
    groups: Array.from(groupRows, (n, group) => totals(n, groupTokens[group]!)),
    columns: Object.fromEntries(sketch.columns.map(({ name }, i) => [name, Array.from(histograms[i]!)])),
  };
}

/** Rows and tokens of a cell that the cutting bounds keep, into `found`. Called for many small cells: allocates nothing. */
function countCut(
  { starts, values, tokens, cellBin }: LiveRows,
  columns: readonly BinStates[],
  cell: number,
  found: { rows: number; tokens: number },
): void {
  let kept = 0;
  let sum = 0;
  const end = starts[cell + 1]!;
  const first = cutAfter(columns, cellBin, cell, 0);
  const second = cutAfter(columns, cellBin, cell, first + 1);
  const of = values[first]!;
  const { lower, upper } = columns[first]!;
  for (let row = starts[cell]!; row < end; row++) {
    const value = of[row]!;
    if (!(value >= lower) || value >= upper) continue;
    let keeps = true;
    for (let column = second; keeps && column < columns.length; column++) {
      const { states, lower: from, upper: to } = columns[column]!;
      if (states[cellBin[column]![cell]!] !== CUT) continue;
      const other = values[column]![row]!;
      keeps = other >= from && !(other >= to);
    }
    if (!keeps) continue;
    kept++;
    if (tokens) sum += tokens[row]!;
  }
  found.rows = kept;
  found.tokens = sum;
}

/** The first column from `from` on whose bound cuts the cell; the number of columns when there is none. */
function cutAfter(
  columns: readonly BinStates[],
  cellBin: readonly Uint16Array[],
  cell: number,
  from: number,
): number {
  let column = from;
  while (column < columns.length && columns[column]!.states[cellBin[column]![cell]!] !== CUT) column++;
  return column;
}
