/** A sketch made from rows in memory, slowly and plainly: what the explorer's page is tested with. */
import type { ColumnSketch, Selection, Sketch, Totals } from "../../kernel-lib/explore/protocol";

export interface Row {
  readonly group: string | null;
  readonly tokens: number;
  readonly values: readonly (number | null)[];
}

export interface SketchColumn {
  readonly name: string;
  readonly edges: readonly number[];
  readonly unit?: string | null;
  readonly log?: boolean;
}

/** The joint counts of rows over the columns given; at most `maxGroups` groups, the rest as others. */
export function sketchOf(
  rows: readonly Row[],
  columns: readonly SketchColumn[],
  {
    id = "explorer-1",
    origin = "test rows",
    selection = {},
    maxGroups = 20,
  }: {
    readonly id?: string;
    readonly origin?: string;
    readonly selection?: Selection;
    readonly maxGroups?: number;
  } = {},
): Sketch {
  const sizes = new Map<string | null, number>();
  for (const { group } of rows) sizes.set(group, (sizes.get(group) ?? 0) + 1);
  const ordered = [...sizes].sort((a, b) => b[1] - a[1]).map(([name]) => name);
  const groups = ordered.slice(0, maxGroups);
  const others = ordered.length - groups.length;
  const indexOf = (group: string | null) => (groups.includes(group) ? groups.indexOf(group) : groups.length);
  const groupTotals: { rows: number; tokens: number }[] = Array.from(
    { length: groups.length + (others > 0 ? 1 : 0) },
    () => ({ rows: 0, tokens: 0 }),
  );
  const total = { rows: 0, tokens: 0 };
  const cells = new Map<string, { rows: number; tokens: number }>();
  for (const row of rows) {
    const key = [indexOf(row.group), ...columns.map(({ edges }, c) => cellOf(edges, row.values[c]!))].join();
    const cell = cells.get(key) ?? { rows: 0, tokens: 0 };
    cells.set(key, cell);
    for (const counted of [cell, total, groupTotals[indexOf(row.group)]!]) {
      counted.rows++;
      counted.tokens += row.tokens;
    }
  }
  return {
    version: 1,
    id,
    origin,
    columns: columns.map((column, c) =>
      columnSketch(
        column,
        rows.map(({ values }) => values[c]!),
      ),
    ),
    by: "meta_domain",
    groups,
    others,
    tokensColumn: "stats_approx_tokens",
    total: total satisfies Totals,
    groupTotals,
    cube:
      columns.length > 2
        ? []
        : [...cells].flatMap(([key, { rows: n, tokens }]) => [...key.split(",").map(Number), n, tokens]),
    selection,
  };
}

function columnSketch(
  { name, edges, unit = null, log = false }: SketchColumn,
  values: readonly (number | null)[],
): ColumnSketch {
  const rows = new Array<number>(edges.length + 1).fill(0);
  for (const value of values) rows[cellOf(edges, value)]!++;
  const finite = values.filter((value) => value !== null && !Number.isNaN(value)) as number[];
  return {
    name,
    unit,
    log,
    edges,
    min: Math.min(...finite),
    max: Math.max(...finite),
    rows,
    nulls: rows.at(-2)!,
    nans: rows.at(-1)!,
  };
}

function cellOf(edges: readonly number[], value: number | null): number {
  const bins = edges.length - 1;
  if (value === null) return bins;
  if (Number.isNaN(value)) return bins + 1;
  for (let i = 0; i < bins; i++) if (value >= edges[i]! && value < edges[i + 1]!) return i;
  if (value === edges[bins]) return bins - 1;
  throw new Error(`${value} lies outside of the edges`);
}

/** Rows of random groups with a token count (spread by the logarithm) and a percentile that is null or NaN at times. */
export function randomRows(
  n: number,
  {
    seed = 1,
    groups = ["math", "code", "science", "chat_if", "agentic", "safety", null] as readonly (string | null)[],
  } = {},
): Row[] {
  let state = seed >>> 0;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  return Array.from({ length: n }, () => {
    const g = Math.floor(groups.length * random() ** 1.7);
    const bell = (random() + random() + random() + random()) / 4;
    const tokens = Math.max(1, Math.min(65535, Math.round(2 ** (4 + 12 * bell + g * 0.25))));
    const draw = random();
    const percentile = draw < 0.03 ? null : draw < 0.035 ? Number.NaN : 100 * random() ** (1 + g * 0.2);
    return { group: groups[g]!, tokens, values: [tokens, percentile] };
  });
}

/** Columns of `randomRows`. */
export const COLUMNS: readonly SketchColumn[] = [
  {
    name: "stats_approx_tokens",
    unit: "tokens",
    log: true,
    edges: [...new Set(Array.from({ length: 65 }, (_, i) => Math.round(2 ** (i / 4))))],
  },
  { name: "percentile_within_split", unit: "percentile", edges: Array.from({ length: 101 }, (_, i) => i) },
];
