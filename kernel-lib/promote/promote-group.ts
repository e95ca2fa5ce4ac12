/** `promote.group(name, { by, keep, order }, { table })`: keep some rows of each group becomes a version of a filter. */
import { Db, quoteName } from "../db";
import { InputError } from "../errors";
import { interruptSignal } from "../interrupt";
import type { FilterRule } from "../steps/filter-sql";
import type { StepManifest } from "../steps/manifest";
import { checkStepName } from "../steps/versions";
import type { Table } from "../table/table";
import { refusal } from "./capture";
import type { FormOptions } from "./form-options";
import { givenParams } from "./given-params";
import { nullCounts } from "./golden";
import { goldenGroups } from "./golden-groups";
import { formIdentity } from "./identity";
import { runningCell } from "./judge-sample";
import type { Promoted } from "./promoted";
import { proveSql } from "./prove-sql";
import { type Refusal, refuse } from "./refusal";
import { checkColumns, readsShape } from "./step-shape";
import { pipelinesFolder, writeStep } from "./write-step";

export interface GroupRule {
  /** Rows with equal values in these columns are a group. */
  readonly by: string | readonly string[];
  /** How many stay of each group: a number, or the name of a parameter. */
  readonly keep: number | string;
  /** `"score desc"`, `"stats_char_len"`: the first rows by it stay; `nulls first` or `nulls last` may follow. */
  readonly order: string | readonly string[];
}

type Rule = NonNullable<StepManifest["group"]>;

/**
 * The rule is a version of a filter: of each group the first `keep` rows by `order` stay, the others are dropped with the
 * step's name as their reason. Rows that are equal in `order` are told apart by row_key; a table without row_key needs an
 * order that tells them apart.
 * @throws PromotionRefused with NULL_UNDECIDED, ORDER_DEPENDENT or GOLDEN_EMPTY, InputError for an unknown column.
 * @example
 * await promote.group("best_answers", { by: "meta_problem_id", keep: 2, order: "meta_correctness desc" },
 *   { table: run.rows(), nulls: { meta_problem_id: "keep", meta_correctness: "drop" } })
 */
export async function promoteGroup(
  name: string,
  rule: GroupRule,
  options: Omit<FormOptions, "by">,
): Promise<Promoted> {
  checkStepName(name);
  const { nulls = {}, reason = "promoted", author, all = false } = options;
  const pipelines = pipelinesFolder(options.pipelines);
  const params = givenParams(name, options.params ?? {});
  const group: Rule = {
    by: [rule.by].flat(),
    keep: rule.keep,
    order: [rule.order].flat().map((text) => orderOf(name, text)),
  };
  const keep = keepOf(name, rule.keep, params.values);
  const table = await options.table;
  const signal = interruptSignal();
  const columns = await table.readSchema(signal);
  const names = [
    ...new Set([...group.by, ...group.order.map(({ column }) => column), ...Object.keys(nulls)]),
  ];
  checkColumns(names, columns);
  const ruled = Object.keys(nulls);
  const reads = readsShape(names, columns, await nullCounts(table, names, signal), new Set(ruled));
  const tie = columns.some((column) => column.name === "row_key") ? "row_key" : undefined;
  const filter: FilterRule = { name, nulls, group, predicate: null, params: params.values };
  const golden = await goldenGroups(table, { reads: names, by: group.by, keep, ruled, all }, signal);
  const proof = await proveSql(
    {
      table,
      rule: filter,
      reads: names,
      golden: golden.rows,
      batches: golden.batches,
      within: golden.within,
      tie,
    },
    signal,
  );
  const isDecided = proof.refusals.every(({ code }) => code !== "NULL_UNDECIDED");
  const ties = isDecided && tie === undefined ? await tiesRefusal(table, filter, keep, signal) : [];
  refuse(name, [...ties, ...proof.refusals]);
  const compiler = `duckdb ${await duckdbVersion()}`;
  const schemas = { reads: reads.schema, params: params.schema, nulls };
  return writeStep({
    pipelines,
    name,
    kind: "filter",
    form: "group",
    group,
    identity: formIdentity({ form: "group", group, ...schemas, compiler }, params.values),
    reads: reads.schema,
    writes: { type: "object", properties: {} },
    params: params.schema,
    values: params.values,
    nulls,
    compiler,
    table: table.origin,
    golden: golden.rows,
    proof,
    files: {},
    source: ruleText(group),
    reason,
    author,
  });
}

