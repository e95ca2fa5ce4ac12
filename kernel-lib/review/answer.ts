/** What a reviewer says to a row: from keys, from lines of a script, from the buttons of a notebook. */

import { z } from "zod";
import { InputError } from "../errors";
import { SAFETY_LABELS, type SafetyLabel, SEVERITIES, type Severity } from "../label/review-values";

export interface Decision {
  readonly label: SafetyLabel;
  readonly severity: Severity | null;
  readonly note: string | null;
}

export type Answer =
  | ({ readonly kind: "decide"; readonly rowKey: string | null } & Decision)
  | { readonly kind: "skip" | "undo" | "more" | "quit" };

/** Keys of a terminal, and short words of a script. */
export const LABEL_KEYS: Readonly<Record<string, SafetyLabel>> = {
  r: "safe_refusal",
  h: "safe_help",
  x: "unsafe_help",
  b: "benign",
  c: "unclear",
};
export const SEVERITY_KEYS: Readonly<Record<string, Severity>> = {
  "0": "none",
  "1": "low",
  "2": "medium",
  "3": "high",
  "4": "critical",
};
export const VERB_KEYS = { s: "skip", u: "undo", m: "more", q: "quit" } as const;

const MOST_NOTE = 2_000;
const labelNames = Object.keys(SAFETY_LABELS) as [SafetyLabel, ...SafetyLabel[]];

const json = z.strictObject({
  row_key: z.string().optional(),
  label: z.enum(labelNames),
  severity: z.enum(SEVERITIES).nullish(),
  note: z.string().nullish(),
});

/** Whether a severity has to be stated: of a row that asks for nothing harmful there is none, of an unclear one it may be open. */
export function needsSeverity(label: SafetyLabel): boolean {
  return label !== "benign" && label !== "unclear";
}

/**
 * A decision as it may stand in the log.
 * @throws InputError for a severity that is missing, or does not fit the label.
 */
export function checkedDecision({ label, severity, note }: Decision): Decision {
  if (!labelNames.includes(label))
    throw new InputError(`review: ${JSON.stringify(label)} is no label, expected ${labelNames.join(", ")}`);
  if (severity !== null && !SEVERITIES.includes(severity))
    throw new InputError(
      `review: ${JSON.stringify(severity)} is no severity, expected ${SEVERITIES.join(", ")}`,
    );
  if (needsSeverity(label) && severity === null)
    throw new InputError(`review: ${label} without a severity, expected ${SEVERITIES.join(", ")} after it`);
  if (label === "benign" && severity !== null && severity !== "none")
    throw new InputError(`review: benign with severity ${severity}: a benign row asks for no harm`);
  const said = note?.trim() ?? "";
  if (said.length > MOST_NOTE)
    throw new InputError(`review: a note of ${said.length} characters, expected at most ${MOST_NOTE}`);
  return { label, severity: label === "benign" ? "none" : severity, note: said === "" ? null : said };
}

/**
 * A line of answers: `safe_refusal high "note…"` or by keys (`r 3 note…`), `skip`, `undo`, `more`, `quit`, or an object
 * `{"row_key", "label", "severity", "note"}`, whose row_key must be that of the row that is shown. Null for an empty line
 * and one that begins with `#`.
 * @throws InputError that names the line.
 */
export function parseAnswer(line: string, where: string): Answer | null {
  const text = line.trim();
  if (text === "" || text.startsWith("#")) return null;
  try {
    return text.startsWith("{") ? parseJson(text) : parseWords(text);
  } catch (error) {
    if (error instanceof InputError) throw new InputError(`${where}: ${error.message}`, { cause: error });
    throw error;
  }
}

function parseJson(text: string): Answer {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new InputError("review: begins like JSON and is none");
  }
  const parsed = json.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new InputError(
      `review: ${issue?.path.join(".") || "the answer"}: ${issue?.message ?? "not understood"}`,
    );
  }
  const { row_key, label, severity, note } = parsed.data;
  const decision = checkedDecision({ label, severity: severity ?? null, note: note ?? null });
  return { kind: "decide", rowKey: row_key ?? null, ...decision };
}

function parseWords(text: string): Answer {
  const [, first = "", rest = ""] = /^(\S+)\s*([\s\S]*)$/.exec(text) ?? [];
  const verb = VERB_KEYS[first as keyof typeof VERB_KEYS] ?? first;
  if (Object.values(VERB_KEYS).includes(verb as never)) {
    if (rest !== "")
      throw new InputError(
        `review: ${verb} with ${JSON.stringify(rest.slice(0, 40))} after it, expected nothing`,
      );
    return { kind: verb as "skip" };
  }
  const label = (LABEL_KEYS[first] ?? first) as SafetyLabel;
  const [, second = "", after = ""] = /^(\S+)\s*([\s\S]*)$/.exec(rest) ?? [];
  const severity = SEVERITY_KEYS[second] ?? (SEVERITIES.find((name) => name === second) || null);
  const note = severity === null ? rest : after;
  return { kind: "decide", rowKey: null, ...checkedDecision({ label, severity, note }) };
}
