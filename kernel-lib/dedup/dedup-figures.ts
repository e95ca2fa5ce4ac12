/** The report of dedup as figures: duplicates between tables, cluster sizes, what other thresholds would drop. */
import { percent, thousands } from "../notebook/counts";
import { groupColor } from "../notebook/group-color";
import { plainText } from "../notebook/plain-text";
import { cellsFigure } from "../plot/cells-figure";
import { Figure, textTable } from "../plot/figure";
import { px, svgFrame, text } from "../plot/svg-frame";
import type { DuplicateKind, WhatIf } from "./found";

/** What is drawn. */
export interface DrawnDedup {
  readonly duplicates: readonly { readonly kind: DuplicateKind }[];
  readonly settings: { readonly threshold: number; readonly near: boolean };
  readonly rows: number;
  readonly found: {
    readonly names: readonly string[];
    readonly rowsOf: readonly number[];
    readonly matrix: readonly (readonly number[])[];
    readonly whatIf: readonly WhatIf[];
  };
  readonly clusterSizes: readonly { readonly size: number; readonly clusters: number }[];
}

const COLOR = groupColor("math");
/** Tables, and sizes of clusters, that get a place of their own. */
const MOST = 20;

/** Rows of each table that repeat a kept row of each table. */
export function matrixFigure({ found: { names, matrix, rowsOf } }: DrawnDedup): Figure {
  const shown = names.map((_, i) => i).slice(0, MOST);
  const short = shown.map((i) => ending(plainText(names[i]!), 24));
  const counts = shown.map((i) => shown.map((j) => matrix[i]![j]!));
  const most = Math.max(1, ...counts.flat());
  const rest = names.length > MOST ? [`${thousands(names.length - MOST)} more tables are not drawn`] : [];
  return cellsFigure({
    title: "Rows that repeat a kept row, by table",
    notes: ["rows of the table to the left that go for a row of the table below, which stays", ...rest],
    xTitle: "stays",
    yTitle: "goes",
    columns: short,
    rows: short,
    shade: counts.map((line) => line.map((n) => (n === 0 ? null : Math.sqrt(n / most)))),
    texts: counts.map((line) => line.map((n) => thousands(n))),
    hover: counts.map((line, r) =>
      line.map((n) => `${thousands(n)} rows, ${percent(n, rowsOf[shown[r]!]!)} of the table`),
    ),
    numbers: counts.flatMap((line, r) =>
      line.map((n, c) => ({ dropped_of: names[shown[r]!], kept_of: names[shown[c]!], rows: n })),
    ),
  });
}

/** How many clusters there are of each size, the kept row included; sizes from 10 in ranges that double. */
export function sizesFigure({ clusterSizes }: DrawnDedup): Figure {
  const bins = new Map<number, number>();
  const low = (size: number) => (size < 10 ? size : 10 * 2 ** Math.floor(Math.log2(size / 10)));
  for (const { size, clusters } of clusterSizes) bins.set(low(size), (bins.get(low(size)) ?? 0) + clusters);
  const bars = [...bins].sort(([a], [b]) => a - b);
  const names = bars.map(([from]) =>
    from < 10 ? String(from) : `${thousands(from)}–${thousands(2 * from - 1)}`,
  );
  const most = 1.12 * Math.max(1, ...bars.map(([, n]) => n));
  const title = "Clusters by size";
  const notes = ["rows of a cluster, the kept one included"];
  const svg = svgFrame({
    ...{ title, notes, height: 220 },
    x: { title: "rows of a cluster", names },
    y: { title: "clusters", min: 0, max: most, counts: true },
    marks: ({ x, y, bandX, bottom }) =>
      bars.flatMap(([, n], i) => [
        `<rect x="${px(x(i) - bandX * 0.4)}" y="${px(y(n))}" width="${px(bandX * 0.8)}" height="${px(bottom - y(n))}" fill="${COLOR}"/>`,
        text(x(i), y(n) - 4, thousands(n), 'text-anchor="middle" font-size="11"'),
      ]),
  });
  return new Figure({
    ...{ title, notes, svg },
    text: textTable(
      ["rows", "clusters"],
      bars.map(([, n], i) => [names[i]!, thousands(n)]),
    ),
    numbers: bars.map(([from, clusters]) => ({ from, to: from < 10 ? from : 2 * from - 1, clusters })),
    data: [{ type: "bar", x: names, y: bars.map(([, n]) => n), marker: { color: COLOR } }],
    layout: {
      xaxis: { title: { text: "rows of a cluster" }, type: "category" },
      yaxis: { title: { text: "clusters" } },
    },
  });
}

/** Rows that each threshold drops; hollow where it is a lower bound. */
export function thresholdsFigure({ settings, duplicates, rows, found: { whatIf } }: DrawnDedup): Figure {
  const points = [
    { threshold: settings.threshold, duplicates: duplicates.length, lowerBound: false },
    ...whatIf,
  ].sort((a, b) => a.threshold - b.threshold);
  const title = "Rows that a threshold drops";
  const bound = points.some(({ lowerBound }) => lowerBound);
  const notes = [
    `of ${thousands(rows)} rows; this run: ${settings.threshold}${bound ? "; hollow: at least, for the bands find fewer of those pairs" : ""}`,
  ];
  const [first, last] = [points[0]!.threshold, points.at(-1)!.threshold];
  const margin = Math.max(0.02, (last - first) * 0.1);
  const most = Math.max(1, ...points.map((point) => point.duplicates)) * 1.15;
  const svg = svgFrame({
    ...{ title, notes, height: 220 },
    x: { title: "least similarity (Jaccard)", min: first - margin, max: Math.min(1, last + margin) },
    y: { title: "rows dropped", min: 0, max: most, counts: true },
    marks: ({ x, y }) => [
      `<path d="M${points.map((point) => `${px(x(point.threshold))} ${px(y(point.duplicates))}`).join("L")}" fill="none" stroke="${COLOR}" stroke-width="2"/>`,
      ...points.flatMap((point) => [
        `<circle cx="${px(x(point.threshold))}" cy="${px(y(point.duplicates))}" r="4" fill="${point.lowerBound ? "#ffffff" : COLOR}" stroke="${COLOR}" stroke-width="2"/>`,
        text(
          x(point.threshold),
          y(point.duplicates) - 9,
          thousands(point.duplicates),
          'text-anchor="middle" font-size="11"',
        ),
      ]),
    ],
  });
  return new Figure({
    ...{ title, notes, svg },
    text: textTable(
      ["threshold", "rows"],
      points.map((point) => [
        String(point.threshold),
        `${point.lowerBound ? "≥ " : ""}${thousands(point.duplicates)}`,
      ]),
    ),
    numbers: points.map((point) => ({ ...point })),
    data: [
      {
        type: "scatter",
        mode: "lines+markers",
        x: points.map(({ threshold }) => threshold),
        y: points.map((point) => point.duplicates),
        line: { color: COLOR },
        marker: {
          size: 9,
          color: COLOR,
          symbol: points.map(({ lowerBound }) => (lowerBound ? "circle-open" : "circle")),
        },
      },
    ],
    layout: {
      xaxis: { title: { text: "least similarity (Jaccard)" } },
      yaxis: { title: { text: "rows dropped" }, rangemode: "tozero" },
    },
  });
}

function ending(name: string, most: number): string {
  const points = [...name];
  return points.length > most ? `…${points.slice(1 - most).join("")}` : name;
}
