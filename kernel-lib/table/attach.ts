/** Columns that somebody else computed, joined to a table without losing or multiplying a row. */

import { quoteName } from "../db";
import { InputError, nearestNames } from "../errors";
import { attachText } from "../notebook/table-display";
import type { ResolveOptions } from "../source/resolve";
import { ID_FILE, ID_ROW, type Relation } from "./relation";
import type { Column } from "./table-columns";

export interface AttachOptions extends ResolveOptions {
  /** Key columns of the same name on both sides, or left name → right name. */
  readonly on: string | readonly string[] | Readonly<Record<string, string>>;
  /** Put before the name of each attached column; default none. */
  readonly prefix?: string;
}

/** How a join by key went. Shows itself in a notebook. */
export class AttachReport {
  constructor(
    /** Rows of the table that found a partner. */
    readonly matched: number,
    /** Rows of the table that did not, among them those with a null key. */
    readonly unmatched: number,
    /** Keys of the other side that no row has. */
    readonly unmatchedOther: number,
    /** Keys that stand on several rows of the other side; its first row counts. */
    readonly doubleKeys: number,
    /** Rows of the other side that were not used because an earlier one has their key. */
    readonly rowsNotUsed: number,
    /** Keys that stand on several rows of the table: each of these rows gets the same values. */
    readonly doubleKeysHere: number,
    /** Rows with a null key on either side. */
    readonly nullKeys: { readonly here: number; readonly other: number },
    /** Up to five double keys of the other side and five of its keys that no row has. */
    readonly examples: { readonly double: readonly string[]; readonly unmatchedOther: readonly string[] },
  ) {}

  toString(): string {
    return attachText(this);
  }

  [Symbol.for("corpuslab.display")](): Record<string, string> {
    return { "text/plain": this.toString() };
  }
}

/** What a join needs of its tables. */
interface Joined {
  readSchema(signal?: AbortSignal): Promise<readonly Column[]>;
  relation(): Relation;
  read<T extends Record<string, unknown>>(make: (sql: string) => string, signal?: AbortSignal): Promise<T[]>;
}

