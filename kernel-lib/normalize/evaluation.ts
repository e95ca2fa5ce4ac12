/** What an evaluation block (condition → { count, pass, accuracy }) says about a row's correctness. */
import { canonicalizeJson, joinCanonical } from "../canonical-json";
import { cutObject, detach } from "../json-text";
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
  const columns: EvaluationColumns = { ...NO_EVALUATION };
  if (typeof value !== "object" || Array.isArray(value)) {
    columns.meta_eval_json = canonicalizeJson(raw, "text");
    return { columns, reasons: ["eval:not_an_object"] };
  }
  const reasons: string[] = [];
  const members: [string, string][] = [];
  let best: Condition | null = null;
  for (const [name, text] of cutObject(raw)) {
    const condition = readCondition(text);
    members.push([name, condition.json]);
    if (condition.fault !== null) reasons.push(condition.fault);
    const { accuracy } = condition;
    if (accuracy === null) continue;
    const named = { name, accuracy, count: condition.count, pass: condition.pass };
    if (!best || isBetter(named, best)) best = named;
    for (const column of levelColumns(name)) {
      if ((columns[column] ?? -1) < accuracy) columns[column] = accuracy;
    }
  }
  if (members.length === 0) reasons.push("eval:empty");
  columns.meta_eval_json = joinCanonical(members, "text");
  if (best) {
    columns.meta_correctness = best.accuracy;
    columns.meta_eval_best_setting = best.name;
    columns.meta_pass_k = best.count;
    columns.meta_correct_count = best.pass;
  }
  return { columns, reasons };
}

/** A condition's result; few different ones occur, so each text is read once. */
interface Result {
  /** Canonical JSON (text spacing). */
  readonly json: string;
  /** Null when it does not count. */
  readonly accuracy: number | null;
  readonly count: number | null;
  readonly pass: number | null;
  readonly fault: string | null;
}

const MAX_CACHED_RESULTS = 10_000;
const MAX_CACHED_CHARS = 200;
const resultsByText = new Map<string, Result>();

function readCondition(raw: string): Result {
  const known = resultsByText.get(raw);
  if (known !== undefined) return known;
  const json = canonicalizeJson(raw, "text");
  const result = { json, ...judgeCondition(JSON.parse(raw)) };
  if (raw.length <= MAX_CACHED_CHARS) {
    if (resultsByText.size >= MAX_CACHED_RESULTS) resultsByText.clear();
    resultsByText.set(detach(raw), result);
  }
  return result;
}

function judgeCondition(value: unknown): Omit<Result, "json"> {
  const none = { accuracy: null, count: null, pass: null };
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    return { ...none, fault: "eval:condition_not_an_object" };
  }
  const { accuracy, count, pass } = value as Record<string, unknown>;
  if (typeof accuracy === "string") return { ...none, fault: "eval:string_accuracy" };
  if (typeof accuracy !== "number") return { ...none, fault: "eval:no_accuracy" };
  if (count === 0) return { ...none, fault: "eval:count_zero" };
  if (accuracy > 1) return { ...none, fault: "eval:accuracy_above_1" };
  if (accuracy < 0) return { ...none, fault: "eval:accuracy_below_0" };
  const tries = wholeNumber(count);
  const passed = wholeNumber(pass);
  const isMismatch =
    tries !== null && passed !== null && Math.abs(passed / tries - accuracy) > MISMATCH_TOLERANCE;
  return { accuracy, count: tries, pass: passed, fault: isMismatch ? "eval:accuracy_mismatch" : null };
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
