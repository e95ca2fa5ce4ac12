/** How varied the words of each dataset and split are. */

import { InputError } from "../errors";
import { entropyBits } from "../flag/diversity";
import { rowView } from "../flag/row-view";
import { bareWord } from "../flag/words";
import { datasetHtml } from "../notebook/dataset-html";
import { escapeHtml } from "../notebook/escape-html";
import { plainText } from "../notebook/plain-text";
import type { Message } from "../row";
import type { Table } from "../table/table";
import { MovingRatio } from "./moving-ratio";

export interface DiversityOptions {
  /** Rows that are read of each split, drawn by hash of their key; default 5,000. */
  readonly rows?: number;
  /** Words of the window of `moving_ratio`; default 500. */
  readonly window?: number;
  readonly signal?: AbortSignal;
}

export interface DiversityLine {
  readonly dataset: string;
  readonly subset: string;
  readonly split: string;
  /** Rows that were read, and how many the split has. */
  readonly rows: number;
  readonly of: number;
  readonly words: number;
  readonly distinct: number;
  /** Shannon entropy of the word distribution; null without words. */
  readonly word_entropy_bits: number | null;
  /** Different words ÷ words: falls with the number of words, so it compares splits of like size alone. */
  readonly type_token_ratio: number | null;
  /** Mean type-token ratio of all windows of `window` words: does not depend on the number of words. Null below one window. */
  readonly moving_ratio: number | null;
}

/** Lines of `diversity`, one a split. Shows itself in a notebook. */
export class Diversity {
  constructor(
    readonly lines: readonly DiversityLine[],
    readonly window: number,
  ) {}

  toString(): string {
    return this.lines
      .map(
        (one) =>
          `${plainText(nameOf(one))}: ${one.words} words, ${one.distinct} different; entropy ${shown(one.word_entropy_bits, 2)} bits, ` +
          `type-token ratio ${shown(one.type_token_ratio, 3)}, over windows of ${this.window} words ${shown(one.moving_ratio, 3)}`,
      )
      .join("\n");
  }

  [Symbol.for("corpuslab.display")](): Record<string, string> {
    return { "text/plain": this.toString(), "text/html": datasetHtml(diversityHtml(this)) };
  }
}

/**
 * The words that the assistant wrote (code blocks left out, case ignored) of each dataset, subset and split: their Shannon
 * entropy, the type-token ratio, and its moving average, which is corrected for length. The plain ratio falls as a text
 * grows, because words come again (Heaps' law): a large dataset looks less varied than a small one. The moving average
 * (MATTR; Covington & McFall 2010) is that of equal windows. Windows go on from row to row, in an order drawn from the
 * keys, so answers that begin alike lower it; the same table gives the same numbers. Memory grows with the different
 * words of one split.
 * @throws InputError for a table without canonical rows, and numbers that are no sizes.
 * @example (await diversity(await open("out/demo"))).lines[0].moving_ratio
 */
export async function diversity(
  table: Table,
  { rows = 5_000, window = 500, signal }: DiversityOptions = {},
): Promise<Diversity> {
  for (const [name, value] of Object.entries({ rows, window })) {
    if (!Number.isSafeInteger(value) || value < 1)
      throw new InputError(`diversity: ${name} ${value}, expected a whole number above 0`);
  }
  const have = new Set((await table.schema).map(({ name }) => name));
  const missing = ["row_key", "messages", "text"].filter((name) => !have.has(name));
  if (missing.length > 0) {
    throw new InputError(
      `diversity: ${table.origin} has no column ${missing.join(", ")}; it reads canonical rows: normalize(…) first, then run.rows()`,
    );
  }
  const group = ["dataset", "subset", "split"].map((name) =>
    have.has(name) ? `coalesce(${name}::varchar, '') as ${name}` : `'' as ${name}`,
  );
  const keys = `select row_key, ${group.join(", ")} from this`;
  const sizes = await table
    .sql(`select dataset, subset, split, count(*) as n from (${keys}) group by all order by all`)
    .toArray();
  const drawn = table.sql(
    `select ${group.join(", ")}, messages, text from this where row_key in (select row_key from (
       select row_key, row_number() over (partition by dataset, subset, split order by md5(row_key), row_key) as n from (${keys})
     ) where n <= ${rows}) order by 1, 2, 3, md5(row_key), row_key`,
  );
  const lines: DiversityLine[] = [];
  const remaining = [...sizes];
  let counter: WordCounter | null = null;
  const finish = () => {
    if (counter) lines.push(counter.line());
    counter = null;
  };
  for await (const batch of drawn.stream(signal ? { signal } : {})) {
    for (const row of batch) {
      let current: WordCounter | null = counter;
      if (!current?.isOf(row)) {
        finish();
        const size = remaining.shift()!;
        current = new WordCounter(size, window);
        counter = current;
      }
      current.add(row.messages as readonly Message[] | null, String(row.text ?? ""));
    }
  }
  finish();
  return new Diversity(lines, window);
}