/** The joined relation and its report. Reads the key columns of both sides. */
export async function attachRelation(
  left: Joined,
  right: Joined,
  { on, prefix = "", signal }: AttachOptions,
): Promise<{ readonly relation: Relation; readonly report: AttachReport }> {
  const pairs = keyPairs(on);
  const read = signal ? { signal } : {};
  const leftColumns = await left.readSchema(read.signal);
  const rightColumns = await right.readSchema(read.signal);
  for (const [key, columns, side] of pairs.flatMap(
    ([l, r]) =>
      [
        [l, leftColumns, "the table"],
        [r, rightColumns, "the attached rows"],
      ] as const,
  )) {
    if (columns.some(({ name }) => name === key)) continue;
    const names = columns.map(({ name }) => name);
    const near = nearestNames(key, names);
    throw new InputError(
      `attach: no column ${key} in ${side}; ${near.length > 0 ? `did you mean ${near.join(" or ")}?` : `it has ${names.join(", ")}`}`,
    );
  }
  const keys = new Set(pairs.map(([, r]) => r));
  const values = rightColumns.filter(({ name }) => !keys.has(name)).map(({ name }) => name);
  const taken = new Set(leftColumns.map(({ name }) => name.toLowerCase()));
  const clash = values.filter((name) => taken.has((prefix + name).toLowerCase()));
  if (clash.length > 0) {
    throw new InputError(
      `attach: the table has ${clash.map((name) => prefix + name).join(", ")} already; give a prefix, such as { prefix: "judge_" }`,
    );
  }
  const keyText = (columns: readonly Column[], name: string, from = "") =>
    columns.find((column) => column.name === name)?.type === "JSON"
      ? `json_extract_string(${from}${quoteName(name)}, '$')`
      : `${from}${quoteName(name)}::varchar`;
  const keysHere = pairs.map(([name], i) => `${keyText(leftColumns, name)} as k${i}`).join(", ");
  const keysOther = pairs.map(([, name], i) => `${keyText(rightColumns, name)} as k${i}`).join(", ");
  const k = pairs.map((_, i) => `k${i}`).join(", ");
  const noNull = pairs.map((_, i) => `k${i} is not null`).join(" and ");
  const example = pairs.length === 1 ? "k0" : `concat_ws(' / ', ${k})`;
  const rightSql = await right.relation().sql({ place: false, ids: false }, signal);
  const [row] = await left.read<Record<string, number | string[]>>(
    (leftSql) => `
    with l as materialized (select ${keysHere} from (${leftSql})),
      r as materialized (select ${keysOther} from (${rightSql})),
      lk as (select ${k}, count(*) as n from l where ${noNull} group by all),
      rk as (select ${k}, count(*) as n from r where ${noNull} group by all),
      both_sides as (select lk.n as ln from lk semi join rk using (${k})),
      alone as (select * from rk anti join lk using (${k}))
    select (select count(*) from l) as rows_here, (select count(*) from r) as rows_other,
      (select coalesce(sum(n), 0) from lk)::bigint as keyed_here, (select coalesce(sum(n), 0) from rk)::bigint as keyed_other,
      (select coalesce(sum(ln), 0) from both_sides)::bigint as matched, (select count(*) from alone) as alone,
      (select count(*) from rk where n > 1) as double, (select coalesce(sum(n - 1), 0) from rk)::bigint as unused,
      (select count(*) from lk where n > 1) as double_here,
      (select coalesce(array_agg(x), []) from (select ${example} as x from rk where n > 1 order by ${k} limit 5)) as double_examples,
      (select coalesce(array_agg(x), []) from (select ${example} as x from alone order by ${k} limit 5)) as alone_examples`,
    signal,
  );
  const facts = row as Record<string, number> & { double_examples: string[]; alone_examples: string[] };
  const report = new AttachReport(
    facts.matched!,
    facts.rows_here! - facts.matched!,
    facts.alone!,
    facts.double!,
    facts.unused!,
    facts.double_here!,
    { here: facts.rows_here! - facts.keyed_here!, other: facts.rows_other! - facts.keyed_other! },
    { double: facts.double_examples, unmatchedOther: facts.alone_examples },
  );
  const base = left.relation();
  const relation: Relation = {
    identity: (at) => base.identity(at),
    async sql(want, at) {
      const identity = await base.identity(at);
      const byPlace = identity.kind === "place";
      const other = await right.relation().sql({ place: false, ids: false }, at);
      const first =
        report.doubleKeys === 0
          ? `select *, ${keysOther} from (${other})`
          : `select * from (select *, ${keysOther}, row_number() over () as ordinal__ from (${other}))
             qualify row_number() over (partition by ${k} order by ordinal__) = 1`;
      const list = values.map((name) => `, o.${quoteName(name)} as ${quoteName(prefix + name)}`).join("");
      const match = pairs.map(([name], i) => `${keyText(leftColumns, name, "t.")} = o.k${i}`).join(" and ");
      const join = (inner: string) =>
        `select t.*${list} from (${inner}) t left join (${first}) o on ${match}`;
      if (want.ids) return join(await base.sql(want, at));
      // A left join gives the matched rows of a block before the others: the order is put back.
      if (byPlace) {
        const inner = await base.sql({ ...want, ids: true }, at);
        return `select * exclude (${ID_FILE}, ${ID_ROW}) from (${join(inner)}) order by ${identity.fileNumber(ID_FILE)}, ${ID_ROW}`;
      }
      const numbered = `select *, row_number() over () as ordinal__ from (${await base.sql(want, at)})`;
      return `select * exclude (ordinal__) from (${join(numbered)}) order by ordinal__`;
    },
  };
  return { relation, report };
}

function keyPairs(on: AttachOptions["on"]): [left: string, right: string][] {
  const pairs: [string, string][] =
    typeof on === "string"
      ? [[on, on]]
      : Array.isArray(on)
        ? (on as readonly string[]).map((name) => [name, name])
        : Object.entries(on as Readonly<Record<string, string>>);
  if (pairs.length === 0) throw new InputError('attach: no key, expected for example { on: "uuid" }');
  return pairs;
}
