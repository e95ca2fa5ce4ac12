/** Rows side by side with the first of them: which columns differ, and where the texts do. */

import { InputError } from "../errors";
import { counted } from "./counts";
import { datasetHtml } from "./dataset-html";
import { type Difference, difference, diffWords, type Passage, passages } from "./difference";
import { differencesHtml } from "./differences-html";
import { cutLine, plainText } from "./plain-text";
import { textOf } from "./turn";

type Row = Readonly<Record<string, unknown>>;

export interface DifferencesOptions {
  /** What each row is called, the first one first. Default: their row_key, id or number. */
  readonly titles?: readonly string[];
  /** What stands above. */
  readonly heading?: string;
  readonly notes?: readonly string[];
}

/** Rows beside the first of them; shows itself in a notebook. */
export class Differences {
  readonly first: string;
  readonly others: readonly Difference[];
  private readonly heading: string;
  private readonly notes: readonly string[];

  constructor(rows: readonly Row[], { titles = [], heading = "", notes = [] }: DifferencesOptions = {}) {
    const [first, ...others] = rows;
    if (first === undefined) throw new InputError("showDifferences: no rows, expected at least one");
    const name = (row: Row, i: number) =>
      plainText(titles[i] ?? "") || cutLine(textOf(row.row_key ?? row.id), 300) || `row ${i + 1}`;
    this.first = name(first, 0);
    this.others = others.map((row, i) => difference(first, row, name(row, i + 1)));
    this.heading = plainText(heading);
    this.notes = notes.map((note) => plainText(note));
  }

  /** As in the page; `[-words-]` only the first row has, `{+words+}` only the other one. */
  toString(): string {
    const parts = [[this.heading, ...this.notes].filter(Boolean).join("\n"), `first: ${this.first}`];
    for (const { title, columns, sameColumns, text } of this.others) {
      const lines = columns.map(({ name, first, other }) => `${name}: [-${first}-] {+${other}+}`);
      lines.push(`${counted(sameColumns, "other column")} the same`);
      parts.push([`beside it: ${title}`, ...lines, diffWords(text)].join("\n"));
      if (text) parts.push(passages(text.parts).map(passageText).join(""));
    }
    return parts.filter((part) => part !== "").join("\n\n");
  }

  [Symbol.for("corpuslab.display")](): Record<string, string> {
    const { heading, notes, first, others } = this;
    return {
      "text/plain": this.toString(),
      "text/html": datasetHtml(differencesHtml({ heading, notes, first, others })),
    };
  }
}

/**
 * The rows side by side with the first of them: columns that differ, and `text` (of source rows: the conversation) with
 * the differing words marked. Long equal passages fold. Texts that differ too much for a comparison by words are compared
 * by lines, and say so.
 * @throws InputError for an empty list.
 * @example showDifferences(await ds.filter("id in ('a', 'b')").toArray())
 */
export function showDifferences(rows: readonly Row[], options: DifferencesOptions = {}): Differences {
  return new Differences(rows, options);
}

function passageText(passage: Passage): string {
  if (passage.kind === "equal") return `\n… ${counted(passage.words, "equal word")} …\n`;
  return passage.parts
    .map(({ kind, text }) => {
      const shown = plainText(text, { lines: true });
      return kind === "same" ? shown : kind === "removed" ? `[-${shown}-]` : `{+${shown}+}`;
    })
    .join("");
}
