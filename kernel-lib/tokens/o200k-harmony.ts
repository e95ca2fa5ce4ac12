/** Exact token counts of the vocabulary o200k_harmony, which gpt-oss has. */
import { InputError } from "../errors";
import { assistantSpans, findSpecial } from "../harmony";
import type { LossMode } from "../row";

interface Encoding {
  countTokens(text: string, options: { readonly disallowedSpecial: ReadonlySet<string> }): number;
}

/** Tokens of a rendered text. */
export interface HarmonyCounts {
  /** All of them, specials too. */
  readonly text: number;
  /** Those that are learned under the loss mode. */
  readonly learned: number;
  /** The same with the specials that end learned messages. */
  readonly learnedWithStop: number;
}

let encoding: Encoding | null = null;
const NONE: ReadonlySet<string> = new Set();
/** The encoder is slow beyond all measure where one "word" is very long, so such runs are cut. */
const LONGEST_RUN = 2000;
const HAS_LONG_RUN = new RegExp(`\\S{${LONGEST_RUN}}|\\s{${LONGEST_RUN}}`);
const PIECES = new RegExp(`[\\s\\S]{1,${LONGEST_RUN}}`, "g");

/** The vocabulary is loaded; `countTokens` and `harmonyCounts` can be used. @throws InputError where it is not installed. */
export async function loadO200k(): Promise<void> {
  if (encoding) return;
  const name: string = "gpt-tokenizer/encoding/o200k_base";
  try {
    encoding = (await import(name)) as Encoding;
  } catch (cause) {
    throw new InputError(
      "tokens: the package gpt-tokenizer is not there; run npm ci, or npm install gpt-tokenizer@4.0.0",
      { cause },
    );
  }
}

/**
 * Tokens of a text in which specials are the text that they are. Exact; where there is no white space (or nothing else) for
 * 2,000 characters, the text is counted in pieces of that length, which may add a token at each cut.
 */
export function countTokens(text: string): number {
  if (encoding === null) throw new Error("the tokenizer is not loaded: await loadO200k first");
  const options = { disallowedSpecial: NONE };
  if (!HAS_LONG_RUN.test(text)) return encoding.countTokens(text, options);
  let total = 0;
  for (const piece of text.matchAll(PIECES)) total += encoding.countTokens(piece[0], options);
  return total;
}

/** Tokens of a rendered text: each special of Harmony is one, what stands between them is counted by itself. */
export function countHarmonyTokens(text: string, count: (body: string) => number = countTokens): number {
  let total = 0;
  let from = 0;
  for (let found = findSpecial(text); found; found = findSpecial(text, from)) {
    if (found.position > from) total += count(text.slice(from, found.position));
    total++;
    from = found.position + found.special.length;
  }
  return from < text.length ? total + count(text.slice(from)) : total;
}

/** `countTokens` that encodes each text once: for the texts of one row, which come again and again. */
export function tokenCounter(): (text: string) => number {
  const known = new Map<string, number>();
  return (text) => {
    let tokens = known.get(text);
    if (tokens === undefined) {
      tokens = countTokens(text);
      known.set(text, tokens);
    }
    return tokens;
  };
}

/** Counts of a rendered text under its loss mode. */
export function harmonyCounts(text: string, lossMode: LossMode, count = tokenCounter()): HarmonyCounts {
  const within = (includeStop: boolean) =>
    assistantSpans(text, lossMode, { includeStop }).reduce(
      (sum, { start, end }) => sum + countHarmonyTokens(text.slice(start, end), count),
      0,
    );
  return { text: countHarmonyTokens(text, count), learned: within(false), learnedWithStop: within(true) };
}
