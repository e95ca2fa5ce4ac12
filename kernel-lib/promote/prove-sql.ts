/** The proof of a filter that DuckDB decides: within all rows of the table, and for the golden rows alone, shuffled and in batches. */
import { quoteName } from "../db";
import { type FilterRule, ruleSql } from "../steps/filter-sql";
import type { Table } from "../table/table";
import { refusal } from "./capture";
import type { NumberedRow } from "./golden";
import { type Answer, judgeSample, runningCell } from "./judge-sample";
import type { Proof } from "./proof";
import { differences } from "./prove";
import type { Refusal } from "./refusal";

export interface SqlProofParts {
  readonly table: Table;
  readonly rule: FilterRule;
  readonly reads: readonly string[];
  readonly golden: readonly NumberedRow[];
  /** Conditions over `n__` and columns: each is a batch, together they are the golden rows. */
  readonly batches: readonly string[];
  /** Condition for the golden rows. */
  readonly within: string;
  /** Column that tells equal rows of a group apart. */
  readonly tie?: string | undefined;
}

type Decided = { readonly n__: number; readonly u__: boolean; readonly r__: string | null };

/** The table's rows with their number. */
export function numbered(sql: string): string {
  return `select *, row_number() over () - 1 as n__ from (${sql})`;
}

/** Refusals NULL_UNDECIDED, ORDER_DEPENDENT and those of the sample, and the answers. Three scans of the table. */
export async function proveSql(
  { table, rule, reads, golden, batches, within, tie }: SqlProofParts,
  signal?: AbortSignal,
): Promise<Proof> {
  const { undecided, reason } = ruleSql(rule, tie);
  const decide = (from: string) => `select *, ${undecided} as u__, ${reason} as r__ from (${from})`;
  const missing = await nullsUndecided(table, reads, undecided, rule, signal);
  if (missing) return { ...judgeSample("filter", golden, []), refusals: [missing] };
  const whole = await table.read<Decided>(
    (sql) => `select n__, u__, r__ from (${decide(numbered(sql))}) where ${within} order by n__`,
    signal,
  );
  const alone = await table.read<Decided>(
    (sql) =>
      `with g__ as materialized (select * from (${numbered(sql)}) where ${within}) select n__, u__, r__ from (${batches
        .map((batch) => decide(`select * from g__ where ${batch} order by hash(n__ + 1)`))
        .join(" union all ")}) order by n__`,
    signal,
  );
  const proof = judgeSample("filter", golden, whole.map(answer));
  const other = differences(whole.map(answer), alone.map(answer));
  if (other.length === 0) return proof;
  const unstable = refusal(
    "ORDER_DEPENDENT",
    `row ${golden[other[0]!]?.key ?? "?"} gets another answer when the rows come in another order`,
    "let a predicate look at one row alone; let the order of a group tell its rows apart",
    runningCell(),
  );
  return { ...proof, refusals: [unstable, ...proof.refusals] };
}

async function nullsUndecided(
  table: Table,
  reads: readonly string[],
  undecided: string,
  { predicate }: FilterRule,
  signal?: AbortSignal,
): Promise<Refusal | null> {
  const counts = reads.map(
    (name, i) => `count(*) filter (u__ and ${quoteName(name)} is null)::double as c${i}`,
  );
  const [row] = await table.read<Record<string, number>>(
    (sql) =>
      `select ${["count(*)::double as n", "count(*) filter (u__)::double as u", ...counts].join(", ")} from (select *, ${undecided} as u__ from (${sql}))`,
    signal,
  );
  const rows = row!.u!;
  if (rows === 0) return null;
  const columns = reads.flatMap((name, i) => (row![`c${i}`]! > 0 ? [{ name, rows: row![`c${i}`]! }] : []));
  const where = columns.map(({ name, rows }) => `${name} in ${rows}`).join(", ");
  const rules = columns.map(({ name }) => `${name}: "keep"`).join(", ");
  const subject = predicate === null ? "a column of the rule" : "the predicate";
  return refusal(
    "NULL_UNDECIDED",
    `${subject} is NULL for ${rows} of ${row!.n} rows${where === "" ? ", although no column of it is" : ` (missing: ${where})`}`,
    rules === ""
      ? "let the predicate say what such a row is, with coalesce(…, false)"
      : `say what a missing value means: nulls: { ${rules} } or "drop"${predicate === null ? ', or "score desc nulls last" in order' : ", or coalesce(…) in the predicate"}`,
    runningCell(),
  );
}

function answer({ u__, r__ }: Decided): Answer {
  if (u__) return { error: "undecided" };
  return r__ === null ? { keep: true } : { drop: r__ };
}
