/** Filters that DuckDB decides: a predicate, or a rule that keeps some rows of each group, as SQL over the columns of a row. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { quoteName, quoteText } from "../db";
import { InputError } from "../errors";
import { bindParams } from "./bind-params";
import type { StepManifest } from "./manifest";
import type { PinnedStep } from "./pinned-step";

/** Two expressions over the rows that reach the step. Put both into one select: `select …, (reason) as reason from …`. */
export interface FilterSql {
  /** BOOLEAN, never null: a null was met for which there is no rule. The row goes to quarantine. */
  readonly undecided: string;
  /** VARCHAR: null where the row stays, else why it is dropped. Says nothing of rows that are undecided. */
  readonly reason: string;
  /** As `reason`, of integers: 0 where the row stays, else the place of the reason in `reasons`, counted from `first`. */
  readonly code: (first: number) => string;
  /** Every reason that it may give. */
  readonly reasons: readonly string[];
}

/** What makes a filter of these two forms; part of a manifest, or what becomes one. */
export type FilterRule = Pick<StepManifest, "name" | "nulls" | "group"> & {
  /** The predicate, for the form sql. */
  readonly predicate: string | null;
  readonly params: Readonly<Record<string, unknown>>;
};

/** Message of a row that is undecided. */
export const UNDECIDED = "a value is missing, and nobody said what that means (nulls)";

/**
 * The filter of a step of the form sql or group. Rows with a null in a column with a rule are decided by the first such
 * rule. Of a group rule the expression holds a window: select over all rows that reach the step, and filter outside. Rows
 * that are ruled or undecided take no place in a group. Equal rows are told apart by `tie`, a column.
 * @throws InputError for a step of another form.
 */
export function filterSql(step: PinnedStep, { tie }: { readonly tie?: string } = {}): FilterSql {
  const { ref, folder, manifest, params } = step;
  if (manifest.form !== "sql" && manifest.form !== "group") {
    throw new InputError(`step ${ref}: is decided by no SQL, it is of the form ${manifest.form}`);
  }
  const predicate = manifest.form === "sql" ? readFileSync(join(folder, "step.sql"), "utf8") : null;
  return ruleSql({ ...manifest, predicate, params }, tie);
}

/** See `filterSql`. */
export function ruleSql({ name, nulls, group, predicate, params }: FilterRule, tie?: string): FilterSql {
  const rules = Object.entries(nulls);
  const ruled = rules.map(([column]) => `${quoteName(column)} is null`).join(" or ") || "false";
  const reasons = [name, ...rules.filter(([, rule]) => rule === "drop").map(([column]) => missing(column))];
  const decided = (holds: string, said: (reason: string | null) => string): string => {
    const cases = rules.map(
      ([column, rule]) =>
        `when ${quoteName(column)} is null then ${said(rule === "keep" ? null : missing(column))}`,
    );
    return `(case ${cases.join(" ")} when ${holds} then ${said(null)} else ${said(name)} end)`;
  };
  const answers = (holds: string) => ({
    reason: decided(holds, (reason) => (reason === null ? "null" : quoteText(reason))),
    code: (first: number) =>
      decided(holds, (reason) => String(reason === null ? 0 : first + reasons.indexOf(reason))),
    reasons,
  });
  if (predicate !== null) {
    const holds = `(${bindParams(predicate, params)}\n)`;
    return {
      undecided: `(not (${ruled}) and ${holds} is null)`,
      ...answers(holds),
    };
  }
  const { by, keep, order } = group!;
  const strict = [
    ...by,
    ...order.filter(({ nulls: place }) => place === undefined).map(({ column }) => column),
  ].filter((column) => !Object.hasOwn(nulls, column));
  const undecided = `(not (${ruled}) and (${strict.map((column) => `${quoteName(column)} is null`).join(" or ") || "false"}))`;
  const ranks = order.map(
    ({ column, descending, nulls: place = "last" }) =>
      `${quoteName(column)} ${descending ? "desc" : "asc"} nulls ${place}`,
  );
  if (tie !== undefined) ranks.push(quoteName(tie));
  const partition = [`(${ruled})`, undecided, ...by.map(quoteName)].join(", ");
  const count = typeof keep === "number" ? keep : Number(params[keep]);
  const rank = `row_number() over (partition by ${partition}${ranks.length > 0 ? ` order by ${ranks.join(", ")}` : ""})`;
  return { undecided, ...answers(`${rank} <= ${count}`) };
}

/** Why a row without a value in a column is dropped, where a rule says so. */
function missing(column: string): string {
  return `${column}_missing`;
}
