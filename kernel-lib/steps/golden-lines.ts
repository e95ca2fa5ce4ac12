/** `golden.jsonl` of a version: the rows that it was proven on, by key and hash, and the answer to each. */
import { createHash } from "node:crypto";
import { canonicalJson } from "../canonical-json";
import { jsonPlain, type Outcome } from "./outcome";
import type { StepRow } from "./sandbox";

export interface GoldenRow {
  /** row_key where the table has one, else the row's number in the table, from 0. */
  readonly key: string;
  /** Why it was chosen: `domain math`, `null score`, `smallest score`, `near score 0.9`. */
  readonly strata: readonly string[];
  readonly row: StepRow;
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
        input: sha256(canonicalAnswer(row)),
        output: isPlain(outcomes[i]!) ? outcomes[i] : { sha256: sha256(canonicalAnswer(outcomes[i])) },
      }),
    )
    .map((line) => `${line}\n`)
    .join("");
}

function isPlain(outcome: Outcome | { readonly fault: string }): boolean {
  if ("drop" in outcome) return /^[\w-]{1,80}$/.test(outcome.drop);
  return "keep" in outcome || "unchanged" in outcome;
}

/** An answer or a row as one text: equal texts, equal values. */
export function canonicalAnswer(value: unknown): string {
  return canonicalJson(JSON.parse(JSON.stringify(value ?? null, jsonPlain)) as unknown, "hash");
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
