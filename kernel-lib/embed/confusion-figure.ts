/** Known domains against given ones. */
import { cellsFigure } from "../plot/cells-figure";
import type { Figure } from "../plot/figure";
import type { DomainMeasure } from "./domain-measure";

/** Shares of each known domain's rows by what they were taken for; `other` last. */
export function confusionFigure({ confusion, rows }: DomainMeasure): Figure {
  const known = Object.keys(confusion).sort();
  const given = [
    ...new Set([...known, ...Object.values(confusion).flatMap((line) => Object.keys(line))]),
  ].sort((a, b) => Number(a === "other") - Number(b === "other") || (a < b ? -1 : 1));
  const lines = known.map((name) => {
    const line = confusion[name]!;
    const all = Object.values(line).reduce((a, b) => a + b, 0);
    return given.map((to) => ({ n: line[to] ?? 0, share: (line[to] ?? 0) / all }));
  });
  return cellsFigure({
    title: "Known domain (down) and the domain that was given (across)",
    notes: [`n = ${rows.toLocaleString("en-US")} rows of known domain; shares of a line, empty: none`],
    xTitle: "given",
    yTitle: "known",
    columns: given,
    rows: known,
    shade: lines.map((line) => line.map(({ n, share }) => (n === 0 ? null : share))),
    texts: lines.map((line) => line.map(({ n, share }) => (n === 0 ? "" : percent(share)))),
    hover: lines.map((line) => line.map(({ n }) => `${n.toLocaleString("en-US")} rows`)),
    numbers: known.flatMap((from, i) =>
      given.flatMap((to, j) =>
        lines[i]![j]!.n === 0 ? [] : [{ known: from, given: to, rows: lines[i]![j]!.n }],
      ),
    ),
  });
}

/** Never 100% of what is not all. */
function percent(share: number): string {
  const rounded = Math.round(100 * share);
  if (rounded === 100 && share < 1) return "99%";
  return rounded === 0 ? "<1%" : `${rounded}%`;
}
