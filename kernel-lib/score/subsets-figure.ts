/** Rows of each subset by domain: a bar a subset, a part a domain. */
import { thousands } from "../notebook/counts";
import { groupStyles } from "../notebook/group-color";
import { Figure, textTable } from "../plot/figure";
import { plotlyText } from "../plot/label";
import { px, svgFrame, text } from "../plot/svg-frame";
import type { SubsetCounts } from "./subset-counts";

type Drawn = Pick<SubsetCounts, "total" | "subsets" | "domains">;

export function subsetsFigure({ total, subsets, domains }: Drawn): Figure {
  const names = [...domains.keys()];
  const styles = groupStyles(names);
  const title = "Rows of each subset by domain";
  const notes = [`n = ${thousands(total.rows)} rows; a row may be in several subsets or in none`];
  const rowsOf = (subset: Drawn["subsets"][number], domain: string) => subset.domains.get(domain)?.rows ?? 0;
  const most = Math.max(1, ...subsets.map(({ rows }) => rows));
  const svg = svgFrame({
    ...{ title, notes, height: 34 * subsets.length, right: 60 },
    x: { title: "rows", min: 0, max: most, counts: true },
    y: { title: "", names: subsets.map(({ name }) => name) },
    legend: names.map((label, i) => ({ label, style: styles[i]! })),
    marks: ({ x, y, left }) =>
      subsets.flatMap((subset, at) => {
        let before = 0;
        const parts = names.flatMap((domain, i) => {
          const rows = rowsOf(subset, domain);
          if (rows === 0) return [];
          const from = left + (x(before) - x(0));
          before += rows;
          return [
            `<rect x="${px(from)}" y="${px(y(at) - 11)}" width="${px(Math.max(0.5, x(before) - x(before - rows)))}" height="22" fill="${styles[i]!.color}"/>`,
          ];
        });
        return [...parts, text(x(subset.rows) + 6, y(at) + 4, thousands(subset.rows))];
      }),
  });
  return new Figure({
    ...{ title, notes, svg },
    text: textTable(
      ["", ...names],
      subsets.map((subset) => [subset.name, ...names.map((domain) => thousands(rowsOf(subset, domain)))]),
    ),
    data: names.map((domain, i) => ({
      ...{
        type: "bar",
        orientation: "h",
        name: plotlyText(domain),
        y: subsets.map(({ name }) => plotlyText(name)),
      },
      x: subsets.map((subset) => rowsOf(subset, domain)),
      marker: {
        color: styles[i]!.color,
        pattern: {
          shape: styles[i]!.pattern,
          fgcolor: "#ffffff",
          fgopacity: 0.6,
          size: 6,
          fillmode: "overlay",
        },
      },
      hovertemplate: "%{y}: %{x:,} rows<extra>%{fullData.name}</extra>",
    })),
    layout: {
      ...{ barmode: "stack", height: 150 + 44 * subsets.length },
      xaxis: { title: { text: "rows" }, rangemode: "tozero" },
      yaxis: { autorange: "reversed" },
    },
    numbers: subsets.flatMap((subset) =>
      names.map((domain) => ({ subset: subset.name, domain, rows: rowsOf(subset, domain) })),
    ),
  });
}
