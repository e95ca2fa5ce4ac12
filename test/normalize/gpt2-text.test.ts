import { describe, expect, it } from "vitest";
import { decodeGpt2 } from "../../kernel-lib/normalize/adapters/gpt2-text";

function isInstalled(): boolean {
  try {
    require.resolve("gpt-tokenizer/encoding/r50k_base");
    return true;
  } catch {
    return false;
  }
}
const installed = isInstalled();
if (!installed) console.warn("SKIPPED: decoding of GPT-2 tokens, gpt-tokenizer is not installed");

describe("decodeGpt2", () => {
  it("is null for what is no list of GPT-2 token ids", () => {
    for (const value of [null, undefined, "ids", { 0: 1 }, [1.5], [-1], [50257], ["1"]]) {
      expect(decodeGpt2(value), JSON.stringify(value)).toBeNull();
    }
  });

  it("is empty where only end-of-text marks stand", () => {
    expect(decodeGpt2([])).toBe("");
    expect(decodeGpt2([50256, 50256])).toBe("");
  });

  it.runIf(!installed)("names the package that is missing", () => {
    expect(() => decodeGpt2([15496])).toThrow(/expected the package gpt-tokenizer.*gpt-tokenizer@4\.0\.0/);
  });

  it.runIf(installed)("decodes, and cuts the marks around a document", () => {
    expect(decodeGpt2([15496, 995])).toBe("Hello world");
    expect(decodeGpt2([50256, 15496, 995, 50256])).toBe("Hello world");
  });
});
