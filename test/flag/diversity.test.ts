import { describe, expect, it } from "vitest";
import { diversity } from "../../kernel-lib/flag/diversity";
import { answer, flagRow } from "./flag-rows";

describe("diversity", () => {
  it("is the entropy of the words, whatever their case and punctuation", async () => {
    expect(await flagRow(diversity, answer("One two. One, TWO! three four; three four?"))).toEqual({
      written_words: 8,
      word_entropy_bits: 2,
      type_token_ratio: 0.5,
    });
  });

  it("is nothing for a word alone, and null for none", async () => {
    expect(await flagRow(diversity, answer("no no no"))).toMatchObject({ word_entropy_bits: 0 });
    expect(await flagRow(diversity, answer("--- ```"))).toEqual({
      written_words: 0,
      word_entropy_bits: null,
      type_token_ratio: null,
    });
  });
});