class WordCounter {
  private rows = 0;
  private words = 0;
  private readonly ids = new Map<string, number>();
  private readonly counts: number[] = [];
  private readonly moving: MovingRatio;

  constructor(
    private readonly group: Readonly<Record<string, unknown>>,
    window: number,
  ) {
    this.moving = new MovingRatio(window);
  }

  isOf(row: Readonly<Record<string, unknown>>): boolean {
    return ["dataset", "subset", "split"].every((name) => row[name] === this.group[name]);
  }

  add(messages: readonly Message[] | null, text: string): void {
    this.rows++;
    for (const { words } of rowView(messages, text).written) {
      const bare: (number | null)[] = [];
      for (let i = 0; i < words.count; i++) {
        const known = words.ids[i]!;
        if (bare[known] === undefined) bare[known] = this.idOf(bareWord(words.word(i)));
        const id = bare[known];
        if (id === null || id === undefined) continue;
        this.counts[id] = (this.counts[id] ?? 0) + 1;
        this.words++;
        this.moving.add(id);
      }
    }
  }

  line(): DiversityLine {
    const { dataset, subset, split, n } = this.group;
    return {
      ...{ dataset: String(dataset), subset: String(subset), split: String(split) },
      ...{ rows: this.rows, of: Number(n), words: this.words, distinct: this.ids.size },
      word_entropy_bits: entropyBits(this.counts, this.words),
      type_token_ratio: this.words === 0 ? null : this.ids.size / this.words,
      moving_ratio: this.moving.mean,
    };
  }

  private idOf(word: string): number | null {
    if (word === "") return null;
    const known = this.ids.get(word);
    if (known !== undefined) return known;
    this.ids.set(word, this.ids.size);
    return this.ids.size - 1;
  }
}

/** The table of a report and of a cell. */
export function diversityHtml({ lines, window }: Diversity): string {
  const head = ["split", "rows read", "words", "different", "entropy (bits)", "type-token ratio"];
  const cells = (one: DiversityLine) => [
    `${whole(one.rows)} of ${whole(one.of)}`,
    whole(one.words),
    whole(one.distinct),
    shown(one.word_entropy_bits, 2),
    shown(one.type_token_ratio, 3),
    shown(one.moving_ratio, 3),
  ];
  const body = lines.map(
    (one) =>
      `<tr><td style="text-align:left">${escapeHtml(plainText(nameOf(one)))}</td>${cells(one)
        .map((text) => `<td class="n">${text}</td>`)
        .join("")}</tr>`,
  );
  return `<table><thead><tr>${[...head, `over windows of ${whole(window)} words`]
    .map((name, i) => `<th${i === 0 ? ' style="text-align:left"' : ' class="n"'}>${name}</th>`)
    .join("")}</tr></thead><tbody>${body.join("")}</tbody></table>`;
}

function nameOf({ dataset, subset, split }: DiversityLine): string {
  return [dataset, [subset, split].filter(Boolean).join("/")].filter(Boolean).join(" ") || "all rows";
}

function shown(value: number | null, digits: number): string {
  return value === null ? "–" : value.toFixed(digits);
}

function whole(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+$)/g, ",");
}
