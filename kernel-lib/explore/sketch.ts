/** Exact counts of a table's columns by bins and groups: all that an explorer draws without a kernel. */

import { randomUUID } from "node:crypto";
import type { Db } from "../db";
import { InputError } from "../errors";
import { interruptSignal } from "../interrupt";
import type { Table } from "../table/table";
import { cellCount, cellSql } from "./cell-sql";
import { type Edges, edgesOf, type Spread } from "./edges";
import { type LoadedColumns, type LoadOptions, loadColumns } from "./load-columns";
import type { ColumnSketch, Selection, Sketch, Totals } from "./protocol";

export interface SketchOptions extends Omit<LoadOptions, "by"> {
  /** Column whose values are the groups: the 20 largest, the rest summed up. Default one group. */
  readonly by?: string | null | undefined;
  /** At most this many bins a column. Default 160 for one column, 60 each for two, fewer beyond. */
  readonly bins?: number | undefined;
  /** Bins spaced by the logarithm. Default: where the values spread over decades and none is negative. */
  readonly log?: boolean | undefined;
}

/** Groups that are shown by name. */
const GROUPS = 20;
/** Bins by the number of columns: the cells of all columns together stay in the millions. */
const BINS: readonly number[] = [160, 60, 40, 20, 12, 8];
/** Quantiles come from some 200,000 rows, the same ones whatever the order of reading: they only place the edges. */
const SAMPLED = 200_000;

/**
 * The counts of all rows by bin and group, exact, of one or two columns (histograms alone beyond two). The columns are
 * read once, by DuckDB; edges are numbers that people can read. The same rows give the same sketch, but for its id.
 * Memory: DuckDB spills beyond `memoryLimit`.
 * @throws InputError for a column that is missing or not a number.
 * @example const sketch = await sketchOf(await open("out/demo"), { columns: ["stats_approx_tokens"], by: "meta_domain" })
 */
export async function sketchOf(table: Table, options: SketchOptions): Promise<Sketch> {
  const loaded = await loadColumns(table, { ...options, by: options.by ?? null });
  try {
    return await sketchLoaded(loaded, options);
  } finally {
    loaded.db.close();
  }
}

/**
 * The sketch of loaded columns. Afterwards `loaded.db` holds table `cells` in place of `loaded`: `g` (index of the
 * group), `c0`, `c1` … (cells) and `v0`, `v1` …, `tokens`, `f`, `r` as before, in the same order.
 */
