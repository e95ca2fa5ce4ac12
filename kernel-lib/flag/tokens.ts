import { z } from "zod";
import { InputError } from "../errors";
import { defineStep } from "../step";
import { bodyColumns, rowViews } from "./row-view";

interface Encoding {
  countTokens(text: string, options: { readonly disallowedSpecial: ReadonlySet<string> }): number;
}
let encoding: Encoding | null = null;
const NONE: ReadonlySet<string> = new Set();
/** The encoder is slow beyond all measure where one "word" is very long, so such runs are cut. */
const LONGEST_RUN = 2000;

/**
 * Exact tokens (o200k, the vocabulary of gpt-oss; specials of a template not counted) of all message bodies, of the last
 * answer, and of all that the assistant wrote. Held against the limits of the usual recipes: fewer than `min` or more than
 * `max` tokens in the answer, more than `maxRow` in the row. Counts some 7 MB a second.
 */
export const tokens = defineStep({
  name: "tokens",
  version: 1,
  kind: "flag",
  params: z.object({
    min: z.int().min(0).default(150),
    max: z.int().min(1).default(2048),
    maxRow: z.int().min(1).default(8192),
  }),
  reads: z.object(bodyColumns),
  writes: z.object({
    body_tokens: z.int(),
    written_tokens: z.int(),
    completion_tokens: z.int(),
    too_few_tokens: z.boolean(),
    too_many_tokens: z.boolean(),
    row_too_long: z.boolean(),
  }),
  async prepare() {
    if (encoding) return;
    const name: string = "gpt-tokenizer/encoding/o200k_base";
    try {
      encoding = (await import(name)) as Encoding;
    } catch (cause) {
      throw new InputError(
        "flag tokens: the package gpt-tokenizer is not there; run npm ci, or npm install gpt-tokenizer@4.0.0",
        { cause },
      );
    }
  },
  run(columns, { min, max, maxRow }) {
    const rows = rowViews(columns).map(({ bodies, completion }) => {
      const counts = bodies.map(({ role, text }) => ({ role, tokens: countTokens(text) }));
      const sum = (list: readonly { readonly tokens: number }[]) =>
        list.reduce((total, { tokens }) => total + tokens, 0);
      return {
        all: sum(counts),
        written: sum(counts.filter(({ role }) => role === "assistant" || role === "text")),
        answer: completion ? (counts[bodies.indexOf(completion)]?.tokens ?? 0) : 0,
      };
    });
    return {
      body_tokens: rows.map(({ all }) => all),
      written_tokens: rows.map(({ written }) => written),
      completion_tokens: rows.map(({ answer }) => answer),
      too_few_tokens: rows.map(({ answer }) => answer < min),
      too_many_tokens: rows.map(({ answer }) => answer > max),
      row_too_long: rows.map(({ all }) => all > maxRow),
    };
  },
});

function countTokens(text: string): number {
  if (encoding === null) throw new Error("the tokenizer is not loaded: await prepare first");
  const options = { disallowedSpecial: NONE };
  if (!HAS_LONG_RUN.test(text)) return encoding.countTokens(text, options);
  let total = 0;
  for (const piece of text.matchAll(PIECES)) total += encoding.countTokens(piece[0], options);
  return total;
}

const HAS_LONG_RUN = new RegExp(`\\S{${LONGEST_RUN}}|\\s{${LONGEST_RUN}}`);
const PIECES = new RegExp(`[\\s\\S]{1,${LONGEST_RUN}}`, "g");
