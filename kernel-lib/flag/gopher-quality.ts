import { z } from "zod";
import { defineStep } from "../step";
import { type Body, bodyColumns, rowViews } from "./row-view";
import { bareWord } from "./words";

/** The paper's stop words: running English text of some length has at least two of them. */
const STOP_WORDS: ReadonlySet<string> = new Set(["the", "be", "to", "of", "and", "that", "have", "with"]);

/** What can be wrong, in the order of the paper. */
const REASONS = [
  "too_few_words",
  "too_many_words",
  "short_words",
  "long_words",
  "too_many_hashes",
  "too_many_ellipses",
  "too_many_bullets",
  "too_many_cut_lines",
  "too_few_letters",
  "too_few_stop_words",
] as const;

/**
 * The Gopher quality rules (Rae et al. 2021, section A1.1) on what the assistant wrote, without code blocks. The numbers
 * are those of the longest body; `gopher_quality_reasons` names the rules that it breaks. The rules were made for web
 * pages: short answers, formulas and languages other than English break them without fault, so read the reasons.
 */
export const gopherQuality = defineStep({
  name: "gopher_quality",
  version: 1,
  kind: "flag",
  params: z.object({
    minWords: z.int().min(0).default(50),
    maxWords: z.int().min(1).default(100_000),
    /** Mean characters a word. */
    minMeanWordLength: z.number().min(0).default(3),
    maxMeanWordLength: z.number().min(0).default(10),
    /** `#` or ellipses a word. */
    maxSymbolsPerWord: z.number().min(0).default(0.1),
    /** Share of lines that start with a bullet, 0 to 1. */
    maxBulletLines: z.number().min(0).default(0.9),
    /** Share of lines that end with an ellipsis, 0 to 1. */
    maxCutLines: z.number().min(0).default(0.3),
    /** Least share of words with a letter, 0 to 1. */
    minLetterWords: z.number().min(0).default(0.8),
    /** Least number of different stop words. */
    minStopWords: z.int().min(0).default(2),
  }),
  reads: z.object(bodyColumns),
  writes: z.object({
    gopher_words: z.int(),
    gopher_mean_word_length: z.number().nullable(),
    gopher_symbols_per_word: z.number().nullable(),
    gopher_bullet_lines: z.number().nullable(),
    gopher_cut_lines: z.number().nullable(),
    gopher_letter_words: z.number().nullable(),
    gopher_stop_words: z.int(),
    gopher_quality_reasons: z.array(z.enum(REASONS)),
  }),
  run(columns, params) {
    const rows = rowViews(columns).map(({ written }) => {
      const body = longest(written);
      const facts = body ? qualityFacts(body) : EMPTY;
      return { ...facts, reasons: reasonsOf(facts, params) };
    });
    return {
      gopher_words: rows.map(({ words }) => words),
      gopher_mean_word_length: rows.map(({ meanLength }) => meanLength),
      gopher_symbols_per_word: rows.map(({ hashes, ellipses }) => hashes && Math.max(hashes, ellipses ?? 0)),
      gopher_bullet_lines: rows.map(({ bullets }) => bullets),
      gopher_cut_lines: rows.map(({ cut }) => cut),
      gopher_letter_words: rows.map(({ letters }) => letters),
      gopher_stop_words: rows.map(({ stopWords }) => stopWords),
      gopher_quality_reasons: rows.map(({ reasons }) => reasons),
    };
  },
});

interface Facts {
  /** Words with a letter or digit. */
  readonly words: number;
  readonly meanLength: number | null;
  readonly hashes: number | null;
  readonly ellipses: number | null;
  readonly bullets: number | null;
  readonly cut: number | null;
  readonly letters: number | null;
  readonly stopWords: number;
}

const EMPTY: Facts = {
  words: 0,
  meanLength: null,
  hashes: null,
  ellipses: null,
  bullets: null,
  cut: null,
  letters: null,
  stopWords: 0,
};

function longest(bodies: readonly Body[]): Body | null {
  let found: Body | null = null;
  for (const body of bodies) if (!found || body.words.count > found.words.count) found = body;
  return found;
}

const LETTER = /\p{L}/u;

/** The measures of one body; each different word is looked at once. */
export function qualityFacts(body: Body): Facts {
  let facts = known.get(body);
  if (!facts) {
    facts = measureFacts(body);
    known.set(body, facts);
  }
  return facts;
}

/** Two flags ask for the same numbers. */
const known = new WeakMap<Body, Facts>();

function measureFacts({ prose, words }: Body): Facts {
  if (words.count === 0) return EMPTY;
  const frequencies = words.frequencies();
  let [real, characters, lettered] = [0, 0, 0];
  const stopWords = new Set<string>();
  for (let id = 0; id < words.distinct; id++) {
    const word = words.word(words.firsts[id]!);
    const times = frequencies[id]!;
    const bare = bareWord(word);
    if (bare === "") continue;
    real += times;
    characters += times * bare.length;
    if (LETTER.test(bare)) lettered += times;
    if (STOP_WORDS.has(bare)) stopWords.add(bare);
  }
  let [lines, bullets, cut] = [0, 0, 0];
  for (const line of prose.split("\n")) {
    const trimmed = line.trim();
    if (trimmed === "") continue;
    lines++;
    if (/^[•\-*]/.test(trimmed)) bullets++;
    if (trimmed.endsWith("...") || trimmed.endsWith("…")) cut++;
  }
  return {
    words: real,
    meanLength: real === 0 ? 0 : characters / real,
    hashes: occurrences(prose, "#") / words.count,
    ellipses: (occurrences(prose, "...") + occurrences(prose, "…")) / words.count,
    bullets: lines === 0 ? 0 : bullets / lines,
    cut: lines === 0 ? 0 : cut / lines,
    letters: lettered / words.count,
    stopWords: stopWords.size,
  };
}

function reasonsOf(
  facts: Facts,
  limits: Readonly<Record<"minWords" | "maxWords" | "minMeanWordLength" | "maxMeanWordLength", number>> &
    Readonly<
      Record<
        "maxSymbolsPerWord" | "maxBulletLines" | "maxCutLines" | "minLetterWords" | "minStopWords",
        number
      >
    >,
): (typeof REASONS)[number][] {
  const { words, meanLength, hashes, ellipses, bullets, cut, letters, stopWords } = facts;
  const broken: Record<(typeof REASONS)[number], boolean> = {
    too_few_words: words < limits.minWords,
    too_many_words: words > limits.maxWords,
    short_words: meanLength !== null && meanLength < limits.minMeanWordLength,
    long_words: meanLength !== null && meanLength > limits.maxMeanWordLength,
    too_many_hashes: hashes !== null && hashes > limits.maxSymbolsPerWord,
    too_many_ellipses: ellipses !== null && ellipses > limits.maxSymbolsPerWord,
    too_many_bullets: bullets !== null && bullets > limits.maxBulletLines,
    too_many_cut_lines: cut !== null && cut > limits.maxCutLines,
    too_few_letters: letters !== null && letters < limits.minLetterWords,
    too_few_stop_words: stopWords < limits.minStopWords,
  };
  return REASONS.filter((reason) => broken[reason]);
}

function occurrences(text: string, what: string): number {
  let count = 0;
  for (let at = text.indexOf(what); at >= 0; at = text.indexOf(what, at + what.length)) count++;
  return count;
}
