/** In which ways two answers to the same row can differ, by kind of step. */
import { canonicalAnswer } from "../steps/golden-lines";
import type { Outcome, StepKind } from "../steps/outcome";

/** What a step said of a row; a fault is an answer that its kind does not allow. */
export type Answer = Outcome | { readonly fault: string };

/** A way in which a row's answer changed, or did not. */
export interface Direction {
  /** For programs: `kept_to_dropped`. */
  readonly id: string;
  /** For people: `kept → dropped`. */
  readonly label: string;
  /** Whether the two versions say something else of such a row, or both fail on it. */
  readonly differs: boolean;
  /** Whether it counts as moved: it differs, and not in the reason alone for which it is dropped. */
  readonly moved: boolean;
}

const moved = (id: string, label: string): Direction => ({ id, label, differs: true, moved: true });
const same = (id: string, label: string): Direction => ({ id, label, differs: false, moved: false });

const FAILED: readonly Direction[] = [
  moved("to_error", "answer → error"),
  moved("from_error", "error → answer"),
];
/** Kept with the rows that differ, so that its messages can be read. */
const BOTH_FAILED: Direction = { id: "error", label: "error in both", differs: true, moved: false };

/** All directions of a kind, in the order in which they are shown: those that moved first. */
export const DIRECTIONS: Readonly<Record<StepKind, readonly Direction[]>> = {
  filter: [
    moved("kept_to_dropped", "kept → dropped"),
    moved("dropped_to_kept", "dropped → kept"),
    { id: "other_reason", label: "dropped for another reason", differs: true, moved: false },
    ...FAILED,
    same("kept", "kept by both"),
    same("dropped", "dropped by both"),
    BOTH_FAILED,
  ],
  flag: [moved("changed", "other values"), ...FAILED, same("same", "same values"), BOTH_FAILED],
  rewrite: [
    moved("rewritten_now", "as it was → rewritten"),
    moved("left_now", "rewritten → as it was"),
    moved("rewritten_otherwise", "rewritten otherwise"),
    ...FAILED,
    same("rewritten", "rewritten alike"),
    same("left", "as it was in both"),
    BOTH_FAILED,
  ],
};

const placesOf = (kind: StepKind) => new Map(DIRECTIONS[kind].map(({ id }, i) => [id, i]));
const PLACES = { filter: placesOf("filter"), flag: placesOf("flag"), rewrite: placesOf("rewrite") };

/** Whether it makes sense to ask for the cause. */
export function hasCause({ id, differs }: Direction): boolean {
  return differs && id !== BOTH_FAILED.id;
}

/** What is needed beside two answers to compare them. */
export interface Comparing {
  readonly kind: StepKind;
  /** Columns that both versions write; of a flag. */
  readonly columns: readonly string[];
  /** Names of the versions: a filter that drops without a reason gives its name as one. */
  readonly names: readonly [string, string];
}

/** The place in `DIRECTIONS[kind]` of what became of a row. `text` is the row's own, where a rewrite is compared. */
export function directionOf(a: Answer, b: Answer, comparing: Comparing, text: unknown): number {
  const { kind } = comparing;
  const at = (id: string) => PLACES[kind].get(id)!;
  const [failedA, failedB] = [isFailure(a), isFailure(b)];
  if (failedA || failedB) return at(failedA ? (failedB ? "error" : "from_error") : "to_error");
  if (kind === "filter") {
    if ("keep" in a) return at("keep" in b ? "kept" : "kept_to_dropped");
    if ("keep" in b) return at("dropped_to_kept");
    return at(sameAnswer(a, b, comparing, text) ? "dropped" : "other_reason");
  }
  const isSame = sameAnswer(a, b, comparing, text);
  if (kind === "flag") return at(isSame ? "same" : "changed");
  const [left, right] = [isUntouched(a, text), isUntouched(b, text)];
  if (left) return at(right ? "left" : "rewritten_now");
  return at(right ? "left_now" : isSame ? "rewritten" : "rewritten_otherwise");
}

/** Whether two answers say the same of a row; messages of errors do not count. */
export function sameAnswer(
  a: Answer,
  b: Answer,
  { kind, columns, names }: Comparing,
  text: unknown,
): boolean {
  if (isFailure(a) || isFailure(b)) return isFailure(a) && isFailure(b);
  if (kind === "filter") {
    if ("keep" in a || "keep" in b) return "keep" in a && "keep" in b;
    return reasonOf(a, names) === reasonOf(b, names);
  }
  if (kind === "flag") {
    const [left, right] = [valuesOf(a), valuesOf(b)];
    return columns.every((column) => sameValue(left[column], right[column]));
  }
  if (isUntouched(a, text) || isUntouched(b, text)) return isUntouched(a, text) && isUntouched(b, text);
  if ("text" in a && "text" in b) return a.text === b.text;
  return canonicalAnswer(a) === canonicalAnswer(b);
}

/** Equal values; NaN equals NaN, 0 equals -0, lists and objects by what they hold. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (a === b || (Number.isNaN(a) && Number.isNaN(b))) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  return canonicalAnswer(a) === canonicalAnswer(b);
}

export function isFailure(answer: Answer): answer is { readonly error: string } | { readonly fault: string } {
  return "error" in answer || "fault" in answer;
}

/** A rewrite that gives the text that stands there already has left the row as it was. */
export function isUntouched(answer: Answer, text: unknown): boolean {
  return "unchanged" in answer || ("text" in answer && answer.text === text);
}

export function valuesOf(answer: Answer): Readonly<Record<string, unknown>> {
  return "values" in answer ? answer.values : {};
}

/** The reason of a drop; null where the filter gave none and its name stands in. */
function reasonOf(answer: Answer, names: readonly string[]): string | null {
  return "drop" in answer && !names.includes(answer.drop) ? answer.drop : null;
}

/** The answer in a few words: `kept`, `dropped: too long`, the values as JSON, the message of the error. */
export function answerText(answer: Answer, { names, columns }: Comparing, text: unknown): string {
  if ("keep" in answer) return "kept";
  if ("drop" in answer) {
    const reason = reasonOf(answer, names);
    return reason === null ? "dropped" : `dropped: ${reason}`;
  }
  if ("error" in answer) return `error: ${answer.error}`;
  if ("fault" in answer) return `error: ${answer.fault}`;
  if ("values" in answer) {
    const shared = Object.fromEntries(columns.map((column) => [column, answer.values[column] ?? null]));
    return canonicalAnswer(shared);
  }
  return isUntouched(answer, text) ? "as it was" : "rewritten";
}
