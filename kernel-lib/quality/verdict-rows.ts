/** What all verdicts catch and which rows are nearest to their thresholds, in one pass over the table's columns. */
import { quoteName, quoteText } from "../db";
import type { Table } from "../table/table";
import type { Verdict } from "./verdicts";

export interface PickedRow {
  readonly key: string;
  readonly value: number | null;
}

export interface VerdictRows {
  readonly caught: number;
  readonly byDataset: readonly { readonly dataset: string; readonly rows: number; readonly caught: number }[];
  /** Smallest and 0.99 quantile of the finite values of the measure; null where there is none. */
  readonly range: readonly [number, number] | null;
  /** Of a verdict the caught and the spared rows nearest to the threshold; of a measure alone the lowest and the highest. */
  readonly left: readonly PickedRow[];
  readonly right: readonly PickedRow[];
}

/** Each verdict's rows; two queries that read the columns of the verdicts and no text. Ties are settled by hash of the key. */
export async function verdictRows(
  table: Table,
  verdicts: readonly Verdict[],
  { dataset, examples }: { readonly dataset: string | null; readonly examples: number },
): Promise<VerdictRows[]> {
  const group = dataset === null ? "''" : `coalesce(${quoteName(dataset)}::varchar, '')`;
  const values = verdicts.flatMap(({ caught, measure }, i) => [
    `coalesce((${caught ?? "false"}), false) as c${i}`,
    `${measure ? `(${measure.sql})::double` : "null::double"} as m${i}`,
  ]);
  const from = `(select row_key, ${group} as g, ${values.join(", ")} from this)`;
  const counts = await table
    .sql(
      `select g, count(*) as n, ${verdicts.map((_, i) => `count(*) filter (c${i}) as c${i}`).join(", ")} from ${from} group by g order by g`,
    )
    .toArray();
  const facts = verdicts.flatMap((verdict, i) => {
    const { threshold = null } = verdict.measure ?? {};
    const finite = `filter (isfinite(m${i}))`;
    const near = `coalesce(abs(m${i} - ${threshold ?? 0}), 'infinity'::double)`;
    const [left, right] =
      verdict.caught === null
        ? [
            nearest(i, `m${i}`, `m${i} is not null`, examples),
            nearest(i, `-m${i}`, `m${i} is not null`, examples),
          ]
        : [nearest(i, near, `c${i}`, examples), nearest(i, near, `not c${i}`, examples)];
    const range = `[min(m${i}) ${finite}, quantile_cont(m${i}, 0.99) ${finite}]`;
    return [`${left} as l${i}`, `${right} as r${i}`, `${range} as q${i}`];
  });
  const [found] = await table.sql(`select ${facts.join(", ")} from ${from}`).toArray();
  return verdicts.map((_, i) => {
    const byDataset = counts.map((row) => ({
      ...{ dataset: String(row.g), rows: Number(row.n), caught: Number(row[`c${i}`]) },
    }));
    const [low, high] = found![`q${i}`] as readonly (number | null)[];
    return {
      caught: byDataset.reduce((sum, { caught }) => sum + caught, 0),
      byDataset,
      range: low === null || low === undefined ? null : [low, high!],
      left: picked(found![`l${i}`]),
      right: picked(found![`r${i}`]),
    };
  });
}

/** What the rows say, by key: their messages as JSON, or their text. */
export async function saidBy(
  table: Table,
  keys: ReadonlySet<string>,
  have: ReadonlySet<string>,
): Promise<ReadonlyMap<string, string>> {
  const said = [
    ...(have.has("messages") ? ["to_json(messages)::varchar"] : []),
    ...(have.has("text") ? ["text::varchar"] : []),
  ];
  if (said.length === 0 || keys.size === 0) return new Map();
  const list = [...keys].map(quoteText).join(", ");
  const rows = await table
    .sql(`select row_key, coalesce(${said.join(", ")}) as said from this where row_key in (${list})`)
    .toArray();
  return new Map(rows.map((row) => [String(row.row_key), row.said === null ? "" : String(row.said)]));
}

/** Keys and values of the first `n` rows by `order`. */
function nearest(i: number, order: string, wanted: string, n: number): string {
  const by = `{a: ${order}, b: md5(row_key), c: row_key}`;
  return `min_by({key: row_key, value: m${i}}, ${by}, ${n}) filter (${wanted})`;
}

function picked(rows: unknown): PickedRow[] {
  return ((rows ?? []) as { key: unknown; value: unknown }[]).map(({ key, value }) => ({
    key: String(key),
    value: value === null ? null : Number(value),
  }));
}
