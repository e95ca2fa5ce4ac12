/**
 * Pass 1 over a run's shards: which rows are in which pool. For each shard one narrow Parquet file, a line per row in
 * the shard's order, holding a flag per pool and the sidecar values; texts are read only where a predicate asks.
 */

import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Db } from "../db";
import { quoteName, quoteText } from "../db";
import { InputError } from "../errors";
import type { Column, RunFolder } from "../run-folder";
import { readParquet } from "../run-folder";
import { layeredRows } from "../run-folder/layered-rows";
import { ID_ROW } from "../run-folder/run-rows";
import type { VerdictSlice } from "../run-folder/verdict-slice";
import { GATE_REASON, type PoolReviews, RED_TEAM_GATE, REVIEW_POOL_COLUMNS, reviewValues } from "./red-team";
import type { PoolRule } from "./standard-pools";

/** A canonical shard of one of the runs, and where its facts stand. */
export interface PoolInput {
  readonly run: RunFolder;
  /** Path below the run's `rows/`. */
  readonly shard: string;
  /** Of a pipeline's run: what it decided about the shard's rows. */
  readonly verdicts: VerdictSlice | null;
  readonly facts: string;
}

/** What a pool's row has: the columns of the runs, then those of their sidecars. */
export interface PoolColumns {
  readonly rows: readonly Column[];
  readonly sidecars: readonly Column[];
}

export interface ShardCounts {
  /** Those that pipelines left in. */
  readonly rows: number;
  /** Unpacked bytes of an average row. */
  readonly rowBytes: number;
  /** Rows and estimated tokens for each pool. */
  readonly pools: readonly { readonly rows: number; readonly tokens: number }[];
  /** For each pool, of the rows that it asks for those that the gate of red-team pools speaks against, by reason. */
  readonly gated: readonly Readonly<Record<string, number>>[];
  /** Rows of each split, and how many of them have a value in each needed column. */
  readonly splits: readonly SplitCounts[];
}

export interface SplitCounts {
  readonly dataset: string;
  readonly revision: string;
  readonly subset: string;
  readonly split: string;
  readonly rows: number;
  readonly present: readonly number[];
}

const DUPLICATE_COLUMNS: readonly Column[] = [
  { name: "quality_is_duplicate", type: "BOOLEAN" },
  { name: "quality_duplicate_of", type: "VARCHAR" },
];

/**
 * The columns of pools over these runs: a run that lacks a column has nulls in it. `quality_is_duplicate` and
 * `quality_duplicate_of` are always there, null where exact duplicates were not looked for.
 * @throws InputError when two runs give one column different types.
 */
export function poolColumns(runs: readonly RunFolder[], reviews: PoolReviews | null): PoolColumns {
  const rows = unite(runs.map((run) => [run, run.columns] as const));
  const sidecars = unite([
    [null, DUPLICATE_COLUMNS] as const,
    ...runs.map((run) => [run, sidecarColumns(run)] as const),
    [null, reviews === null ? [] : REVIEW_POOL_COLUMNS] as const,
  ]);
  const own = new Set(rows.map((column) => column.name.toLowerCase()));
  return { rows, sidecars: sidecars.filter((column) => !own.has(column.name.toLowerCase())) };
}

/** What pools ask of every shard alike. */
export interface FactsAsked {
  readonly columns: PoolColumns;
  readonly rules: readonly PoolRule[];
  /** Columns of which it is counted how many rows have a value. */
  readonly needs: readonly string[];
  readonly excludeDuplicates: boolean;
  readonly reviews: PoolReviews | null;
}

/**
 * SQL for a shard's facts: `fact_kept`, `p<i>` per pool (false for rows that a pipeline dropped), `g<i>` per red-team pool
 * (what speaks against a row that it asks for), `h<i>` per needed column, `v<i>` per sidecar column, in row order.
 */
