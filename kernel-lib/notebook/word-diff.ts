/** Where two texts differ, word by word; the only import of the package diff. */

import { diffArrays } from "diff";

/** A run of text that both have, or that only the first (`removed`) or the second (`added`) has. */
export interface DiffPart {
  readonly kind: "same" | "removed" | "added";
  readonly text: string;
}

export interface TextDiff {
  /** In order: `same` and `removed` joined are the first text, `same` and `added` the second. */
  readonly parts: readonly DiffPart[];
  /** What was compared: words; lines where there are too many words or changes; the whole middle beyond that. */
  readonly unit: "word" | "line" | "text";
}

/** Longer texts together are compared by lines; so are those with more words or changes. */
const MAX_CHARS = 2_000_000;
const MAX_UNITS = 200_000;
const MAX_EDITS = 1500;

/** Words, single ideographs, runs of white space, and any other character by itself: joined they are the text. */
const WORDS =
  /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}]|(?:(?![\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}])[\p{L}\p{N}\p{M}_])+|\s+|[\s\S]/gu;

/**
 * The difference of two texts, the same for the same texts. By words where both together have at most 2,000,000
 * characters, 200,000 words outside their common beginning and end, and 1,500 changes; else by lines; else the middle as one change.
 * Time is bounded by the number of changes, not by the product of the lengths.
 */
export function wordDiff(a: string, b: string): TextDiff {
  if (a === b) return { parts: joined("same", [a]), unit: "word" };
  const byWord = a.length + b.length > MAX_CHARS ? null : compare(wordsOf(a), wordsOf(b));
  if (byWord) return { parts: byWord, unit: "word" };
  const [linesA, linesB] = [linesOf(a), linesOf(b)];
  const byLine = compare(linesA, linesB);
  if (byLine) return { parts: byLine, unit: "line" };
  const { start, end } = commonEnds(linesA, linesB);
  return {
    parts: [
      ...joined("same", linesA.slice(0, start)),
      ...joined("removed", linesA.slice(start, linesA.length - end)),
      ...joined("added", linesB.slice(start, linesB.length - end)),
      ...joined("same", linesA.slice(linesA.length - end)),
    ],
    unit: "text",
  };
}

function compare(a: readonly string[], b: readonly string[]): DiffPart[] | null {
  const { start, end } = commonEnds(a, b);
  const middleA = a.slice(start, a.length - end);
  const middleB = b.slice(start, b.length - end);
  if (middleA.length + middleB.length > MAX_UNITS) return null;
  const changes = diffArrays(middleA, middleB, { maxEditLength: MAX_EDITS });
  if (!changes) return null;
  const parts = changes.flatMap(({ added, removed, value }) =>
    joined(added ? "added" : removed ? "removed" : "same", value),
  );
  return merged([...joined("same", a.slice(0, start)), ...parts, ...joined("same", a.slice(a.length - end))]);
}

/** How many units two lists share at their beginning and, after it, at their end. */
function commonEnds(a: readonly string[], b: readonly string[]): { start: number; end: number } {
  const most = Math.min(a.length, b.length);
  let start = 0;
  while (start < most && a[start] === b[start]) start++;
  let end = 0;
  while (end < most - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  return { start, end };
}

function merged(parts: readonly DiffPart[]): DiffPart[] {
  const out: DiffPart[] = [];
  for (const next of parts) {
    const last = out.at(-1);
    if (last?.kind === next.kind) {
      out[out.length - 1] = { kind: next.kind, text: last.text + next.text };
    } else out.push(next);
  }
  return out;
}

function joined(kind: DiffPart["kind"], units: readonly string[]): DiffPart[] {
  const text = units.join("");
  return text === "" ? [] : [{ kind, text }];
}

function wordsOf(text: string): string[] {
  return text.match(WORDS) ?? [];
}

function linesOf(text: string): string[] {
  return text.split(/(?<=\n)/);
}
