import { z } from "zod";
import { defineStep } from "../step";
import { languageOf, loadDetector } from "./detect-language";
import { entropyBits } from "./diversity";
import { qualityFacts } from "./gopher-quality";
import { repetitionShares } from "./repetition";
import { type Body, bodyColumns, rowViews } from "./row-view";

const weight = (value: number) => z.number().min(0).default(value);

/**
 * A score from 0 to 1 of the last answer (or of a plain text) from four components, each a column from 0 to 1:
 *
 * - `quality_english`: how surely it is English: share of common words, and the detector's word for it;
 * - `quality_coherence`: sentences that end, words that are words, little repetition;
 * - `quality_length`: 0 for nothing, 1 from `fullWords` words up to `mostWords`, falling slowly beyond;
 * - `quality_complexity`: variety of words (entropy against that of a text as long) and length of sentences.
 *
 * Weights are parameters and are brought to a sum of 1. It ranks texts by form: it can tell a fragment, a loop or a list of
 * tags from an explanation. It cannot tell right from wrong, and it ranks code, formulas and other languages low without
 * their fault: set a weight to 0, or rank within a domain. Null where there is no answer.
 */
export const qualityScore = defineStep({
  name: "quality_score",
  version: 1,
  kind: "flag",
  params: z.object({
    english: weight(0.3),
    coherence: weight(0.3),
    length: weight(0.2),
    complexity: weight(0.2),
    /** Words at which an answer is long enough; default 120. */
    fullWords: z.int().min(1).default(120),
    /** Words beyond which it becomes too long; default 1,500. */
    mostWords: z.int().min(1).default(1500),
  }),
  reads: z.object(bodyColumns),
  writes: z.object({
    quality_score: z.number().nullable(),
    quality_english: z.number().nullable(),
    quality_coherence: z.number().nullable(),
    quality_length: z.number().nullable(),
    quality_complexity: z.number().nullable(),
  }),
  prepare: loadDetector,
  run(columns, params) {
    const total = params.english + params.coherence + params.length + params.complexity || 1;
    const rows = rowViews(columns).map(({ completion }) => {
      if (!completion) return null;
      const parts = componentsOf(completion, params);
      const score =
        (params.english * parts.english +
          params.coherence * parts.coherence +
          params.length * parts.length +
          params.complexity * parts.complexity) /
        total;
      return { score, ...parts };
    });
    return {
      quality_score: rows.map((row) => row && round(row.score)),
      quality_english: rows.map((row) => row && round(row.english)),
      quality_coherence: rows.map((row) => row && round(row.coherence)),
      quality_length: rows.map((row) => row && round(row.length)),
      quality_complexity: rows.map((row) => row && round(row.complexity)),
    };
  },
});

interface Components {
  readonly english: number;
  readonly coherence: number;
  readonly length: number;
  readonly complexity: number;
}

function componentsOf(
  body: Body,
  { fullWords, mostWords }: { readonly fullWords: number; readonly mostWords: number },
): Components {
  const { prose, words } = body;
  const facts = qualityFacts(body);
  const { language, englishShare, englishConfidence } = languageOf(body, 20);
  const english =
    language === "und"
      ? 0.5
      : Math.min(1, englishShare / 0.4) * 0.6 +
        (language === "en" ? Math.max(0.5, englishConfidence) : 0) * 0.4;
  if (words.count === 0) return { english, coherence: 0.5, length: 0, complexity: 0 };
  const sentences = sentenceCount(prose);
  const perSentence = facts.words / sentences;
  const shares = repetitionShares(body);
  const repeated = Math.max(
    shares.dup_line_char_frac,
    shares.dup_5gram_char_frac,
    shares.top_4gram_char_frac,
  );
  const ends = /[.!?…。！？:)\]}"'`$*|]\s*$/.test(prose.slice(-40)) || words.count < 8 ? 1 : 0.5;
  const lettered = Math.min(1, (facts.letters ?? 0) / 0.8);
  const coherence =
    (0.35 * lettered + 0.3 * ends + 0.35 * between(perSentence, 4, 40)) * (1 - Math.min(1, 1.5 * repeated));
  const frequencies = words.frequencies();
  const entropy = entropyBits(frequencies, words.count) ?? 0;
  const variety = words.count < 2 ? 0 : entropy / Math.log2(Math.max(2, words.count));
  const complexity = 0.5 * Math.min(1, entropy / 7) + 0.25 * variety + 0.25 * Math.min(1, perSentence / 18);
  const length =
    words.count <= mostWords ? Math.min(1, words.count / fullWords) : Math.max(0.2, mostWords / words.count);
  return { english, coherence, length, complexity };
}

/** 1 between the bounds, falling to 0 at 0 and at three times the upper one. */
function between(value: number, low: number, high: number): number {
  if (value < low) return value / low;
  return value <= high ? 1 : Math.max(0, 1 - (value - high) / (2 * high));
}

function sentenceCount(prose: string): number {
  let count = 0;
  for (const _ of prose.matchAll(/[.!?…。！？](?=\s|$)|\n/g)) count++;
  return Math.max(1, count);
}

/** Four decimals: the same on every machine, and short in files. */
function round(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}
