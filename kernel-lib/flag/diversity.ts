import { z } from "zod";
import { defineStep } from "../step";
import { bodyColumns, rowViews } from "./row-view";
import { bareWord } from "./words";

/**
 * How varied the words are that the assistant wrote (code blocks left out, case ignored): `word_entropy_bits`, the Shannon
 * entropy of the word distribution, and `type_token_ratio`, different words ÷ words, which falls with length: compare
 * rows of like length. Null where there is no word.
 */
export const diversity = defineStep({
  name: "diversity",
  version: 1,
  kind: "flag",
  params: z.object({}),
  reads: z.object(bodyColumns),
  writes: z.object({
    written_words: z.int(),
    word_entropy_bits: z.number().nullable(),
    type_token_ratio: z.number().nullable(),
  }),
  run(columns) {
    const rows = rowViews(columns).map(({ written }) => {
      const counts = new Map<string, number>();
      let total = 0;
      for (const { words } of written) {
        const frequencies = words.frequencies();
        for (let id = 0; id < words.distinct; id++) {
          const word = bareWord(words.word(words.firsts[id]!));
          if (word === "") continue;
          counts.set(word, (counts.get(word) ?? 0) + frequencies[id]!);
          total += frequencies[id]!;
        }
      }
      return { total, entropy: entropyBits(counts.values(), total), distinct: counts.size };
    });
    return {
      written_words: rows.map(({ total }) => total),
      word_entropy_bits: rows.map(({ entropy }) => entropy),
      type_token_ratio: rows.map(({ distinct, total }) => (total === 0 ? null : distinct / total)),
    };
  },
});

/** Shannon entropy in bits of counts that add up to `total`; null for none. */
export function entropyBits(counts: Iterable<number>, total: number): number | null {
  if (total === 0) return null;
  let bits = 0;
  for (const count of counts) bits -= (count / total) * Math.log2(count / total);
  return Math.max(0, bits);
}
