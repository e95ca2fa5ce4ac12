/** The cell of a value as SQL: the same for the sketch, the page and the live answers. */

/** Cells of a column: bins, then null, then NaN. Infinities lie in the first and last bin. */
export function cellCount(edges: readonly number[]): number {
  return edges.length + 1;
}

/** SQL for the number of the cell in which the DOUBLE `value` lies, a binary search over the inner edges. */
export function cellSql(value: string, edges: readonly number[]): string {
  const bins = edges.length - 1;
  const search = (from: number, to: number): string => {
    if (to - from === 1) return String(from);
    const middle = (from + to) >> 1;
    const edge = `${edges[middle]}::double`;
    return `case when ${value} < ${edge} then ${search(from, middle)} else ${search(middle, to)} end`;
  };
  return `(case when ${value} is null then ${bins} when isnan(${value}) then ${bins + 1} else ${search(0, bins)} end)`;
}