export function factsSql(
  { run, shard, verdicts }: PoolInput,
  { columns, rules, needs, excludeDuplicates, reviews }: FactsAsked,
): string {
  const sidecars = run.sidecars.filter((sidecar) => sidecar.shards.includes(shard));
  const values = new Map<string, string>(
    sidecars.flatMap((sidecar, i) =>
      sidecar.columns.map((column) => [column.shownAs, `s${i}.${quoteName(column.name)}`] as const),
    ),
  );
  const reviewed = reviews === null ? null : reviewValues(reviews);
  for (const [name, sql] of reviewed?.values ?? []) values.set(name, sql);
  const own = new Set(run.columns.map((column) => column.name));
  const missing = columns.rows.filter((column) => !own.has(column.name));
  const row = [
    "r.*",
    ...missing.map((column) => `null::${column.type} as ${quoteName(column.name)}`),
    ...columns.sidecars.map(
      ({ name, type }) => `${values.get(name) ?? "null"}::${type} as ${quoteName(name)}`,
    ),
  ];
  const joins = sidecars.map(
    (sidecar, i) =>
      `left join ${readParquet([join(sidecar.path, shard)])} s${i} on s${i}.row_key = r.row_key`,
  );
  if (reviewed !== null) joins.push(reviewed.join);
  const all = new Set([...columns.rows, ...columns.sidecars].map((column) => column.name));
  const isKept = verdicts === null ? "true" : "__corpuslab_kept";
  const conditions = [
    ...(verdicts === null ? [] : [isKept]),
    ...(excludeDuplicates ? ["not coalesce(quality_is_duplicate, false)"] : []),
  ];
  const and = conditions.map((condition) => ` and ${condition}`).join("");
  const text = (name: string): string => (all.has(name) ? `${quoteName(name)}::VARCHAR` : "''");
  const facts = [
    `${isKept} as fact_kept`,
    ...rules.map(({ predicate, gate }, i) => {
      const isLetIn = gate?.open === false ? ` and coalesce(${RED_TEAM_GATE}, false)` : "";
      return `coalesce((${predicate}\n), false)${isLetIn}${and} as p${i}`;
    }),
    ...rules.flatMap(({ gate }, i) =>
      gate ? [`case when coalesce((${gate.of}\n), false)${and} then ${GATE_REASON} end as g${i}`] : [],
    ),
    ...needs.map((name, i) => `${quoteName(name)} is not null as h${i}`),
    ...columns.sidecars.map(({ name }, i) => `${quoteName(name)} as v${i}`),
    `${all.has("stats_approx_tokens") ? "coalesce(stats_approx_tokens, 0)" : "0"}::BIGINT as tokens`,
    ...["dataset", "source_revision", "subset", "split"].map(
      (name) => `coalesce(${text(name)}, '') as fact_${name}`,
    ),
  ];
  const rows = layeredRows({
    ...{ run, sidecars: [], aligned: new Set(), shards: [shard], n: null, ids: true },
    ...{ overlays: overlaysOf(run), verdicts },
  });
  return (
    `select ${facts.join(", ")} from (select ${row.join(", ")} from (${rows}) r ${joins.join(" ")}) ` +
    `order by ${ID_ROW}`
  );
}

/**
 * Writes a shard's facts, unless they are there, and counts them.
 * @throws InputError when a sidecar has several lines for one row.
 */
