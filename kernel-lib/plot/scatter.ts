/** Two numeric columns against each other. */
import { InputError } from "../errors";
import { binSql, edgeListSql, edgesSql } from "./binning";
import { emptyFigure } from "./empty-figure";
import type { Figure } from "./figure";
import { whole } from "./label";
import { groupColumn, numberColumn, type PlotTable } from "./plot-table";
import { type DensityCell, densityFigure, pointsFigure } from "./scatter-figure";
import { drawnGroups, type GroupCount, MAX_GROUPS, usableSql } from "./values";

export interface ScatterOptions {
  /** Column of groups: points in the group's color; beyond ten groups the smallest are added up. */
  readonly by?: string;
  /** At most this many points, 1 to 5,000; of more rows a seeded sample is drawn, and the figure says so. Default 2,000. */
  readonly sample?: number;
  /** Another seed draws another sample; the same seed the same. Default 0. */
  readonly seed?: number;
  /** Counts of all rows in about 40 × 40 cells instead of points; not with `by`. Default false. */
  readonly density?: boolean;
  /** Logarithmic axes; values not above 0 are left out and counted. Default false. */
  readonly logX?: boolean;
  readonly logY?: boolean;
  readonly title?: string;
}

const CELLS = 40;

interface Result {
  readonly n: number;
  readonly used: number | null;
  readonly nulls: number | null;
  readonly bad: number | null;
  readonly groups: readonly GroupCount[] | null;
  readonly points: readonly { readonly x: number; readonly y: number; readonly k: number }[] | null;
  readonly cells: readonly DensityCell[] | null;
  readonly xs: readonly number[] | null;
  readonly ys: readonly number[] | null;
}

/**
 * A point for each row, or for a seeded sample of the rows that can be drawn; with `density` the counts of all of them.
 * One pass of DuckDB; the page holds at most `sample` points. Rows where either value is null, NaN, infinite, or not
 * above 0 on a log axis are left out and counted. `numbers` of the figure: the points (`x`, `y`, `group`), or the cells
 * (`x`, `y`: their lower edges, `rows`).
 * @throws InputError when a column is not there or not of numbers.
 * @example await plot.scatter(await open("out/run"), "stats_char_len", "stats_approx_tokens", { by: "meta_domain" })
 */
export async function scatter(
  given: PlotTable | Promise<PlotTable>,
  xName: string,
  yName: string,
  options: ScatterOptions = {},
): Promise<Figure> {
  const { by, sample = 2000, seed = 0, density = false, logX = false, logY = false, title } = options;
  if (!Number.isSafeInteger(sample) || sample < 1 || sample > 5000) {
    throw new InputError(`plot.scatter: got sample ${sample}, expected a whole number from 1 to 5000`);
  }
  if (!Number.isSafeInteger(seed))
    throw new InputError(`plot.scatter: got seed ${seed}, expected a whole number`);
  if (density && by !== undefined) {
    throw new InputError(
      "plot.scatter: got density and by; cells have one color: draw one group with table.filter",
    );
  }
  const table = await given;
  const x = await numberColumn(table, xName, "scatter");
  const y = await numberColumn(table, yName, "scatter");
  const g = by === undefined ? null : await groupColumn(table, by, "scatter");
  const usable = `${usableSql({ log: logX }, "x")} and ${usableSql({ log: logY }, "y")}`;
  const counts = `v as materialized (select ${x.sql} as x, ${y.sql} as y, ${g?.sql ?? "null::VARCHAR"} as g, row_number() over () as r from this),
    w as (select * from v where ${usable}),
    facts as (select count(*) as n, count(*) filter (${usable}) as used, count(*) filter (x is null or y is null) as nulls from v)`;
  const facts = "n, used, nulls, n - used - nulls as bad";
  const query = density
    ? `with ${counts},
    ${edgesSql("sx", "w", { bins: CELLS, integer: x.integer, log: logX })},
    ${edgesSql("sy", "w", { bins: CELLS, integer: y.integer, log: logY }, "y")},
    cells as (select ${binSql("sx", "x", logX)} as i, ${binSql("sy", "y", logY)} as j, count(*) as n from w, sx, sy group by all)
    select ${facts}, (select list(cells order by i, j) from cells) as cells, ${edgeListSql("sx", logX)} as xs, ${edgeListSql("sy", logY)} as ys from facts`
    : `with ${counts},
    sizes as (select g, count(*) as n from w group by g),
    placed as (select *, row_number() over (order by n desc, g nulls last) as place, count(*) over () as all_groups from sizes),
    ranked as materialized (select g, n, case when all_groups <= ${MAX_GROUPS} then place else least(place, ${MAX_GROUPS}) end as k from placed),
    grouped as (select k, case when count(*) = 1 then any_value(g) end as name, count(*) as members, sum(n)::BIGINT as used from ranked group by k),
    drawn as (select * from w order by hash(r, ${seed}), r limit ${sample}),
    points as (select drawn.x, drawn.y, k, r from drawn join ranked on drawn.g is not distinct from ranked.g)
    select ${facts}, (select list(grouped order by k) from grouped) as groups,
      (select list({'x': x, 'y': y, 'k': k} order by r) from points) as points from facts`;
  const [row] = (await table.sql(query).toArray()) as unknown as [Result];
  const heading = title ?? `${y.name} against ${x.name}`;
  const used = row.used ?? 0;
  const drawn = density ? used : (row.points?.length ?? 0);
  const left = [
    [row.nulls ?? 0, "null"],
    [row.bad ?? 0, logX || logY ? "NaN, infinite or not above 0 (log axis)" : "NaN or infinite"],
  ] as const;
  const out = left.filter(([n]) => n > 0).map(([n, why]) => `${whole(n)} ${why}`);
  const notes = [
    `n = ${whole(used)} of ${whole(row.n)} rows${out.length > 0 ? `; ${out.join(", ")} left out` : ""}`,
    ...(density ? ["every row is counted in a cell; brighter is more"] : []),
    ...(drawn < used ? [`${whole(drawn)} of them drawn, a sample with seed ${seed}`] : []),
  ];
  if (drawn === 0) return emptyFigure(heading, notes, x.title);
  const axes = { heading, notes, xTitle: x.title, yTitle: y.title, logX, logY };
  if (density) return densityFigure({ ...axes, cells: row.cells!, xs: row.xs!, ys: row.ys! });
  return pointsFigure({
    ...axes,
    points: row.points!,
    groups: drawnGroups(row.groups!, g !== null),
    grouped: g !== null,
  });
}
