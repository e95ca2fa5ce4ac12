/** Rows by the values of a column. */
import { InputError } from "../errors";
import { groupColor, groupStyles, NEUTRAL_COLOR } from "../notebook/group-color";
import { emptyFigure } from "./empty-figure";
import { Figure } from "./figure";
import { groupLabels, nameAxis, percent, plotlyText, whole } from "./label";
import { groupOrListColumn, type PlotTable } from "./plot-table";
import { px, svgFrame, text } from "./svg-frame";

export interface BarsOptions {
  /** At most this many bars, 1 to 200, the largest first; the rest is added up in one bar. Default 20. */
  readonly limit?: number;
  readonly title?: string;
}

interface Bar {
  readonly name: string | null;
  readonly n: number;
  /** Values in it: more than one for what is added up. */
  readonly members: number;
}

/** With more bars than this, color would say nothing. */
const COLORED = 12;
const PLAIN = groupColor("math");

/**
 * A bar per value of a column, longest first, ties by name; null has a bar of its own. Of a list column each item
 * counts once a row. Counted by DuckDB: the page holds at most `limit` + 1 bars however many rows the table has. Up to
 * twelve bars have the colors of their groups. `numbers` of the figure: `name`, `rows`, `share` 0..1 of all rows.
 * @throws InputError when the column is not there or nested.
 * @example await plot.bars(await open("demo"), "_split")
 */
export async function bars(
  given: PlotTable | Promise<PlotTable>,
  column: string,
  options: BarsOptions = {},
): Promise<Figure> {
  const { limit = 20, title } = options;
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > 200) {
    throw new InputError(`plot.bars: got limit ${limit}, expected a whole number from 1 to 200`);
  }
  const table = await given;
  const g = await groupOrListColumn(table, column, "bars");
  const items = g.list
    ? "select unnest(list_distinct(g)) as g from v where len(g) > 0 union all select null from v where g is null"
    : "select g from v";
  const query = `with v as ${g.list ? "materialized " : ""}(select ${g.sql} as g from this),
    counted as materialized (select g, count(*) as n from (${items}) group by g),
    placed as (select *, row_number() over (order by n desc, g nulls last) as place from counted),
    bars as (select least(place, ${limit + 1}) as k, case when count(*) = 1 then any_value(g) end as name,
      sum(n)::BIGINT as n, count(*) as members from placed group by k)
    select (select list(bars order by k) from bars) as bars, (select ${g.list ? "count(*) from v" : "sum(n)::BIGINT from counted"}) as rows,
      (select ${g.list ? "count(*) from v where len(g) = 0" : "0"}) as empty`;
  const [row] = (await table.sql(query).toArray()) as unknown as [
    { bars: readonly Bar[] | null; rows: number | null; empty: number },
  ];
  const heading = title ?? `Rows by ${g.title}`;
  const rows = row.rows ?? 0;
  const notes = [
    `n = ${whole(rows)} rows`,
    ...(g.list ? [`a row counts once for each item of its list; ${whole(row.empty)} lists are empty`] : []),
  ];
  if (!row.bars) return emptyFigure(heading, notes, "rows");
  return draw(heading, notes, row.bars, rows, g.title);
}

function draw(
  title: string,
  notes: readonly string[],
  bars: readonly Bar[],
  rows: number,
  yTitle: string,
): Figure {
  const single = bars.filter(({ members }) => members === 1);
  const labels = groupLabels(single.map(({ name }) => name));
  for (const { members } of bars) if (members > 1) labels.push(`${whole(members)} others`);
  const styles = groupStyles(single.map(({ name }) => name));
  const color = (i: number) =>
    i >= single.length ? NEUTRAL_COLOR : single.length > COLORED ? PLAIN : styles[i]!.color;
  const shape = (i: number) => (i >= single.length || single.length > COLORED ? "" : styles[i]!.pattern);
  const numbers = bars.map(({ name, n, members }, i) => ({
    ...{ name: members === 1 ? name : labels[i]!, rows: n, share: n / rows },
  }));
  const most = Math.max(...bars.map(({ n }) => n));
  const written = (n: number) => `${whole(n)} · ${percent(n / rows)}`;
  const svg = svgFrame({
    ...{ title, notes, height: 24 * bars.length, right: 110 },
    x: { title: "rows", min: 0, max: most, counts: true },
    y: { title: yTitle, names: labels },
    marks: ({ x, y, left }) =>
      bars.flatMap(({ n }, i) => [
        `<rect x="${px(left)}" y="${px(y(i) - 8)}" width="${px(Math.max(0.5, x(n) - left))}" height="16" fill="${color(i)}"/>`,
        text(x(n) + 6, y(i) + 4, written(n)),
      ]),
  });
  const width = Math.max(12, ...bars.map(({ n }) => whole(n).length));
  return new Figure({
    ...{ title, notes, svg, numbers },
    text: bars
      .map(({ n }, i) => `${whole(n).padStart(width)}  ${labels[i]}  ${percent(n / rows)}`)
      .join("\n"),
    data: [
      {
        type: "bar",
        orientation: "h",
        x: bars.map(({ n }) => n),
        y: labels.map((_, i) => i),
        customdata: labels.map(plotlyText),
        marker: {
          color: bars.map((_, i) => color(i)),
          pattern: {
            shape: bars.map((_, i) => shape(i)),
            fgcolor: "#ffffff",
            fgopacity: 0.6,
            size: 6,
            fillmode: "overlay",
          },
        },
        text: bars.map(({ n }) => written(n)),
        textposition: "outside",
        cliponaxis: false,
        hovertemplate: "%{customdata}: %{x:,} rows<extra></extra>",
      },
    ],
    layout: {
      height: 130 + 26 * bars.length,
      margin: { r: 120 },
      xaxis: { title: { text: "rows" }, rangemode: "tozero" },
      yaxis: {
        title: { text: plotlyText(yTitle), standoff: 10 },
        ...nameAxis(labels),
        range: [labels.length - 0.5, -0.5],
        ticklabelstandoff: 6,
      },
      showlegend: false,
    },
  });
}
