import { z } from "zod";
import { defineStep } from "../step";
import { languageOf, loadDetector } from "./detect-language";
import { type Body, bodyColumns, rowViews } from "./row-view";

/**
 * The language of each message, code, formulas and URLs left out: ISO 639-1 codes, `und` where there is too little text to
 * tell. `language` is that of the last answer, or of the longest text that the assistant wrote where the answer is too
 * short. `english_share` is the share of its words that are common English ones. `not_english`: that share is below its
 * limit, and the detector does not say English with its least confidence; the rule is relaxed so that technical text
 * survives. Detector: eld (medium), 60 languages, and Swahili by its function words.
 */
export const language = defineStep({
  name: "language",
  version: 1,
  kind: "flag",
  params: z.object({
    /** Texts with fewer letters are `und`; default 20. */
    minLetters: z.int().min(1).default(20),
    /** Share of common words at which a text counts as English, 0 to 1; default 0.15. */
    minEnglishShare: z.number().min(0).max(1).default(0.15),
    /** The detector's confidence at which it does, 0 to 1; default 0.2. */
    minEnglishConfidence: z.number().min(0).max(1).default(0.2),
  }),
  reads: z.object(bodyColumns),
  writes: z.object({
    language: z.string(),
    prompt_language: z.string(),
    /** One code a message body, in order. */
    message_languages: z.array(z.string()),
    /** Languages other than English in messages of users and the assistant, sorted. */
    other_languages: z.array(z.string()),
    english_share: z.number().nullable(),
    /** The detector's score for English, 0 to 1; null where there is too little text. */
    english_confidence: z.number().nullable(),
    not_english: z.boolean(),
  }),
  prepare: loadDetector,
  run(columns, { minLetters, minEnglishShare, minEnglishConfidence }) {
    const rows = rowViews(columns).map(({ bodies, written, completion, prompt }) => {
      const found = new Map(bodies.map((body) => [body, languageOf(body, minLetters)]));
      const main = completion && found.get(completion)!.language !== "und" ? completion : longest(written);
      const facts = main ? found.get(main)! : null;
      const known = facts !== null && facts.language !== "und";
      return {
        language: facts?.language ?? "und",
        prompt: (prompt && found.get(prompt)!.language) ?? "und",
        all: bodies.map((body) => found.get(body)!.language),
        other: [...new Set(bodies.filter(isSaid).map((body) => found.get(body)!.language))]
          .filter((code) => code !== "en" && code !== "und")
          .sort(),
        share: known ? facts.englishShare : null,
        confidence: known ? facts.englishConfidence : null,
        not:
          known &&
          facts.englishShare < minEnglishShare &&
          (facts.language !== "en" || facts.englishConfidence < minEnglishConfidence),
      };
    });
    return {
      language: rows.map(({ language }) => language),
      prompt_language: rows.map(({ prompt }) => prompt),
      message_languages: rows.map(({ all }) => all),
      other_languages: rows.map(({ other }) => other),
      english_share: rows.map(({ share }) => share),
      english_confidence: rows.map(({ confidence }) => confidence),
      not_english: rows.map(({ not }) => not),
    };
  },
});

function isSaid({ role }: Body): boolean {
  return role !== "system" && role !== "developer" && role !== "tool";
}

function longest(bodies: readonly Body[]): Body | null {
  return bodies.reduce<Body | null>(
    (best, body) => (!best || body.text.length > best.text.length ? body : best),
    null,
  );
}
