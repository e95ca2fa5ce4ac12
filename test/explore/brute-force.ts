/** What a selection keeps, row by row: the definition that faster counts are held against. */
import type { Bounds, Selection, Sketch, Totals } from "../../kernel-lib/explore/protocol";
import type { Row } from "./sketch-of";

export const open: Bounds = { lower: null, upper: null, nulls: "undecided", nans: "undecided" };

export function keeps({ lower, upper, nulls, nans }: Bounds, value: number | null): boolean {
  if (value === null) return nulls === "keep";
  if (Number.isNaN(value)) return nans === "keep";
  return (lower === null || lower <= value) && (upper === null || value < upper);
}

/** Kept rows and tokens, and both by group. */
export function bruteForce(
  rows: readonly Row[],
  { columns, groups, groupTotals }: Sketch,
  selection: Selection,
): { readonly kept: Totals; readonly groups: readonly Totals[] } {
  const kept = rows.filter(({ values }) =>
    columns.every(({ name }, c) => keeps(selection[name] ?? open, values[c]!)),
  );
  const totals = (some: readonly Row[]) => ({
    rows: some.length,
    tokens: some.reduce((n, { tokens }) => n + tokens, 0),
  });
  return {
    kept: totals(kept),
    groups: groupTotals.map((_, g) =>
      totals(kept.filter(({ group }) => (g < groups.length ? group === groups[g] : !groups.includes(group)))),
    ),
  };
}
