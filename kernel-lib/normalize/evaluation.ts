/** What an evaluation block (condition → { count, pass, accuracy }) says about a row's correctness. */
import { canonicalizeJson } from "../canonical-json";
import type { CanonicalRow } from "../row";

export type EvaluationColumns = Pick<
  CanonicalRow,
  | "meta_correctness"
  | "meta_correctness_low"
  | "meta_correctness_medium"
  | "meta_correctness_high"
  | "meta_correctness_high_with_tool"
  | "meta_correctness_high_no_tool"
  | "meta_eval_best_setting"
  | "meta_pass_k"
  | "meta_correct_count"
  | "meta_eval_json"
>;

export interface Evaluation {
  readonly columns: EvaluationColumns;
  /** Tags for `quality_reasons`: `eval:empty`, `eval:string_accuracy`, `eval:accuracy_mismatch` … */
  readonly reasons: readonly string[];
}

/** The columns of a row that has no evaluation block. */
export const NO_EVALUATION: EvaluationColumns = {
  meta_correctness: null,
  meta_correctness_low: null,
  meta_correctness_medium: null,
  meta_correctness_high: null,
  meta_correctness_high_with_tool: null,
  meta_correctness_high_no_tool: null,
  meta_eval_best_setting: null,
  meta_pass_k: null,
  meta_correct_count: null,
  meta_eval_json: null,
};

/** Share of tries by which accuracy may differ from pass ÷ count before it is tagged as a mismatch. */
const MISMATCH_TOLERANCE = 0.005;

interface Condition {
  readonly name: string;
  readonly accuracy: number;
  readonly count: number | null;
  readonly pass: number | null;
}

/**
 * The evaluation columns. An accuracy counts when it is a number in 0..1 and its condition was tried (`count` is not
 * 0); of equally good conditions the one with more tries is the best, then the one whose name sorts first. A block
 * that disagrees with itself (accuracy ≠ pass ÷ count) is taken at its word and tagged. Never throws on data.
 * @param raw JSON text of the block, for `meta_eval_json`.
 */
export function readEvaluation(value: unknown, raw: string): Evaluation {
  if (value === null || value === undefined) return { columns: NO_EVALUATION, reasons: ["eval:null"] };
  const json = canonicalizeJson(raw, "text");
  if (typeof value !== "object" || Array.isArray(value)) {
    return { columns: { ...NO_EVALUATION, meta_eval_json: json }, reasons: ["eval:not_an_object"] };
  }
  const reasons: string[] = [];
  const columns: EvaluationColumns = { ...NO_EVALUATION, meta_eval_json: json };
  let best: Condition | null = null;
  const names = Object.keys(value);
  if (names.length === 0) reasons.push("eval:empty");
  for (const name of names) {
    const condition = readCondition(name, (value as Record<string, unknown>)[name], reasons);
    if (!condition) continue;
    if (!best || isBetter(condition, best)) best = condition;
    for (const column of levelColumns(name)) {
      if ((columns[column] ?? -1) < condition.accuracy) columns[column] = condition.accuracy;
    }
  }
  if (best) {
    columns.meta_correctness = best.accuracy;
    columns.meta_eval_best_setting = best.name;
    columns.meta_pass_k = best.count;
    columns.meta_correct_count = best.pass;
  }
  return { columns, reasons };
}

function readCondition(name: string, value: unknown, reasons: string[]): Condition | null {
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    reasons.push("eval:condition_not_an_object");
    return null;
  }
  const { accuracy, count, pass } = value as Record<string, unknown>;
  if (typeof accuracy === "string") reasons.push("eval:string_accuracy");
  if (typeof accuracy !== "number") {
    if (typeof accuracy !== "string") reasons.push("eval:no_accuracy");
    return null;
  }
  if (count === 0) {
    reasons.push("eval:count_zero");
    return null;
  }
  if (accuracy > 1 || accuracy < 0) {
    reasons.push(accuracy > 1 ? "eval:accuracy_above_1" : "eval:accuracy_below_0");
    return null;
  }
  const tries = wholeNumber(count);
  const passed = wholeNumber(pass);
  if (tries !== null && passed !== null && Math.abs(passed / tries - accuracy) > MISMATCH_TOLERANCE) {
    reasons.push("eval:accuracy_mismatch");
  }
  return { name, accuracy, count: tries, pass: passed };
}

function isBetter(a: Condition, b: Condition): boolean {
  if (a.accuracy !== b.accuracy) return a.accuracy > b.accuracy;
  const tries = (a.count ?? 0) - (b.count ?? 0);
  return tries !== 0 ? tries > 0 : a.name < b.name;
}

function wholeNumber(value: unknown): number | null {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : null;
}

type LevelColumn =
  | "meta_correctness_low"
  | "meta_correctness_medium"
  | "meta_correctness_high"
  | "meta_correctness_high_with_tool"
  | "meta_correctness_high_no_tool";

const LEVELS: [string, LevelColumn][] = [
  ["low", "meta_correctness_low"],
  ["medium", "meta_correctness_medium"],
  ["high", "meta_correctness_high"],
  ["high_with_tool", "meta_correctness_high_with_tool"],
  ["high_no_tool", "meta_correctness_high_no_tool"],
];

const levelsByName = new Map<string, readonly LevelColumn[]>();

/** The columns a condition counts for: `reason_high_no_tool` for high and high_no_tool; `reason_` may be missing. */
function levelColumns(name: string): readonly LevelColumn[] {
  const known = levelsByName.get(name);
  if (known) return known;
  const level = name.startsWith("reason_") ? name.slice("reason_".length) : name;
  const columns = LEVELS.filter(([prefix]) => level === prefix || level.startsWith(`${prefix}_`)).map(
    ([, column]) => column,
  );
  if (levelsByName.size < 1000) levelsByName.set(name, columns);
  return columns;
}