function orderOf(step: string, text: string): Rule["order"][number] {
  const [, column, direction, nulls] =
    /^\s*("(?:[^"]|"")+"|\S+?)(?:\s+(asc|desc))?(?:\s+nulls\s+(first|last))?\s*$/i.exec(text) ?? [];
  if (column === undefined) {
    throw new InputError(
      `promote ${step}: order ${JSON.stringify(text)}, expected a column with asc or desc, such as "score desc"`,
    );
  }
  return {
    column: column.startsWith('"') ? column.slice(1, -1).replaceAll('""', '"') : column,
    descending: direction?.toLowerCase() === "desc",
    ...(nulls === undefined ? {} : { nulls: nulls.toLowerCase() as "first" | "last" }),
  };
}

function keepOf(step: string, keep: number | string, values: Readonly<Record<string, unknown>>): number {
  const count = typeof keep === "string" ? values[keep] : keep;
  const idle = Object.keys(values).filter((name) => name !== keep);
  if (idle.length > 0) {
    throw new InputError(
      `promote ${step}: params names ${idle.join(", ")}, expected the name in keep or none`,
    );
  }
  if (Number.isSafeInteger(count) && (count as number) > 0) return count as number;
  throw new InputError(
    `promote ${step}: keep ${JSON.stringify(keep)} is ${JSON.stringify(count)}, expected a whole number from 1, or the name of a parameter`,
  );
}

/** Without row_key equal rows at the end of what is kept would be chosen by chance. */
async function tiesRefusal(
  table: Table,
  rule: FilterRule,
  keep: number,
  signal?: AbortSignal,
): Promise<Refusal[]> {
  const { by, order } = rule.group!;
  const takesPart =
    Object.keys(rule.nulls)
      .map((column) => `${quoteName(column)} is not null`)
      .join(" and ") || "true";
  const ranks = order
    .map(
      ({ column, descending, nulls = "last" }) =>
        `${quoteName(column)} ${descending ? "desc" : "asc"} nulls ${nulls}`,
    )
    .join(", ");
  const window = `(partition by ${by.map(quoteName).join(", ")}${ranks === "" ? "" : ` order by ${ranks}`})`;
  const [row] = await table.read<{ ties: number }>(
    (sql) =>
      `select count(*)::double as ties from (select row_number() over ${window} as at__, rank() over ${window} as rank__ from (${sql}) where ${takesPart}) where at__ = ${keep + 1} and rank__ <= ${keep}`,
    signal,
  );
  if (row!.ties === 0) return [];
  return [
    refusal(
      "ORDER_DEPENDENT",
      `in ${row!.ties} groups the rows at place ${keep} and ${keep + 1} are equal by ${order.map(({ column }) => column).join(", ")}: which one stays depends on the order of the table`,
      "add a column to order that tells rows apart, or promote on the rows of a run, which have row_key",
      runningCell(),
    ),
  ];
}

function ruleText({ by, keep, order }: Rule): string {
  const ranks = order.map(
    ({ column, descending, nulls }) =>
      `${column}${descending ? " desc" : ""}${nulls === undefined ? "" : ` nulls ${nulls}`}`,
  );
  return `keep ${keep} of each ${by.join(", ")} by ${[...ranks, "row_key"].join(", ")}`;
}

async function duckdbVersion(): Promise<string> {
  const db = await Db.open();
  try {
    return (await db.one<{ v: string }>("select version() as v")).v;
  } finally {
    db.close();
  }
}
