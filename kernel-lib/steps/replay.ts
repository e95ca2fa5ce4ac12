/** The golden rows of a version, asked again. */
import { join } from "node:path";
import {
  canonicalAnswer,
  GOLDEN_FILE,
  type GoldenLine,
  goldenOutput,
  inputHash,
  readGolden,
} from "./golden-lines";
import type { Outcome } from "./outcome";
import type { PinnedStep } from "./pinned-step";
import { type AskedRows, keyInLines, stepAnswers } from "./step-answers";

export interface Replay {
  /** Rows of golden.jsonl. */
  readonly golden: number;
  /** Rows that were found with the values they had, and asked. */
  readonly replayed: number;
  /** Keys that no row has any more. */
  readonly gone: readonly string[];
  /** Keys of rows in which a column that the step reads has another value now; they were not compared. */
  readonly changed: readonly string[];
  /** Rows that are as they were and get another answer. */
  readonly differing: readonly {
    readonly key: string;
    /** As golden.jsonl has it: answers that can hold text are hashes. */
    readonly expected: unknown;
    readonly answer: Outcome | { readonly fault: string };
  }[];
}

/** The step's answers to its golden rows, which are read from `rows` by their keys, compared with golden.jsonl. */
export async function replayGolden(step: PinnedStep, rows: Omit<AskedRows, "only">): Promise<Replay> {
  const golden = readGolden(step);
  const found = await stepAnswers(step, { ...rows, only: keyInLines(join(step.folder, GOLDEN_FILE)) });
  const byKey = new Map(found.map((one) => [one.key, one]));
  const gone: string[] = [];
  const changed: string[] = [];
  const differing: Replay["differing"][number][] = [];
  for (const line of golden) {
    const now = byKey.get(line.key);
    if (!now) gone.push(line.key);
    else if (inputHash(now.row) !== line.input) changed.push(line.key);
    else if (!isSame(line, now.answer)) {
      differing.push({ key: line.key, expected: line.output, answer: now.answer });
    }
  }
  return {
    golden: golden.length,
    replayed: golden.length - gone.length - changed.length,
    gone,
    changed,
    differing,
  };
}

function isSame({ output }: GoldenLine, answer: Outcome | { readonly fault: string }): boolean {
  return canonicalAnswer(goldenOutput(answer)) === canonicalAnswer(output);
}