export async function sketchLoaded(
  loaded: LoadedColumns,
  { bins, log, signal = interruptSignal() }: Pick<SketchOptions, "bins" | "log" | "signal">,
): Promise<Sketch> {
  const { columns, tokensColumn } = loaded;
  const most = bins ?? BINS[columns.length - 1]!;
  if (!Number.isSafeInteger(most) || most < 4 || most > 1000) {
    throw new InputError(`explore: bins is ${most}, expected a whole number from 4 to 1000`);
  }
  try {
    const [total, groups] = await groupsOf(loaded);
    const spreads = await spreadsOf(loaded, total.rows);
    const edges = spreads.map(({ spread }, i) => edgesFor(columns[i]!, spread, most, log));
    await makeCells(loaded, groups.names, edges);
    const axes = columns.map((_, i) => `c${i}`);
    const cube = columns.length > 2 ? [] : await cubeOf(loaded, axes);
    const histograms: number[][] = [];
    for (const [i, axis] of axes.entries())
      histograms.push(await histogramOf(loaded, axis, cellCount(edges[i]!.edges)));
    return {
      ...{ version: 1, id: randomUUID(), origin: loaded.origin, by: loaded.by, tokensColumn, cube },
      columns: columns.map(
        (name, i): ColumnSketch => ({
          ...{ name, unit: unitOf(name), log: edges[i]!.log, edges: edges[i]!.edges },
          ...{ min: spreads[i]!.spread?.min ?? 0, max: spreads[i]!.spread?.max ?? 0, rows: histograms[i]! },
          ...{ nulls: spreads[i]!.nulls, nans: spreads[i]!.nans },
        }),
      ),
      ...{ groups: groups.names, others: groups.others, total, groupTotals: groups.totals },
      selection: openSelection(columns),
    };
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}

/** No bounds, and nothing decided about nulls and NaN. */
export function openSelection(columns: readonly string[]): Selection {
  return Object.fromEntries(
    columns.map((name) => [name, { lower: null, upper: null, nulls: "undecided", nans: "undecided" }]),
  );
}

/** Table `cells` in place of `loaded`, by the groups and edges of a sketch. */
export async function makeCells(
  { db, by, columns }: LoadedColumns,
  groups: Sketch["groups"],
  edges: readonly Pick<ColumnSketch, "edges">[],
): Promise<void> {
  const group = by === null ? "0::utinyint" : await groupSql(db, groups);
  const cells = edges.map((column, i) => `${cellSql(`v${i}`, column.edges)}::usmallint as c${i}`);
  const keep = ["tokens", "f", "r", ...columns.map((_, i) => `v${i}`)];
  await db.run(`create table cells as select ${[`${group} as g`, ...cells, ...keep].join(", ")} from loaded`);
  await db.run("drop table loaded");
}

/** The index of a row's group; that of the others where it has none of these names. */
async function groupSql(db: Db, names: Sketch["groups"]): Promise<string> {
  const texts = names.filter((name) => name !== null);
  const nulls = names.indexOf(null);
  const ofNull = nulls < 0 ? "null" : String(nulls);
  if (texts.length === 0)
    return `coalesce(case when name is null then ${ofNull} end, ${names.length})::utinyint`;
  // bound: a name may hold NUL, which ends SQL text
  await db.run("create temp table group_names (k utinyint, name varchar)");
  for (const [at, name] of texts.entries()) await db.run("insert into group_names values (?, ?)", [at, name]);
  await db.run("create type group_name as enum (select name from group_names order by k)");
  const code = "enum_code(try_cast(name as group_name))";
  // the codes count the names without null, so its place is stepped over
  const index = nulls < 0 ? code : `${code} + case when ${code} >= ${nulls} then 1 else 0 end`;
  return `coalesce(case when name is null then ${ofNull} else ${index} end, ${names.length})::utinyint`;
}

interface Groups {
  readonly names: readonly (string | null)[];
  readonly others: number;
  readonly totals: readonly Totals[];
}

async function groupsOf({ db, by, tokensColumn }: LoadedColumns): Promise<[Totals, Groups]> {
  type Counted = { name: string | null; n: number; t: number };
  const totals = ({ n, t }: Counted): Totals => ({ rows: n, tokens: tokensColumn === null ? null : t });
  await db.run(
    "create temp table counted as select name, count(*) as n, sum(tokens) as t from loaded group by name",
  );
  const all = await db.one<Counted & { groups: number }>(
    "select null as name, coalesce(sum(n), 0)::bigint as n, coalesce(sum(t), 0) as t, count(*) as groups from counted",
  );
  if (by === null) {
    return [totals(all), { names: [null], others: 0, totals: [totals(all)] }];
  }
  const top = await db.all<Counted>(
    `select name, n, t from counted order by n desc, name nulls last limit ${GROUPS}`,
  );
  const names = top.map(({ name }) => name);
  const others = all.groups - top.length;
  const rest = {
    name: null,
    n: all.n - top.reduce((sum, { n }) => sum + n, 0),
    t: all.t - top.reduce((sum, { t }) => sum + t, 0),
  };
  return [
    totals(all),
    { names, others, totals: [...top.map(totals), ...(others > 0 ? [totals(rest)] : [])] },
  ];
}

interface Described {
  /** null when no value is finite. */
  readonly spread: Spread | null;
  readonly nulls: number;
  readonly nans: number;
}

async function spreadsOf({ db, columns }: LoadedColumns, rows: number): Promise<Described[]> {
  // one expression for what is finite: a filter on each aggregate takes three times as long
  const finite = columns.map((_, i) => `case when isfinite(v${i}) then v${i} end as x${i}`);
  const facts = columns.map(
    (_, i) =>
      `count(v${i}) as present${i}, count(x${i}) as finite${i}, count_if(isinf(v${i})) as infinite${i}, ` +
      `min(x${i}) as min${i}, max(x${i}) as max${i}, ` +
      `min(case when x${i} > 0 then x${i} end) as positive${i}, bool_and(x${i} = floor(x${i})) as whole${i}`,
  );
  const counted = await db.one<Record<string, number | boolean | null>>(
    `select ${facts.join(", ")} from (select *, ${finite.join(", ")} from loaded)`,
  );
  const every = Math.max(1, Math.ceil(rows / SAMPLED));
  const quantiles = columns.map(
    (_, i) => `quantile_disc(v${i}, [0.001, 0.5, 0.999]) filter (isfinite(v${i})) as q${i}`,
  );
  const sampled = await db.one<Record<string, number[] | null>>(
    `select ${quantiles.join(", ")} from loaded where hash(f, r) % ${every} = 0`,
  );
  return columns.map((_, i) => {
    const number = (name: string) => counted[`${name}${i}`] as number | null;
    const [min, max] = [number("min"), number("max")];
    const [low = min!, median = min!, high = max!] = sampled[`q${i}`] ?? [];
    const spread =
      min === null || max === null
        ? null
        : {
            min,
            max,
            low,
            median,
            high,
            minPositive: number("positive"),
            whole: counted[`whole${i}`] === true,
          };
    const [present, known] = [number("present")!, number("finite")! + number("infinite")!];
    return { spread, nulls: rows - present, nans: present - known };
  });
}

function edgesFor(column: string, spread: Spread | null, bins: number, log: boolean | undefined): Edges {
  if (spread === null) return { edges: [0, 1], log: false };
  if (log === true && spread.min < 0) {
    throw new InputError(
      `explore: column ${column} has values below 0 (${spread.min}), expected none with log: true; leave log out`,
    );
  }
  return edgesOf(spread, bins, log ?? null);
}

async function cubeOf({ db }: LoadedColumns, axes: readonly string[]): Promise<number[]> {
  const keys = ["g", ...axes].join(", ");
  const cube: number[] = [];
  const sql = `select ${keys}, count(*) as n, sum(tokens) as t from cells group by ${keys} order by ${keys}`;
  for await (const batch of db.streamColumns(sql)) {
    const columns = batch as number[][];
    for (let row = 0; row < columns[0]!.length; row++) for (const column of columns) cube.push(column[row]!);
  }
  return cube;
}

async function histogramOf({ db }: LoadedColumns, axis: string, cells: number): Promise<number[]> {
  const rows = new Array<number>(cells).fill(0);
  for (const { c, n } of await db.all<{ c: number; n: number }>(
    `select ${axis} as c, count(*) as n from cells group by c`,
  )) {
    rows[c] = n;
  }
  return rows;
}

const UNITS: readonly (readonly [RegExp, string])[] = [
  [/percentile/i, "percentile"],
  [/token/i, "tokens"],
  [/nll|loss|entropy/i, "nats"],
  [/char/i, "characters"],
  [/word/i, "words"],
  [/bytes/i, "bytes"],
];

function unitOf(name: string): string | null {
  return UNITS.find(([pattern]) => pattern.test(name))?.[1] ?? null;
}
