/** A figure of colored cells with their numbers in them. */
import { cellColor, PLOTLY_SCALE } from "./color-scale";
import { Figure, textTable } from "./figure";
import { nameAxis, plotlyText } from "./label";
import { px, svgFrame, text } from "./svg-frame";

export interface CellsOptions {
  readonly title: string;
  readonly notes: readonly string[];
  readonly xTitle: string;
  readonly yTitle: string;
  readonly columns: readonly string[];
  readonly rows: readonly string[];
  /** Color 0..1 of a cell by row and column; null is an empty cell. */
  readonly shade: readonly (readonly (number | null)[])[];
  /** What stands in a cell. */
  readonly texts: readonly (readonly string[])[];
  /** What hovering over it adds. */
  readonly hover: readonly (readonly string[])[];
  readonly numbers: readonly Readonly<Record<string, unknown>>[];
}

/** Rows of cells, the first at the top. */
export function cellsFigure(options: CellsOptions): Figure {
  const { title, notes, xTitle, yTitle, columns, rows, shade, texts, hover, numbers } = options;
  const longest = Math.max(0, ...texts.flat().map((cell) => cell.length));
  const svg = svgFrame({
    ...{ title, notes, height: Math.max(60, 26 * rows.length) },
    x: { title: xTitle, names: columns },
    y: { title: yTitle, names: rows },
    marks: ({ x, y, bandX, bandY }) =>
      shade.flatMap((line, r) =>
        line.flatMap((value, c) => {
          if (value === null) return [];
          const { fill, ink } = cellColor(value);
          const size = Math.min(12, (bandX - 4) / (0.58 * longest));
          return [
            `<rect x="${px(x(c) - bandX / 2 + 0.5)}" y="${px(y(r) - bandY / 2 + 0.5)}" width="${px(bandX - 1)}" height="${px(bandY - 1)}" fill="${fill}"/>`,
            ...(size >= 6
              ? [
                  text(
                    x(c),
                    y(r) + 4,
                    texts[r]![c]!,
                    `text-anchor="middle" font-size="${px(size)}" fill="${ink}"`,
                  ),
                ]
              : []),
          ];
        }),
      ),
  });
  return new Figure({
    ...{ title, notes, svg, numbers },
    data: [
      {
        type: "heatmap",
        x: columns.map((_, c) => c),
        y: rows.map((_, r) => r),
        z: shade,
        ...{
          zmin: 0,
          zmax: 1,
          colorscale: PLOTLY_SCALE,
          showscale: false,
          xgap: 1,
          ygap: 1,
          hoverongaps: false,
        },
        text: texts,
        texttemplate: columns.length <= 24 ? "%{text}" : "",
        customdata: hover.map((line, r) =>
          line.map((facts, c) => plotlyText(`${rows[r]} × ${columns[c]}: ${facts}`)),
        ),
        hovertemplate: "%{customdata}<extra></extra>",
      },
    ],
    layout: {
      height:
        170 +
        Math.max(60, 28 * rows.length) +
        (Math.max(0, ...columns.map((name) => name.length)) > 12 ? 60 : 0),
      xaxis: {
        title: { text: plotlyText(xTitle), standoff: 12 },
        ...nameAxis(columns),
        ...(columns.join("").length > 90 ? { tickangle: -45 } : {}),
        range: [-0.5, columns.length - 0.5],
      },
      yaxis: {
        title: { text: plotlyText(yTitle), standoff: 10 },
        ...nameAxis(rows),
        range: [rows.length - 0.5, -0.5],
        ticklabelstandoff: 6,
      },
    },
    text: textTable(
      ["", ...columns],
      rows.map((name, r) => [name, ...texts[r]!]),
    ),
  });
}
