/** Figures: counted by DuckDB, drawn by plotly where it is there and as SVG everywhere else. */
import { quoteName } from "../db";
import { escapeHtml } from "./escape-html";

/** What a plot needs of a table. */
export interface PlotTable {
  sql(query: string): { toArray(): Promise<Record<string, unknown>[]> };
}

/** A figure that shows itself: plotly JSON, a static SVG and text say the same. */
export class Figure {
  constructor(
    readonly data: readonly object[],
    readonly layout: Readonly<Record<string, unknown>>,
    private readonly svg: string,
    private readonly plain: string,
  ) {}

  [Symbol.for("corpuslab.display")](): Record<string, unknown> {
    return {
      "application/vnd.plotly.v1+json": {
        data: this.data,
        layout: this.layout,
        config: { displaylogo: false },
      },
      "image/svg+xml": this.svg,
      "text/plain": this.plain,
    };
  }
}

export interface BarsOptions {
  /** At most this many bars, the largest first; the rest is added up in one bar. Default 20. */
  readonly limit?: number;
  readonly title?: string;
}

/**
 * A bar per value of a column, longest first, ties by name; null has a bar of its own. Counted by DuckDB: the page
 * holds at most `limit` + 1 bars however many rows the table has.
 * @example await plot.bars(run.rows(), "meta_domain")
 */
async function bars(
  table: PlotTable | Promise<PlotTable>,
  column: string,
  options: BarsOptions = {},
): Promise<Figure> {
  const { limit = 20, title = `Rows by ${column}` } = options;
  const query = `SELECT coalesce(${quoteName(column)}::VARCHAR, 'null') AS name, count(*) AS n FROM this GROUP BY 1 ORDER BY n DESC, name`;
  const counted = (await (await table).sql(query).toArray()).map((row) => ({
    name: String(row.name),
    n: Number(row.n),
  }));
  const shown = counted.slice(0, limit);
  const rest = counted.slice(limit);
  if (rest.length > 0) {
    shown.push({ name: `${rest.length} others`, n: rest.reduce((total, { n }) => total + n, 0) });
  }
  const layout = {
    title: { text: escapeHtml(title) },
    height: 120 + 26 * shown.length,
    margin: { l: 160, r: 30, t: 50, b: 50 },
    xaxis: { title: { text: "rows" }, rangemode: "tozero" },
    yaxis: { autorange: "reversed", type: "category" },
  };
  const data = [
    {
      type: "bar",
      orientation: "h",
      x: shown.map(({ n }) => n),
      y: shown.map(({ name }) => escapeHtml(cut(name))),
      marker: { color: BLUE },
      hovertemplate: "%{y}: %{x:,} rows<extra></extra>",
    },
  ];
  const plain = shown
    .map(({ name, n }) => `${n.toLocaleString("en-US").padStart(12)}  ${cut(name)}`)
    .join("\n");
  return new Figure(data, layout, barsSvg(title, shown), `${title}\n${plain}`);
}

/**
 * Plots of a table; each is shown when it is the last value of a cell.
 * @example await plot.bars(await open("demo"), "_split")
 */
export const plot = { bars };

const BLUE = "#0072b2";

function cut(name: string): string {
  return name.length > 40 ? `${name.slice(0, 39)}…` : name;
}

function barsSvg(title: string, shown: readonly { readonly name: string; readonly n: number }[]): string {
  const most = Math.max(1, ...shown.map(({ n }) => n));
  const height = 40 + shown.length * 24;
  const lines = shown.map(({ name, n }, i) => {
    const y = 34 + i * 24;
    const width = Math.round((420 * n) / most);
    return (
      `<text x="190" y="${y + 13}" text-anchor="end">${escapeHtml(cut(name))}</text>` +
      `<rect x="200" y="${y}" width="${width}" height="17" fill="${BLUE}"/>` +
      `<text x="${206 + width}" y="${y + 13}">${n.toLocaleString("en-US")}</text>`
    );
  });
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="720" height="${height}" viewBox="0 0 720 ${height}" ` +
    `font-family="sans-serif" font-size="12" role="img" aria-label="${escapeHtml(title)}">` +
    `<rect width="720" height="${height}" fill="#ffffff"/><text x="10" y="20" font-weight="bold">${escapeHtml(title)}</text>` +
    `${lines.join("")}</svg>`
  );
}
