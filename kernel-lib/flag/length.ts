import { z } from "zod";
import { defineStep } from "../step";

/**
 * Marks rows of extreme length. `too_short`: fewer than `minChars` characters; `too_long`: more than `maxTokens`
 * estimated tokens. Flags only: a policy decides what to do with them.
 */
export const length = defineStep({
  name: "length",
  version: 1,
  kind: "flag",
  params: z.object({
    /** Fewer characters (code points of `text`) than this is too short; default 40. */
    minChars: z.int().min(0).default(40),
    /** More estimated tokens than this is too long; default 8,192. */
    maxTokens: z.int().min(1).default(8192),
  }),
  reads: z.object({ stats_char_len: z.int(), stats_approx_tokens: z.int() }),
  writes: z.object({ too_short: z.boolean(), too_long: z.boolean() }),
  run: ({ stats_char_len, stats_approx_tokens }, { minChars, maxTokens }) => ({
    too_short: stats_char_len.map((characters) => characters < minChars),
    too_long: stats_approx_tokens.map((tokens) => tokens > maxTokens),
  }),
});
