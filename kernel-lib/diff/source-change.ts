/** What changed in the source of a step, as far as people can read it. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type TextDiff, wordDiff } from "../notebook/word-diff";
import type { PinnedStep } from "../steps/pinned-step";

export interface SourceChange {
  /** `step.ts` */
  readonly file: string;
  readonly text: TextDiff;
}

const READABLE = ["step.ts", "step.sql"];

/** The difference of the two versions' sources; null where the code is the same or not of one form. */
export function sourceChange(a: PinnedStep, b: PinnedStep): SourceChange | null {
  if (a.manifest.code === b.manifest.code) return null;
  for (const file of READABLE) {
    const paths = [a, b].map(({ folder }) => join(folder, file));
    if (!paths.every((path) => existsSync(path))) continue;
    const [before, after] = paths.map((path) => readFileSync(path, "utf8"));
    return { file, text: wordDiff(before!, after!) };
  }
  return null;
}