export async function writeFacts(
  db: Db,
  input: PoolInput,
  asked: FactsAsked,
  rename: (from: string, to: string) => void,
): Promise<ShardCounts> {
  const sql = factsSql(input, asked);
  const [rules, needs] = [asked.rules.length, asked.needs.length];
  const path = join(input.run.path, "rows", input.shard);
  if (!existsSync(input.facts)) {
    await db.run(
      `copy (${sql}) to ${quoteText(`${input.facts}.tmp`)} (format parquet, compression zstd, row_group_size 20480)`,
    );
    rename(`${input.facts}.tmp`, input.facts);
  }
  const shard = await db.one<{ rows: number; bytes: number }>(
    `select (select num_rows from parquet_file_metadata(${quoteText(path.replaceAll("[", "[[]"))})) as rows,
     coalesce(sum(total_uncompressed_size), 0)::DOUBLE as bytes
     from parquet_metadata(${quoteText(path.replaceAll("[", "[[]"))})`,
  );
  const sums = [
    ...range(rules, (i) => `count(*) filter (p${i})::DOUBLE as c${i}`),
    ...range(rules, (i) => `coalesce(sum(tokens) filter (p${i}), 0)::DOUBLE as t${i}`),
    ...range(needs, (i) => `count(*) filter (h${i})::DOUBLE as h${i}`),
  ];
  const groups = await db.all<Record<string, number | string>>(
    `select fact_dataset, fact_source_revision, fact_subset, fact_split, count(*)::DOUBLE as n, ${sums.join(", ")}
     from ${readParquet([input.facts])} where fact_kept group by all order by all`,
  );
  const [lines] = await db.all<{ n: number }>(
    `select count(*)::DOUBLE as n from ${readParquet([input.facts])}`,
  );
  const number = (group: Record<string, number | string>, name: string): number => Number(group[name]);
  const total = (name: string): number => groups.reduce((sum, group) => sum + number(group, name), 0);
  const gated: Record<string, number>[] = [];
  for (const [i, { gate }] of asked.rules.entries())
    gated.push(gate ? await gateReasons(db, input.facts, `g${i}`) : {});
  if (lines!.n !== shard.rows) {
    throw new InputError(
      `${path}: ${lines!.n} lines after joining the sidecars, expected ${shard.rows}: ` +
        "a sidecar has several lines for one row_key, or row_key is not unique in the shard",
    );
  }
  return {
    rows: total("n"),
    rowBytes: shard.rows === 0 ? 0 : shard.bytes / shard.rows,
    pools: range(rules, (i) => ({ rows: total(`c${i}`), tokens: total(`t${i}`) })),
    gated,
    splits: groups.map((group) => ({
      dataset: String(group.fact_dataset),
      revision: String(group.fact_source_revision),
      subset: String(group.fact_subset),
      split: String(group.fact_split),
      rows: number(group, "n"),
      present: range(needs, (i) => number(group, `h${i}`)),
    })),
  };
}

async function gateReasons(db: Db, facts: string, column: string): Promise<Record<string, number>> {
  const rows = await db.all<{ reason: string; n: number }>(
    `select ${column} as reason, count(*)::DOUBLE as n from ${readParquet([facts])}
     where fact_kept and ${column} is not null group by all order by all`,
  );
  return Object.fromEntries(rows.map(({ reason, n }) => [reason, n]));
}

/** Folders of the texts that pipelines rewrote, the earliest first. */
export function overlaysOf(run: RunFolder): string[] {
  return run.layers.flatMap(({ overlays }) => overlays);
}

function sidecarColumns(run: RunFolder): Column[] {
  return run.sidecars.flatMap((sidecar) =>
    sidecar.columns.map(({ shownAs, type }) => ({ name: shownAs, type })),
  );
}

function unite(parts: readonly (readonly [RunFolder | null, readonly Column[]])[]): Column[] {
  const found = new Map<string, Column>();
  for (const [run, columns] of parts) {
    for (const column of columns) {
      const first = found.get(column.name.toLowerCase());
      if (first === undefined) found.set(column.name.toLowerCase(), column);
      else if (first.type !== column.type) {
        throw new InputError(
          `pools: column ${column.name} is ${column.type} in ${run?.path ?? "the runs"} and ${first.type} before; ` +
            "expected one type in all runs: build pools for each run on its own",
        );
      }
    }
  }
  return [...found.values()];
}

function range<T>(length: number, make: (i: number) => T): T[] {
  return Array.from({ length }, (_, i) => make(i));
}
