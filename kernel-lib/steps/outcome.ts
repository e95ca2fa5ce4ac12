/** What a step said of a row: the answer of its function, checked and in a form that can be compared and written down. */
import { plainText } from "../notebook/plain-text";

export type StepKind = "filter" | "flag" | "rewrite";

/** What a step said of a row, in a form that can be compared and written down. */
export type Outcome =
  | { readonly keep: true }
  | { readonly drop: string }
  | { readonly values: Readonly<Record<string, unknown>> }
  | { readonly unchanged: true }
  | { readonly text: string }
  | { readonly messages: unknown }
  | { readonly error: string };

/** What an answer is measured by. */
export interface AnswerNames {
  /** Of the step: the reason of a row that is dropped without one. */
  readonly name: string;
  /** Columns that a flag writes. */
  readonly writes: readonly string[];
  /** Of a flag: what is wrong with its values, as `valueCheck` says it. */
  readonly check?: (values: Readonly<Record<string, unknown>>) => ValueFault | null;
}

/** A member that is not as declared. */
export interface ValueFault {
  readonly name: string;
  /** `"yes"`: what was there, cut. */
  readonly got: string;
  /** `expected boolean, received string` */
  readonly problem: string;
}

/** The outcome that a returned value stands for; `fault` says what is wrong with one that stands for none. */
export function outcomeOf(
  kind: StepKind,
  value: unknown,
  { name, writes, check }: AnswerNames,
): Outcome | { readonly fault: string } {
  if (kind === "filter") {
    if (value === true) return { keep: true };
    if (value === false) return { drop: name };
    const reason = (value as { drop?: unknown } | null)?.drop;
    if (typeof reason === "string" && reason !== "") return { drop: reason };
    return { fault: `returned ${shown(value)}, expected true, false or { drop: "reason" }` };
  }
  if (kind === "flag") {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      return { fault: `returned ${shown(value)}, expected { ${writes.join(", ")} }` };
    }
    const given = Object.keys(value);
    const missing = writes.filter((column) => !given.includes(column));
    const extra = given.filter((column) => !writes.includes(column));
    if (missing.length > 0) return { fault: `returned no ${missing.join(", ")}` };
    if (extra.length > 0) return { fault: `returned ${extra.join(", ")}, which is not declared in writes` };
    const values = Object.fromEntries(
      writes.map((column) => [column, (value as Record<string, unknown>)[column] ?? null]),
    );
    const fault = check?.(values);
    if (fault) return { fault: `returned ${fault.name} = ${fault.got}, ${fault.problem}` };
    return { values };
  }
  if (value === null) return { unchanged: true };
  const { text, messages } = (value ?? {}) as { text?: unknown; messages?: unknown };
  if (typeof text === "string") return { text };
  if (Array.isArray(messages)) return { messages };
  return { fault: `returned ${shown(value)}, expected { text }, { messages } or null` };
}

/** A value as JSON, cut: for messages. */
export function shown(value: unknown): string {
  const text = plainText(JSON.stringify(value, jsonPlain) ?? String(value));
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

/** Numbers and values that JSON has no form for, told apart: a replacer for JSON.stringify. */
export function jsonPlain(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return { bigint: value.toString() };
  if (typeof value === "number" && !Number.isFinite(value)) return { number: String(value) };
  return value === undefined ? { undefined: true } : value;
}
