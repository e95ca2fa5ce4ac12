/** The proof: the function of the cell and the rebuilt one give the same answer, row by row, in any order. */
import { createHash } from "node:crypto";
import { canonicalJson } from "../canonical-json";
import { errorText } from "../errors";
import type { GoldenRow } from "./golden";
import { type BoundStep, frozenRow, type StepRow } from "./sandbox";
import type { StepKind } from "./step-source";

/** What a step said of a row, in a form that can be compared and written down. */
export type Outcome =
  | { readonly keep: true }
  | { readonly drop: string }
  | { readonly values: Readonly<Record<string, unknown>> }
  | { readonly unchanged: true }
  | { readonly text: string }
  | { readonly messages: unknown }
  | { readonly error: string };

/** The outcome that a returned value stands for; `fault` says what is wrong with one that stands for none. */
export function outcomeOf(
  kind: StepKind,
  value: unknown,
  { name, writes }: { readonly name: string; readonly writes: readonly string[] },
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
    return {
      values: Object.fromEntries(
        writes.map((column) => [column, (value as Record<string, unknown>)[column] ?? null]),
      ),
    };
  }
  if (value === null) return { unchanged: true };
  const { text, messages } = (value ?? {}) as { text?: unknown; messages?: unknown };
  if (typeof text === "string") return { text };
  if (Array.isArray(messages)) return { messages };
  return { fault: `returned ${shown(value)}, expected { text }, { messages } or null` };
}

/** Answers of one function for all rows, in the given order; what it throws is an answer. */
export function answers(
  fn: (row: StepRow) => unknown,
  rows: readonly StepRow[],
  kind: StepKind,
  names: { readonly name: string; readonly writes: readonly string[] },
): (Outcome | { readonly fault: string })[] {
  return rows.map((row) => {
    try {
      return outcomeOf(kind, fn(frozenRow(structuredClone(row))), names);
    } catch (error) {
      return { error: errorText(error) };
    }
  });
}

/** Where two lists of answers differ: positions, ascending. */
export function differences(a: readonly unknown[], b: readonly unknown[]): number[] {
  return a.flatMap((answer, i) => (canonical(answer) === canonical(b[i]) ? [] : [i]));
}

/** The rows in another order, by a fixed shuffle; with the place of each in the old order. */
export function shuffled<T>(items: readonly T[]): {
  readonly items: readonly T[];
  readonly from: readonly number[];
} {
  const from = items
    .map((_, i) => ({ i, at: createHash("sha256").update(`shuffle ${i}`).digest("hex") }))
    .sort((a, b) => (a.at < b.at ? -1 : 1))
    .map(({ i }) => i);
  return { items: from.map((i) => items[i]!), from };
}

/** Answers of a fresh step to rows in shuffled order and in batches of another size, in the old order. */
export function answersInAnotherOrder(
  load: () => BoundStep,
  params: Readonly<Record<string, unknown>>,
  golden: readonly GoldenRow[],
  kind: StepKind,
  names: { readonly name: string; readonly writes: readonly string[] },
): (Outcome | { readonly fault: string })[] {
  const { items, from } = shuffled(golden);
  const out: (Outcome | { readonly fault: string })[] = new Array(golden.length);
  const size = 7;
  for (let start = 0; start < items.length; start += size) {
    const batch = items.slice(start, start + size).map(({ row }) => row);
    const given = answers(load()(params), batch, kind, names);
    given.forEach((answer, i) => {
      out[from[start + i]!] = answer;
    });
  }
  return out;
}

/**
 * Lines of golden.jsonl: which row, the hash of what was read, and the expected answer. No text of the dataset: answers
 * that can hold some (values, texts, errors, reasons that are no plain name) are hashes too.
 */
export function goldenLines(
  golden: readonly GoldenRow[],
  outcomes: readonly (Outcome | { readonly fault: string })[],
): string {
  return golden
    .map(({ key, strata, row }, i) =>
      JSON.stringify({
        key,
        strata,
        input: sha256(canonical(row)),
        output: isPlain(outcomes[i]!) ? outcomes[i] : { sha256: sha256(canonical(outcomes[i])) },
      }),
    )
    .map((line) => `${line}\n`)
    .join("");
}

function isPlain(outcome: Outcome | { readonly fault: string }): boolean {
  if ("drop" in outcome) return /^[\w-]{1,80}$/.test(outcome.drop);
  return "keep" in outcome || "unchanged" in outcome;
}

function canonical(value: unknown): string {
  return canonicalJson(JSON.parse(JSON.stringify(value ?? null, plain)) as unknown, "hash");
}

/** Numbers and values that JSON has no form for, told apart. */
function plain(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return { bigint: value.toString() };
  if (typeof value === "number" && !Number.isFinite(value)) return { number: String(value) };
  return value === undefined ? { undefined: true } : value;
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function shown(value: unknown): string {
  const text = JSON.stringify(value, plain) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
