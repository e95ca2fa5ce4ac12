/** A function step as a function over rows: what the executor, a replay and a difference all call. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { errorText, InputError } from "../errors";
import type { StepManifest } from "./manifest";
import { type AnswerNames, type Outcome, outcomeOf } from "./outcome";
import type { PinnedStep } from "./pinned-step";
import { frozenRow, loadStep, type StepRow } from "./sandbox";
import { valueCheck } from "./value-check";

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
  const names = answerNames(manifest);
  return (row) => {
    try {
      return outcomeOf(manifest.kind, fn(frozenRow(row)), names);
    } catch (error) {
      return { error: errorText(error) };
    }
  };
}

/** What the answers of a version are measured by. */
export function answerNames({ name, writes }: Pick<StepManifest, "name" | "writes">): AnswerNames {
  return { name, writes: Object.keys(writes.properties), check: valueCheck(writes) };
}

/** Rows with a null in a column that has a rule do not reach the function. */
export function withNulls(
  fn: (row: StepRow) => unknown,
  nulls: Readonly<Record<string, "keep" | "drop">>,
): (row: StepRow) => unknown {
  if (Object.keys(nulls).length === 0) return fn;
  return (row) => {
    const decided = nullOutcome(row, nulls);
    if (decided === null) return fn(row);
    return "keep" in decided ? true : decided;
  };
}

/** What the first rule says that finds a null; null when the row is for the step to decide. */
export function nullOutcome(
  row: StepRow,
  nulls: Readonly<Record<string, "keep" | "drop">>,
): { readonly keep: true } | { readonly drop: string } | null {
  for (const name in nulls) {
    if (row[name] !== null && row[name] !== undefined) continue;
    return nulls[name] === "keep" ? { keep: true } : { drop: `${name}_missing` };
  }
  return null;
}
