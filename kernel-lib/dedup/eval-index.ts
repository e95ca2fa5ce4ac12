/** Word n-grams of evaluation items, to be met in rows. */
import { InputError } from "../errors";
import type { EvalItem } from "./eval-items";
import type { SignModule } from "./sign-module";

/** Words in a row of an item that count as a copy; items too short for that are looked for by their 8-grams. */
export const LONG_GRAM = 13;
export const SHORT_GRAM = 8;
/** Grams of near copies. */
export const NEAR_GRAM = 3;

/** n-grams of one size: hash → items that have it. */
export class GramIndex {
  private readonly table: Uint32Array;
  private readonly hashes: Uint32Array;
  private readonly mask: number;
  private readonly lists: number[][] = [];

  constructor(
    readonly n: number,
    capacity: number,
  ) {
    let slots = 1024;
    while (slots < capacity * 2) slots *= 2;
    this.mask = slots - 1;
    this.table = new Uint32Array(slots);
    this.hashes = new Uint32Array(slots * 2);
  }

  add(low: number, high: number, item: number): void {
    const slot = this.slot(low, high);
    if (this.table[slot] === 0) {
      this.hashes[2 * slot] = low;
      this.hashes[2 * slot + 1] = high;
      this.table[slot] = this.lists.push([]);
    }
    const list = this.lists[this.table[slot]! - 1]!;
    if (list.at(-1) !== item) list.push(item);
  }

  /** Items with that gram. */
  find(low: number, high: number): readonly number[] | null {
    const at = this.table[this.slot(low, high)]!;
    return at === 0 ? null : this.lists[at - 1]!;
  }

  private slot(low: number, high: number): number {
    let slot = low & this.mask;
    while (this.table[slot] !== 0 && (this.hashes[2 * slot] !== low || this.hashes[2 * slot + 1] !== high))
      slot = (slot + 1) & this.mask;
    return slot;
  }
}

export interface IndexedItem extends EvalItem {
  readonly words: number;
  /** How many different grams of each size it has. */
  readonly grams: ReadonlyMap<number, number>;
}

export interface EvalIndex {
  readonly items: readonly IndexedItem[];
  readonly indexes: readonly GramIndex[];
  /** Items of fewer than 8 words, by their words: found where a whole message says the same. */
  readonly short: ReadonlyMap<string, number>;
}

/**
 * The items' grams of 13, 8 and 3 words.
 * @throws InputError when no item has 8 words and none is a short one that can be compared whole.
 */
export function indexItems(module: SignModule, items: readonly EvalItem[], path: string): EvalIndex {
  const sizes = [LONG_GRAM, SHORT_GRAM, NEAR_GRAM];
  const indexed: IndexedItem[] = [];
  const short = new Map<string, number>();
  const found: { n: number; low: number; high: number; item: number }[] = [];
  items.forEach((item, number) => {
    takeText(module, item.text);
    const words = module.wordsFound();
    const grams = new Map<number, number>();
    for (const n of sizes) {
      if (words < Math.max(n, SHORT_GRAM)) continue;
      module.cutGrams(n);
      const hashes = new Uint32Array(module.memory.buffer, module.gramHashes(), module.gramsFound() * 2);
      const own = new Set<string>();
      for (let i = 0; i < hashes.length; i += 2) {
        own.add(`${hashes[i]} ${hashes[i + 1]}`);
        found.push({ n, low: hashes[i]!, high: hashes[i + 1]!, item: number });
      }
      grams.set(n, own.size);
    }
    if (words > 0 && words < SHORT_GRAM) short.set(plainWords(item.text), number);
    indexed.push({ ...item, words, grams });
  });
  if (indexed.every(({ words }) => words === 0)) {
    throw new InputError(
      `${path}: none of ${items.length} items has a word, expected texts: nothing would be checked`,
    );
  }
  const indexes = sizes.map((n) => new GramIndex(n, found.filter((each) => each.n === n).length));
  for (const { n, low, high, item } of found) indexes.find((index) => index.n === n)!.add(low, high, item);
  return { items: indexed, indexes, short };
}

/** The text is the module's: its words are found. */
export function takeText(module: SignModule, text: string): void {
  const bytes = Buffer.from(text);
  const at = module.input(bytes.length);
  new Uint8Array(module.memory.buffer).set(bytes, at);
  module.gramsOf(bytes.length, 0);
}

/** Lower-cased words with one space between them. */
export function plainWords(text: string): string {
  return (
    text
      .normalize("NFC")
      .toLowerCase()
      .match(/[\p{L}\p{N}\p{M}_]+/gu) ?? []
  ).join(" ");
}
