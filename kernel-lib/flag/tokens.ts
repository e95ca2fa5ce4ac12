import { z } from "zod";
import { LOSS_MODES, type LossMode } from "../row";
import { defineStep } from "../step";
import { harmonyCounts, loadO200k, tokenCounter } from "../tokens/o200k-harmony";
import { bodyColumns, rowViews } from "./row-view";

/**
 * Exact tokens (o200k, the vocabulary of gpt-oss; specials of a template not counted) of all message bodies, of the last
 * answer, and of all that the assistant wrote; and, each special of o200k_harmony one token, of the rendered text and of
 * what is learned of it under the row's loss mode, without and with the specials that end learned messages. Held against
 * the limits of the usual recipes: fewer than `min` or more than `max` tokens in the answer, more than `maxRow` in the row.
 * Counts some 7 MB a second.
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
  reads: z.object({ ...bodyColumns, loss_mode: z.string().nullable() }),
  writes: z.object({
    body_tokens: z.int(),
    written_tokens: z.int(),
    completion_tokens: z.int(),
    text_tokens: z.int(),
    learned_tokens: z.int(),
    learned_tokens_with_stop: z.int(),
    too_few_tokens: z.boolean(),
    too_many_tokens: z.boolean(),
    row_too_long: z.boolean(),
  }),
  prepare: loadO200k,
  run(columns, { min, max, maxRow }) {
    const rows = rowViews(columns).map(({ bodies, completion }, i) => {
      const count = tokenCounter();
      const counts = bodies.map(({ role, text }) => ({ role, tokens: count(text) }));
      const sum = (list: readonly { readonly tokens: number }[]) =>
        list.reduce((total, { tokens }) => total + tokens, 0);
      return {
        all: sum(counts),
        written: sum(counts.filter(({ role }) => role === "assistant" || role === "text")),
        answer: completion ? (counts[bodies.indexOf(completion)]?.tokens ?? 0) : 0,
        rendered: harmonyCounts(String(columns.text![i] ?? ""), lossModeOf(columns.loss_mode?.[i]), count),
      };
    });
    return {
      body_tokens: rows.map(({ all }) => all),
      written_tokens: rows.map(({ written }) => written),
      completion_tokens: rows.map(({ answer }) => answer),
      text_tokens: rows.map(({ rendered }) => rendered.text),
      learned_tokens: rows.map(({ rendered }) => rendered.learned),
      learned_tokens_with_stop: rows.map(({ rendered }) => rendered.learnedWithStop),
      too_few_tokens: rows.map(({ answer }) => answer < min),
      too_many_tokens: rows.map(({ answer }) => answer > max),
      row_too_long: rows.map(({ all }) => all > maxRow),
    };
  },
});

/** A row that does not say what is learned of it is Harmony whose answers are. */
function lossModeOf(word: unknown): LossMode {
  return LOSS_MODES.find((mode) => mode === word) ?? "assistant_all";
}
