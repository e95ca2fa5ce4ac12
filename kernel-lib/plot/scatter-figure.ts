/** Points or counted cells over two numeric axes. */
import { cellColor, PLOTLY_SCALE } from "./color-scale";
import { Figure, textTable, wrap } from "./figure";
import { number, plotlyText, whole } from "./label";
import type { Axis } from "./scale";
import { px, svgFrame } from "./svg-frame";
import type { DrawnGroup } from "./values";

interface Axes {
  readonly heading: string;
  readonly notes: readonly string[];
  readonly xTitle: string;
  readonly yTitle: string;
  readonly logX: boolean;
  readonly logY: boolean;
}

interface Points extends Axes {
  /** `text` is what hovering over the point shows in place of its numbers. */
  readonly points: readonly {
    readonly x: number;
    readonly y: number;
    readonly k: number;
    readonly text?: string;
  }[];
  readonly groups: readonly DrawnGroup[];
  readonly grouped: boolean;
}

/** Marker of each dash, so that groups of one color differ by shape. */
const SYMBOLS = { solid: "circle", dash: "square", dot: "diamond", dashdot: "cross", longdash: "x" } as const;

/** A point for each row that was drawn. */
export function pointsFigure({ points, groups, grouped, ...axes }: Points): Figure {
  const { heading: title, notes, xTitle, yTitle, logX, logY } = axes;
  const byGroup = groups.map((group) => ({ group, points: points.filter(({ k }) => k === group.k) }));
  const svg = svgFrame({
    ...{ title, notes, height: 340 },
    x: axisOf(
      xTitle,
      points.map(({ x }) => x),
      logX,
    ),
    y: axisOf(
      yTitle,
      points.map(({ y }) => y),
      logY,
    ),
    legend: grouped ? groups.map(({ label, style }) => ({ label, style })) : [],
    marks: ({ x, y }) =>
      byGroup.map(({ group, points: own }) => {
        const path = own.map((point) => `M${px(x(point.x))} ${px(y(point.y))}h0`).join("");
        return `<path d="${path}" stroke="${group.style.color}" stroke-width="5" stroke-linecap="${group.style.dash === "solid" ? "round" : "square"}" stroke-opacity="0.55"/>`;
      }),
  });
  return new Figure({
    ...{ title, notes, svg },
    data: byGroup.map(({ group, points: own }) => ({
      type: "scatter",
      mode: "markers",
      name: plotlyText(group.label),
      showlegend: grouped,
      x: own.map(({ x }) => x),
      y: own.map(({ y }) => y),
      marker: { color: group.style.color, symbol: SYMBOLS[group.style.dash], size: 5, opacity: 0.6 },
      ...(own.some(({ text }) => text !== undefined)
        ? {
            customdata: own.map(({ text = "" }) => wrap(text, 70).map(plotlyText).join("<br>")),
            hovertemplate: "%{customdata}<extra>%{fullData.name}</extra>",
          }
        : { hovertemplate: "%{x:,.6~g}, %{y:,.6~g}<extra>%{fullData.name}</extra>" }),
    })),
    layout: layoutOf(axes),
    text: textTable(
      ["group", "rows", "points", `${xTitle}: min`, "max", `${yTitle}: min`, "max"],
      byGroup.map(({ group, points: own }) => [
        group.label,
        whole(group.used),
        whole(own.length),
        ...extent(own.map(({ x }) => x)).map(number),
        ...extent(own.map(({ y }) => y)).map(number),
      ]),
    ),
    numbers: byGroup.flatMap(({ group, points: own }) =>
      own.map(({ x, y }) => ({
        ...{ x, y },
        ...(grouped ? { group: group.members === 1 ? group.name : group.label } : {}),
      })),
    ),
  });
}

/** A cell: the numbers of its bins across and up, and its rows. */
export interface DensityCell {
  readonly i: number;
  readonly j: number;
  readonly n: number;
}

interface Density extends Axes {
  readonly cells: readonly DensityCell[];
  readonly xs: readonly number[];
  readonly ys: readonly number[];
}

/** Shaded by the logarithm of the rows in a cell. */
export function densityFigure({ cells, xs, ys, ...axes }: Density): Figure {
  const { heading: title, notes, xTitle, yTitle, logX, logY } = axes;
  const most = Math.max(...cells.map(({ n }) => n));
  const shade = (n: number) => (most === 1 ? 1 : 0.08 + (0.92 * Math.log(n)) / Math.log(most));
  const grid: (number | null)[][] = ys.slice(1).map(() => xs.slice(1).map(() => null));
  const rows: (number | null)[][] = grid.map((line) => [...line]);
  for (const { i, j, n } of cells) {
    grid[j]![i] = shade(n);
    rows[j]![i] = n;
  }
  const svg = svgFrame({
    ...{ title, notes, height: 340 },
    x: { title: xTitle, min: xs[0]!, max: xs.at(-1)!, log: logX },
    y: { title: yTitle, min: ys[0]!, max: ys.at(-1)!, log: logY },
    marks: ({ x, y }) =>
      cells.map(({ i, j, n }) => {
        const [left, right, low, high] = [x(xs[i]!), x(xs[i + 1]!), y(ys[j]!), y(ys[j + 1]!)];
        return `<rect x="${px(left)}" y="${px(high)}" width="${px(right - left)}" height="${px(low - high)}" fill="${cellColor(shade(n)).fill}"/>`;
      }),
  });
  const fullest = [...cells].sort((a, b) => b.n - a.n).slice(0, 10);
  return new Figure({
    ...{ title, notes, svg },
    data: [
      {
        type: "heatmap",
        ...{ x: xs, y: ys, z: grid, customdata: rows },
        ...{ zmin: 0, zmax: 1, colorscale: PLOTLY_SCALE, showscale: false, hoverongaps: false },
        hovertemplate: "%{x:,.6~g}, %{y:,.6~g}: %{customdata:,} rows<extra></extra>",
      },
    ],
    layout: layoutOf(axes),
    text: textTable(
      [`the ${fullest.length} fullest of ${cells.length} cells: ${xTitle}`, yTitle, "rows"],
      fullest.map(({ i, j, n }) => [
        `${number(xs[i]!)} – ${number(xs[i + 1]!)}`,
        `${number(ys[j]!)} – ${number(ys[j + 1]!)}`,
        whole(n),
      ]),
    ),
    numbers: cells.map(({ i, j, n }) => ({ x: xs[i], y: ys[j], rows: n })),
  });
}

function layoutOf({ xTitle, yTitle, logX, logY }: Axes): Record<string, unknown> {
  return {
    height: 480,
    xaxis: { title: { text: plotlyText(xTitle) }, ...(logX ? { type: "log" } : {}) },
    yaxis: { title: { text: plotlyText(yTitle) }, ...(logY ? { type: "log" } : {}) },
  };
}

/** An axis with a little room around the values. */
function axisOf(title: string, values: readonly number[], log: boolean): Axis {
  const [min, max] = extent(values);
  if (log) return { title, log, min: min! / 1.1, max: max! * 1.1 };
  const pad = max! > min! ? (max! - min!) * 0.03 : Math.abs(max!) * 0.1 || 1;
  return { title, min: min! - pad, max: max! + pad };
}

function extent(values: readonly number[]): [min: number, max: number] {
  return [
    values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY),
    values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY),
  ];
}
