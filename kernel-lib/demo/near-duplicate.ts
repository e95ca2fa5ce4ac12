/** Edits that leave a text nearly the same, and the word 3-gram Jaccard similarity that says how nearly. */
import { sentence } from "./prose";
import type { Random } from "./random";
import { ADJECTIVES } from "./words";

/** An edited text: `swap05` replaces one word in twenty, `truncate` keeps four fifths. */
export function nearlySame(random: Random, form: string, text: string): string {
  switch (form) {
    case "case_punct":
      return text.toUpperCase().replace(/[.!?]$/, "");
    case "whitespace":
      return text.replaceAll(" ", "  ");
    case "swap05": {
      const words = text.split(" ");
      const swaps = Math.max(1, Math.floor(words.length / 20));
      for (let i = 0; i < swaps; i++) words[random.int(0, words.length - 1)] = random.pick(ADJECTIVES);
      return words.join(" ");
    }
    case "truncate":
      return text.slice(0, Math.ceil(text.length * 0.8)).replace(/[\ud800-\udbff]$/, "");
    case "prefix":
      return `${sentence(random)} ${text}`;
    default:
      throw new RangeError(`demo: no near-duplicate form "${form}"`);
  }
}

/** Jaccard similarity 0..1 of the sets of word 3-grams; fewer than three words count as one gram. */
export function jaccard(a: string, b: string): number {
  const [left, right] = [grams(a), grams(b)];
  let shared = 0;
  for (const gram of left) if (right.has(gram)) shared++;
  const all = left.size + right.size - shared;
  return all === 0 ? 1 : shared / all;
}

function grams(text: string): Set<string> {
  const words = text.toLowerCase().match(/[\p{L}\p{N}_]+/gu) ?? [];
  if (words.length < 3) return new Set([words.join(" ")]);
  return new Set(words.slice(2).map((_, i) => words.slice(i, i + 3).join(" ")));
}
