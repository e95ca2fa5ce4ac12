/** How the values of a column are spread. */
import { InputError } from "../errors";
import { binSql, edgeListSql, edgesSql } from "./binning";
import { emptyFigure } from "./empty-figure";
import { Figure, textTable } from "./figure";
import { number, percent, plotlyText, whole } from "./label";
import { groupColumn, numberColumn, type PlotTable } from "./plot-table";
import { dashOf, px, svgFrame } from "./svg-frame";
import {
  type DrawnGroup,
  drawnGroups,
  GROUPS_SQL,
  type GroupCount,
  rowNotes,
  usableSql,
  valuesSql,
} from "./values";

export interface HistogramOptions {
  /** Column of groups: a line each in the group's color; beyond ten groups the smallest are added up. */
  readonly by?: string;
  /** Bins of equal width on a log axis; numbers not above 0 are left out and counted. Default false. */
  readonly log?: boolean;
  /** About how many bins, 1 to 500; their edges are round, so there may be fewer. Default 50. */
  readonly bins?: number;
  /** Heights as a share of each group's drawn rows, so that groups of different size compare. Default false: rows. */
  readonly share?: boolean;
  /** Only values in this range, ends included; the others are counted as left out. Default: all. */
  readonly range?: readonly [min: number, max: number];
  readonly title?: string;
}

interface Result {
  readonly groups: readonly GroupCount[] | null;
  readonly cells: readonly { readonly k: number; readonly i: number; readonly n: number }[] | null;
  readonly edges: readonly number[] | null;
}

/**
 * A histogram of a numeric column, counted in one pass of DuckDB; the page holds the counts only. A bin holds its lower
 * edge, the last one both. Null, NaN, infinite and (with `log`) non-positive values are left out, and the figure says how
 * many. `numbers` of the figure has a row for each bin and group: `group`, `from`, `to`, `rows`, `share` 0..1.
 * @throws InputError when a column is not there or not of numbers.
 * @example await plot.histogram(await open("out/run"), "stats_approx_tokens", { by: "meta_domain", log: true })
 */
export async function histogram(
  given: PlotTable | Promise<PlotTable>,
  column: string,
  options: HistogramOptions = {},
): Promise<Figure> {
  const { by, log = false, bins = 50, share = false, range, title } = options;
  if (!Number.isSafeInteger(bins) || bins < 1 || bins > 500) {
    throw new InputError(`plot.histogram: got bins ${bins}, expected a whole number from 1 to 500`);
  }
  if (range && !(Number.isFinite(range[0]) && Number.isFinite(range[1]) && range[0] < range[1])) {
    throw new InputError(
      `plot.histogram: got range ${range.join(" – ")}, expected two numbers, the smaller first`,
    );
  }
  const table = await given;
  const x = await numberColumn(table, column, "histogram");
  const g = by === undefined ? null : await groupColumn(table, by, "histogram");
  const usable = { log, range };
  const query = `with ${valuesSql(x.sql, g?.sql ?? null, usable)},
    ${edgesSql("s", "v", { bins, integer: x.integer, ...usable })},
    filled as (select g, ${binSql("s", "x", log)} as i, count(*) as n from v, s where ${usableSql(usable)} group by all),
    cells as (select k, i, sum(filled.n)::BIGINT as n from filled join ranked on filled.g is not distinct from ranked.g group by k, i)
    select ${GROUPS_SQL} as groups, (select list(cells order by k, i) from cells) as cells, ${edgeListSql("s", log)} as edges`;
  const [row] = (await table.sql(query).toArray()) as unknown as [Result];
  const groups = row.groups ?? [];
  const heading = title ?? `Rows by ${x.name}${g ? ` and ${g.name}` : ""}`;
  const notes = rowNotes(groups, usable);
  if (!row.edges) return emptyFigure(heading, notes, x.title);
  const edges = row.edges;
  const counts = new Map(groups.map(({ k }) => [k, new Array<number>(edges.length - 1).fill(0)]));
  for (const { k, i, n } of row.cells ?? []) counts.get(k)![i] = n;
  const lines = drawnGroups(groups, g !== null).map((group) => ({ group, counts: counts.get(group.k)! }));
  return draw({ heading, notes, lines, edges, log, share, xTitle: x.title, grouped: g !== null });
}

