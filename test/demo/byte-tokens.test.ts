import { get_encoding } from "tiktoken";
import { describe, expect, it } from "vitest";
import { byteTokens } from "../../kernel-lib/demo/byte-tokens";
import { prose } from "../../kernel-lib/demo/prose";
import { Random } from "../../kernel-lib/demo/random";

describe("byteTokens", () => {
  it("gives GPT-2 tokens that decode to the text", () => {
    const gpt2 = get_encoding("gpt2");
    const decoder = new TextDecoder();
    for (const text of [
      prose(new Random(1, "tokens"), 900),
      "图书馆 🎉 café in a\nbarn, the end\t~",
      "The attic is of use and to hand.",
    ]) {
      const tokens = byteTokens(text);
      expect(decoder.decode(gpt2.decode(Uint32Array.from(tokens)))).toBe(text);
    }
    expect(byteTokens(" the")).toEqual([262]);
    gpt2.free();
  });
});
