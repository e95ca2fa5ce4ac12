/** A function step as a function over rows: what the executor, a replay and a difference all call. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { errorText, InputError } from "../errors";
import { type Outcome, outcomeOf } from "./outcome";
import type { PinnedStep } from "./pinned-step";
import { frozenRow, loadStep, type StepRow } from "./sandbox";

/** What a step says of a row; an answer that its kind does not allow is a `fault`. It never throws. */
export type RowFunction = (row: StepRow) => Outcome | { readonly fault: string };

/**
 * The step in a new realm, with its parameters and its rules for nulls. Rows are frozen before the step sees them.
 * @throws InputError for a step of another form.
 */
export function rowFunction({ ref, name, folder, manifest, params }: PinnedStep): RowFunction {
  if (manifest.form !== "function") throw new InputError(`step ${ref}: is no function but ${manifest.form}`);
  const bound = loadStep(readFileSync(join(folder, "step.js"), "utf8"), name)(params);
  const fn = withNulls(bound, manifest.nulls);
  const names = { name, writes: Object.keys(manifest.writes.properties) };
  return (row) => {
    try {
      return outcomeOf(manifest.kind, fn(frozenRow(row)), names);
    } catch (error) {
      return { error: errorText(error) };
    }
  };
}

/** Rows with a null in a column that has a rule do not reach the function. */
export function withNulls(
  fn: (row: StepRow) => unknown,
  nulls: Readonly<Record<string, "keep" | "drop">>,
): (row: StepRow) => unknown {
  const rules = Object.entries(nulls);
  if (rules.length === 0) return fn;
  return (row) => {
    const hit = rules.find(([name]) => row[name] === null || row[name] === undefined);
    if (!hit) return fn(row);
    return hit[1] === "keep" ? true : { drop: `${hit[0]}_missing` };
  };
}
