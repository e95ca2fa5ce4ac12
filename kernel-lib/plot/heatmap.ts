/** Rows by two columns at once. */
import { cellsFigure } from "./cells-figure";
import { emptyFigure } from "./empty-figure";
import type { Figure } from "./figure";
import { groupLabels, percent, whole } from "./label";
import { naturalOrder } from "./natural-order";
import { groupColumn, type PlotTable } from "./plot-table";

export interface HeatmapOptions {
  /** Cells show the share of their line's rows, so that lines of different size compare. Default false: rows. */
  readonly share?: boolean;
  readonly title?: string;
}

/** Names of each column that get a line; the rest is added up in one. */
const MOST = 20;

interface Names {
  readonly k: number;
  readonly name: string | null;
  readonly members: number;
  readonly n: number;
}

/**
 * Counts of the rows by column `a` (down) and column `b` (across), counted by DuckDB; at most 20 values of each, the
 * largest first (difficulty in its order), and one line of all others. Null is a value. Darker means fewer: cells are shaded by the square root of
 * the count, or by the share. `numbers` of the figure: `a`, `b`, `rows`, `share` 0..1 of the line.
 * @throws InputError when a column is not there or nested.
 * @example await plot.heatmap(await open("out/run"), "meta_domain", "meta_difficulty_bin")
 */
export async function heatmap(
  given: PlotTable | Promise<PlotTable>,
  a: string,
  b: string,
  { share = false, title }: HeatmapOptions = {},
): Promise<Figure> {
  const table = await given;
  const down = await groupColumn(table, a, "heatmap");
  const across = await groupColumn(table, b, "heatmap");
  const side = (key: "a" | "b") => `${key}_sizes as (select ${key}, sum(n) as n from counted group by ${key}),
    ${key}_placed as (select *, row_number() over (order by n desc, ${key} nulls last) as place from ${key}_sizes),
    ${key}_ranked as materialized (select ${key}, n, least(place, ${MOST + 1}) as k from ${key}_placed),
    ${key}_names as (select k, case when count(*) = 1 then any_value(${key}) end as name, count(*) as members, sum(n)::BIGINT as n from ${key}_ranked group by k)`;
  const query = `with counted as materialized (select ${down.sql} as a, ${across.sql} as b, count(*) as n from this group by all),
    ${side("a")}, ${side("b")},
    cells as (select ar.k as i, br.k as j, sum(c.n)::BIGINT as n from counted c join a_ranked ar on c.a is not distinct from ar.a
      join b_ranked br on c.b is not distinct from br.b group by all)
    select (select list(a_names order by k) from a_names) as a, (select list(b_names order by k) from b_names) as b,
      (select list(cells order by i, j) from cells) as cells`;
  const [row] = (await table.sql(query).toArray()) as unknown as [
    {
      a: readonly Names[] | null;
      b: readonly Names[] | null;
      cells: readonly { readonly i: number; readonly j: number; readonly n: number }[] | null;
    },
  ];
  const names = { a: naturalOrder(row.a ?? [], nameOf), b: naturalOrder(row.b ?? [], nameOf) };
  const heading = title ?? `Rows by ${down.name} and ${across.name}`;
  if (!row.cells) return emptyFigure(heading, ["n = 0 rows"], across.title);
  const rows = names.a.reduce((total, { n }) => total + n, 0);
  const cells = new Map(row.cells.map(({ i, j, n }) => [`${i} ${j}`, n]));
  const counts = names.a.map(({ k: i }) => names.b.map(({ k: j }) => cells.get(`${i} ${j}`) ?? 0));
  const most = Math.max(...counts.flat());
  const [lines, columns] = [labels(names.a), labels(names.b)];
  const of = (r: number, c: number) => counts[r]![c]! / names.a[r]!.n;
  return cellsFigure({
    title: heading,
    notes: [
      `n = ${whole(rows)} rows; ${share ? `shares of the rows of each ${down.name}` : "rows in each cell"}, brighter is more`,
    ],
    ...{ xTitle: across.title, yTitle: down.title, columns, rows: lines },
    shade: counts.map((line, r) =>
      line.map((n, c) => (n === 0 ? null : share ? of(r, c) : Math.sqrt(n / most))),
    ),
    texts: counts.map((line, r) =>
      line.map((n, c) => (n === 0 ? "0" : share ? percent(of(r, c)) : whole(n))),
    ),
    hover: counts.map((line, r) => line.map((n, c) => `${whole(n)} rows, ${percent(of(r, c))} of the line`)),
    numbers: counts.flatMap((line, r) =>
      line.map((n, c) => ({
        a: names.a[r]!.members === 1 ? names.a[r]!.name : lines[r],
        b: names.b[c]!.members === 1 ? names.b[c]!.name : columns[c],
        ...{ rows: n, share: of(r, c) },
      })),
    ),
  });
}

/** What is added up has no name, and no place in a scale. */
function nameOf({ name, members }: Names): string | null {
  return members === 1 ? name : "others";
}

function labels(names: readonly Names[]): string[] {
  const single = groupLabels(names.filter(({ members }) => members === 1).map(({ name }) => name));
  return names.map(({ members }, i) => (members === 1 ? single[i]! : `${whole(members)} others`));
}