interface Drawn {
  readonly heading: string;
  readonly notes: readonly string[];
  readonly lines: readonly { readonly group: DrawnGroup; readonly counts: readonly number[] }[];
  readonly edges: readonly number[];
  readonly log: boolean;
  readonly share: boolean;
  readonly xTitle: string;
  readonly grouped: boolean;
}

function draw({ heading, notes, lines, edges, log, share, xTitle, grouped }: Drawn): Figure {
  const height = (group: DrawnGroup, n: number) => (share ? (100 * n) / group.used : n);
  const yTitle = share ? (grouped ? "share of the group's rows (%)" : "share of rows (%)") : "rows";
  const [min, max] = [edges[0]!, edges.at(-1)!];
  const last = edges.length - 1;
  const closes = (i: number) => (i === last - 1 ? "]" : ")");
  const binText = (i: number) => `[${number(edges[i]!)}, ${number(edges[i + 1]!)}${closes(i)}`;
  const data = lines.map(({ group, counts }) => ({
    type: "scatter",
    mode: "lines",
    name: plotlyText(group.label),
    showlegend: grouped,
    x: [min, ...edges],
    y: [0, ...counts.map((n) => height(group, n)), 0],
    line: { shape: "hv", color: group.style.color, dash: group.style.dash, width: 2 },
    fill: "tozeroy",
    fillcolor: `${group.style.color}${grouped ? "1a" : "66"}`,
    text: ["", ...counts.map((n, i) => `${binText(i)}: ${whole(n)} rows, ${percent(n / group.used)}`), ""],
    hovertemplate: `%{text}<extra>${grouped ? plotlyText(group.label).replaceAll("%{", "% {") : ""}</extra>`,
  }));
  const top = Math.max(...lines.map(({ group, counts }) => Math.max(...counts.map((n) => height(group, n)))));
  const svg = svgFrame({
    ...{ title: heading, notes },
    x: { title: xTitle, min, max, log },
    y: { title: yTitle, min: 0, max: top * 1.05, counts: !share },
    legend: grouped ? lines.map(({ group: { label, style } }) => ({ label, style })) : [],
    marks: ({ x, y }) =>
      lines.map(({ group, counts }) => {
        const steps = counts.map((n, i) => `V${px(y(height(group, n)))}H${px(x(edges[i + 1]!))}`).join("");
        const path = `M${px(x(min))} ${px(y(0))}${steps}V${px(y(0))}`;
        return `<path d="${path}" fill="${group.style.color}" fill-opacity="${grouped ? 0.08 : 0.45}" stroke="${group.style.color}" stroke-width="1.8"${dashOf(group.style)}/>`;
      }),
  });
  const text = textTable(
    [xTitle, ...lines.map(({ group }) => (grouped ? group.label : "rows"))],
    edges.slice(0, -1).map((_, i) => [binText(i), ...lines.map(({ counts }) => whole(counts[i]!))]),
  );
  return new Figure({
    ...{ title: heading, notes, data, svg, text },
    layout: {
      xaxis: { title: { text: plotlyText(xTitle) }, ...(log ? { type: "log" } : {}) },
      yaxis: { title: { text: plotlyText(yTitle) }, rangemode: "tozero" },
    },
    numbers: lines.flatMap(({ group, counts }) =>
      counts.map((rows, i) => ({
        ...(grouped ? { group: group.members === 1 ? group.name : group.label } : {}),
        ...{ from: edges[i], to: edges[i + 1], rows, share: rows / group.used },
      })),
    ),
  });
}
