/** Rows of four subjects, so that nearness is known; some have nothing to embed. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { cli } from "../run/run-cli";

export const SUBJECTS = {
  math: ["triangle", "angle", "equation", "integer", "fraction", "theorem", "circle", "square"],
  code: ["function", "python", "array", "loop", "compiler", "string", "pointer", "recursion"],
  science: ["molecule", "electron", "enzyme", "planet", "gravity", "acid", "neuron", "photon"],
  chat_if: ["letter", "poem", "birthday", "invitation", "story", "toast", "slogan", "diary"],
} as const;

export type Subject = keyof typeof SUBJECTS;
const NAMES = Object.keys(SUBJECTS) as Subject[];

/** The subject of row i: they take turns. */
export function subjectOf(i: number): Subject {
  return NAMES[i % NAMES.length]!;
}

function words(subject: Subject, i: number): string {
  const list = SUBJECTS[subject];
  return [0, 1, 2, 3].map((k) => list[(i * 3 + k * (1 + (i % 3))) % list.length]).join(" and ");
}

/** Row 10 has no user message, row 11 a long prompt. */
export function rows(n: number): Record<string, unknown>[] {
  return Array.from({ length: n }, (_, i) => {
    const subject = subjectOf(i);
    const user =
      i === 11
        ? "the same long story once more ".repeat(600)
        : `Please tell number ${i} about ${words(subject, i)}.`;
    return {
      uuid: `u${i}`,
      subject,
      messages: [
        { role: "system", content: "Be brief." },
        ...(i === 10 ? [] : [{ role: "user", content: user }]),
        { role: "assistant", content: `Answer ${i}: ${words(subject, i + 1)}.` },
      ],
    };
  });
}

/** A run of `n` such rows in shards of 40. */
export function makeRun(folder: string, n = 120): string {
  const source = join(folder, "subjects.jsonl");
  const run = join(folder, "run");
  writeFileSync(
    source,
    rows(n)
      .map((row) => `${JSON.stringify(row)}\n`)
      .join(""),
  );
  const made = cli(["normalize", source, "--out", run, "--rows-per-shard", "40", "--workers", "1"]);
  expect(made.code).toBe(0);
  return run;
}
