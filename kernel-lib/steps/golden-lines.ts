/** `golden.jsonl` of a version: the rows that it was proven on, by key and hash, and the answer to each. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { canonicalJson } from "../canonical-json";
import { InputError } from "../errors";
import { jsonPlain, type Outcome } from "./outcome";
import type { StepRow } from "./sandbox";
import type { VersionPlace } from "./versions";

export const GOLDEN_FILE = "golden.jsonl";

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
        input: inputHash(row),
        output: goldenOutput(outcomes[i]!),
      }),
    )
    .map((line) => `${line}\n`)
    .join("");
}

/** The hash of what a step read of a row. */
export function inputHash(row: StepRow): string {
  return sha256(canonicalAnswer(row));
}

/** An answer as it stands in golden.jsonl. */
export function goldenOutput(outcome: Outcome | { readonly fault: string }): unknown {
  return isPlain(outcome) ? outcome : { sha256: sha256(canonicalAnswer(outcome)) };
}

const goldenLine = z.object({
  key: z.string(),
  strata: z.array(z.string()),
  input: z.string(),
  output: z.record(z.string(), z.unknown()),
});

export type GoldenLine = z.infer<typeof goldenLine>;

/** The lines of a version's golden.jsonl. @throws InputError when it is damaged. */
export function readGolden({ name, version, folder }: VersionPlace): GoldenLine[] {
  const path = join(folder, GOLDEN_FILE);
  try {
    const lines = readFileSync(path, "utf8").split("\n").slice(0, -1);
    return lines.map((line) => goldenLine.parse(JSON.parse(line)));
  } catch (cause) {
    throw new InputError(
      `step ${name}@${version}: ${path} cannot be read; restore it from git, a version is never edited`,
      { cause },
    );
  }
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
