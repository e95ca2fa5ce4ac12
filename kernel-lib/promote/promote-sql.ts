/** `promote.sql(name, predicate, { table })`: a SQL predicate becomes a version of a filter. */
import { Db } from "../db";
import { InputError } from "../errors";
import { interruptSignal } from "../interrupt";
import { checkExpression, spelledExpression } from "../select/predicate";
import { bindParams, paramNames } from "../steps/bind-params";
import { checkStepName } from "../steps/versions";
import type { FormOptions } from "./form-options";
import { givenParams } from "./given-params";
import { defaultGroup, everyRow, goldenRows, nullCounts } from "./golden";
import { formIdentity } from "./identity";
import type { Promoted } from "./promoted";
import { shuffled } from "./prove";
import { proveSql } from "./prove-sql";
import { refuse } from "./refusal";
import { checkColumns, readsShape } from "./step-shape";
import { pipelinesFolder, writeStep } from "./write-step";

/**
 * The predicate is a version of a filter: a row for which it is true stays, one for which it is false is dropped with the
 * step's name as its reason. It is one SQL expression over the columns of a row (no sub-query, window, aggregate, or
 * function that changes from run to run); `$name` stands for a parameter. Where it is NULL, `nulls` must say what that
 * means.
 * @throws PromotionRefused with NULL_UNDECIDED or GOLDEN_EMPTY, InputError for an unknown column with the nearest names.
 * @example
 * await promote.sql("keep_good", "score >= $least and meta_domain <> 'safety'",
 *   { table: run.rows(), params: { least: 0.4 }, nulls: { score: "drop" } })
 */
export async function promoteSql(name: string, predicate: string, options: FormOptions): Promise<Promoted> {
  checkStepName(name);
  const { nulls = {}, reason = "promoted", author } = options;
  const pipelines = pipelinesFolder(options.pipelines);
  const params = givenParams(name, options.params ?? {});
  checkParamNames(name, predicate, params.values);
  const table = await options.table;
  const signal = interruptSignal();
  const columns = await table.readSchema(signal);
  checkColumns(Object.keys(nulls), columns);
  const fault = (what: string, cause?: unknown): InputError =>
    new InputError(
      `promote ${name}: ${what} in ${JSON.stringify(predicate)}; expected one SQL expression that is true or false for a row, such as "score >= $least"`,
      { cause },
    );
  const db = await Db.open();
  let spelled: Awaited<ReturnType<typeof spelledExpression>>;
  let used: string[];
  let version: string;
  try {
    used = await checkExpression(db, bindParams(predicate, params.values), columns, fault);
    spelled = await spelledExpression(db, predicate);
    version = (await db.one<{ v: string }>("select version() as v")).v;
  } finally {
    db.close();
  }
  if (spelled.params.slice().sort().join() !== paramNames(predicate).sort().join()) {
    throw fault("a text or comment in which a parameter cannot be told from a word");
  }
  const names = [...new Set([...used, ...Object.keys(nulls)])];
  const reads = readsShape(
    names,
    columns,
    await nullCounts(table, names, signal),
    new Set(Object.keys(nulls)),
  );
  const by = options.by === undefined ? await defaultGroup(table) : options.by;
  const golden = options.all
    ? await everyRow(table, names)
    : await goldenRows(table, { reads: names, by, thresholds: thresholds(predicate, params.values) }, signal);
  const rule = { name, nulls, predicate, params: params.values };
  const { within, batches } = options.all ? EVERY : sampled(golden.map(({ number }) => number));
  const proof = await proveSql({ table, rule, reads: names, golden, batches, within }, signal);
  refuse(name, proof.refusals);
  const writes = { type: "object" as const, properties: {} };
  const compiler = `duckdb ${version}`;
  const code = {
    form: "sql",
    predicate: spelled.sql,
    reads: reads.schema,
    params: params.schema,
    nulls,
    compiler,
  };
  return writeStep({
    pipelines,
    name,
    kind: "filter",
    form: "sql",
    identity: formIdentity(code, params.values),
    reads: reads.schema,
    writes,
    params: params.schema,
    values: params.values,
    nulls,
    compiler,
    table: table.origin,
    golden,
    proof,
    files: { "step.sql": `${predicate.trim()}\n` },
    source: predicate.trim(),
    reason,
    author,
  });
}

const EVERY = { within: "true", batches: Array.from({ length: 7 }, (_, i) => `n__ % 7 = ${i}`) };

/** The golden rows as conditions: all, and in shuffled batches of seven. */
function sampled(numbers: readonly number[]): {
  readonly within: string;
  readonly batches: readonly string[];
} {
  const { items } = shuffled(numbers);
  const batches = Array.from({ length: Math.ceil(items.length / 7) }, (_, i) =>
    items.slice(i * 7, i * 7 + 7).join(", "),
  );
  return {
    within: numbers.length > 0 ? `n__ in (${numbers.join(", ")})` : "false",
    batches: batches.length > 0 ? batches.map((list) => `n__ in (${list})`) : ["false"],
  };
}

function checkParamNames(step: string, predicate: string, values: Readonly<Record<string, unknown>>): void {
  const used = paramNames(predicate);
  const given = Object.keys(values);
  const missing = used.filter((name) => !given.includes(name));
  const idle = given.filter((name) => !used.includes(name));
  if (missing.length === 0 && idle.length === 0) return;
  const what =
    missing.length > 0
      ? `$${missing.join(", $")} in the predicate has no value in params`
      : `params names ${idle.join(", ")}, which the predicate does not use`;
  throw new InputError(
    `promote ${step}: ${what}; the predicate uses ${used.map((name) => `$${name}`).join(", ") || "none"}, params has ${given.join(", ") || "none"}`,
  );
}

/** Numbers with which the predicate may compare a column. */
function thresholds(predicate: string, values: Readonly<Record<string, unknown>>): number[] {
  const written = predicate
    .replace(/'(?:[^']|'')*'|"(?:[^"]|"")*"/g, " ")
    .match(/(?<![\w$.])\d+(\.\d+)?(e-?\d+)?/gi);
  const all = [...Object.values(values).flat(), ...(written ?? []).map(Number)];
  return [...new Set(all.filter((value) => typeof value === "number"))];
}
