/** The proof: the function of the cell and the rebuilt one give the same answer, row by row, in any order. */
import { createHash } from "node:crypto";
import { errorText } from "../errors";
import { canonicalAnswer, type GoldenRow } from "../steps/golden-lines";
import { type AnswerNames, type Outcome, outcomeOf, type StepKind } from "../steps/outcome";
import { type BoundStep, frozenRow, type StepRow } from "../steps/sandbox";

/** Answers of one function for all rows, in the given order; what it throws is an answer. */
export function answers(
  fn: (row: StepRow) => unknown,
  rows: readonly StepRow[],
  kind: StepKind,
  names: AnswerNames,
): (Outcome | { readonly fault: string })[] {
  return rows.map((row) => {
    try {
      return outcomeOf(kind, fn(frozenRow(structuredClone(row))), names);
    } catch (error) {
      return { error: errorText(error) };
    }
  });
}

/** The first row that gets another answer when it is asked for twice in a row; null when none does. */
export function changesItself(
  fn: (row: StepRow) => unknown,
  rows: readonly StepRow[],
  kind: StepKind,
  names: AnswerNames,
): number | null {
  const twice = answers(
    fn,
    rows.flatMap((row) => [row, row]),
    kind,
    names,
  );
  const i = rows.findIndex((_, at) => differences([twice[2 * at]], [twice[2 * at + 1]]).length > 0);
  return i < 0 ? null : i;
}

/** Where two lists of answers differ: positions, ascending. */
export function differences(a: readonly unknown[], b: readonly unknown[]): number[] {
  return a.flatMap((answer, i) => (canonicalAnswer(answer) === canonicalAnswer(b[i]) ? [] : [i]));
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
  names: AnswerNames,
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
