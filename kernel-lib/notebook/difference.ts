/** What differs between two rows: values of columns, and passages of their texts. */

import { counted, thousands } from "./counts";
import { cutLine, cutText } from "./plain-text";
import { sourceTurns } from "./source-turns";
import { textOf } from "./turn";
import { type DiffPart, type TextDiff, wordDiff } from "./word-diff";

type Row = Readonly<Record<string, unknown>>;

/** One row beside the first. */
export interface Difference {
  readonly title: string;
  /** Columns whose values differ, each on one line. */
  readonly columns: readonly { readonly name: string; readonly first: string; readonly other: string }[];
  /** How many other columns have the same value. */
  readonly sameColumns: number;
  /** Null where neither row has a text. */
  readonly text: TextDiff | null;
}

/** A stretch of the comparison: equal text that is folded, or a passage with its differences. */
export type Passage =
  | { readonly kind: "equal"; readonly text: string; readonly words: number }
  | { readonly kind: "parts"; readonly parts: readonly DiffPart[] };

const CELL = 200;
/** Equal text around a difference that stays in sight, and what is folded at least. */
const CONTEXT = 160;
const FOLD_FROM = 4 * CONTEXT;
const PASSAGE = 20_000;

/** `other` beside `first`. */
export function difference(first: Row, other: Row, title: string): Difference {
  const a = comparedText(first);
  const b = comparedText(other);
  const skipped = new Set([...a.columns, ...b.columns]);
  const names = [...new Set([...Object.keys(first), ...Object.keys(other)])].filter(
    (name) => !skipped.has(name),
  );
  const columns = names
    .map((name) => ({ name: cutLine(name, 120), first: textOf(first[name]), other: textOf(other[name]) }))
    .filter((column) => column.first !== column.other);
  return {
    title,
    columns: columns.map(({ name, first, other }) => ({
      name,
      first: cutLine(first, CELL) || "null",
      other: cutLine(other, CELL) || "null",
    })),
    sameColumns: names.length - columns.length,
    text: a.text === "" && b.text === "" ? null : wordDiff(a.text, b.text),
  };
}

/** The row's text, or its conversation as text; and the columns that hold it. */
function comparedText(row: Row): { readonly text: string; readonly columns: readonly string[] } {
  if (typeof row.text === "string" && row.text !== "")
    return { text: row.text, columns: ["text", "messages"] };
  const { groups, columns } = sourceTurns(row);
  const turns = groups.flatMap((group) => group.turns);
  return { text: turns.map(({ role, body }) => `${role}: ${body}`).join("\n\n"), columns };
}

/** How the comparison was made, in words. */
export function diffWords(text: TextDiff | null): string {
  if (text === null) return "no text to compare";
  if (text.parts.every(({ kind }) => kind === "same")) {
    return `the text is the same, ${counted(text.parts[0]?.text.length ?? 0, "character")}`;
  }
  const changed = (kind: DiffPart["kind"]) =>
    text.parts.reduce((sum, part) => sum + (part.kind === kind ? part.text.length : 0), 0);
  const what = `text: ${counted(changed("removed"), "character")} only in the first, ${thousands(changed("added"))} only here`;
  const by = {
    word: "",
    line: ", compared by lines (too different for words)",
    text: ", too different to compare",
  };
  return what + by[text.unit];
}

/** The parts as passages, with long equal text between them folded. */
export function passages(parts: readonly DiffPart[]): Passage[] {
  const out: Passage[] = [];
  let open: DiffPart[] = [];
  const close = () => {
    if (open.length > 0) out.push({ kind: "parts", parts: open });
    open = [];
  };
  for (const [i, part] of parts.entries()) {
    if (part.kind !== "same" || part.text.length < FOLD_FROM) {
      open.push({ kind: part.kind, text: cutText(part.text, PASSAGE) });
      continue;
    }
    const start = i === 0 ? 0 : breakNear(part.text, CONTEXT);
    const end = i === parts.length - 1 ? part.text.length : breakNear(part.text, part.text.length - CONTEXT);
    if (start > 0) open.push({ kind: "same", text: part.text.slice(0, start) });
    close();
    const text = part.text.slice(start, end);
    out.push({
      kind: "equal",
      text: cutText(text, PASSAGE),
      words: text.match(/[\p{L}\p{N}_]+/gu)?.length ?? 0,
    });
    if (end < part.text.length) open.push({ kind: "same", text: part.text.slice(end) });
  }
  close();
  return out;
}

/** The place after a space at or a little before `at`; never inside a surrogate pair. */
function breakNear(text: string, at: number): number {
  const space = text.slice(Math.max(0, at - 40), at).search(/\s\S*$/);
  if (space !== -1) return Math.max(0, at - 40) + space + 1;
  const code = text.charCodeAt(at);
  return code >= 0xdc00 && code <= 0xdfff ? at - 1 : at;
}
