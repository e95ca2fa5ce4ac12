/** Golden rows of a group rule: whole groups, some larger than what is kept and some not, and rows that rules decide. */
import { quoteName } from "../db";
import type { Table } from "../table/table";
import type { NumberedRow } from "./golden";
import { numbered } from "./prove-sql";

export interface GroupsOptions {
  readonly reads: readonly string[];
  readonly by: readonly string[];
  readonly keep: number;
  /** Columns with a rule for nulls. */
  readonly ruled: readonly string[];
  /** Every group instead of some. */
  readonly all: boolean;
}

export interface GoldenGroups {
  readonly rows: readonly NumberedRow[];
  /** Conditions over `n__` for batches of whole groups. */
  readonly batches: readonly string[];
  readonly within: string;
}

const EACH = 8;
const BATCH = 3;
/** Of the groups that are larger than what is kept. */
const MAX_ROWS = 20_000;

/**
 * Rows of the smallest groups that are larger than `keep`, of some groups that are not, and of rows with nulls that a rule
 * decides. The same rows for the same table and options.
 */
export async function goldenGroups(
  table: Table,
  { reads, by, keep, ruled, all }: GroupsOptions,
  signal?: AbortSignal,
): Promise<GoldenGroups> {
  const list = by.map(quoteName).join(", ");
  const first = `select *, min(n__) over (partition by ${list}) as f__, count(*) over (partition by ${list}) as s__`;
  const nulls = ruled.map((name) => `${quoteName(name)} is null`).join(" or ") || "false";
  const key = (await table.readSchema(signal)).some(({ name }) => name === "row_key")
    ? "row_key"
    : "n__::varchar";
  const columns = reads.map((name, i) => `${quoteName(name)} as c${i}`).join(", ");
  const sizes = `select distinct f__, s__ from g__ where not (${nulls})`;
  const window = "over (order by s__, hash(f__), f__)";
  const chosen = (sql: string) => `with g__ as (${first} from (${numbered(sql)})), picked__ as (
    select f__ from (${sizes}) where s__ > ${keep} qualify row_number() ${window} <= ${EACH} and (sum(s__) ${window} <= ${MAX_ROWS} or row_number() ${window} = 1)
    union all select f__ from (select f__ from (${sizes}) where s__ <= ${keep} order by hash(f__), f__ limit ${EACH}))`;
  const rows = await table.read<
    Record<string, unknown> & { n__: number; f__: number; s__: number; z__: boolean }
  >(
    (sql) =>
      `${chosen(sql)} select n__::double as n__, f__::double as f__, s__::double as s__, (${nulls}) as z__, ${key} as key__, ${columns} from g__ ` +
      `where ${all ? "true" : `f__ in (select f__ from picked__) or n__ in (select unnest(min_by(n__, hash(n__), ${EACH})) from g__ where ${nulls})`} order by n__`,
    signal,
  );
  const groups = new Map<number, number[]>();
  for (const { n__, f__ } of rows) groups.set(f__, [...(groups.get(f__) ?? []), n__]);
  const members = [...groups.values()];
  const batches = Array.from({ length: Math.ceil(members.length / BATCH) }, (_, i) =>
    members.filter((_group, j) => j % Math.ceil(members.length / BATCH) === i).flat(),
  );
  return {
    rows: rows.map((row) => ({
      number: row.n__,
      key: String(row.key__),
      strata: [row.z__ ? "missing" : row.s__ > keep ? "larger group" : "whole group"],
      row: Object.fromEntries(reads.map((name, i) => [name, row[`c${i}`] ?? null])),
    })),
    batches: batches.length > 0 ? batches.map((list) => `n__ in (${list.join(", ")})`) : ["false"],
    within: rows.length > 0 ? `n__ in (${rows.map(({ n__ }) => n__).join(", ")})` : "false",
  };
}
