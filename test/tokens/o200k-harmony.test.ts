import { existsSync } from "node:fs";
import { join } from "node:path";
import { Tiktoken } from "tiktoken";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tokens } from "../../kernel-lib/flag/tokens";
import { assistantSpans } from "../../kernel-lib/harmony";
import { LOSS_MODES, type LossMode } from "../../kernel-lib/row";
import { countHarmonyTokens, harmonyCounts, loadO200k } from "../../kernel-lib/tokens/o200k-harmony";
import { tokenMask } from "../../kernel-lib/tokens/token-mask";
import { flagRows } from "../flag/flag-rows";
import { textOf } from "../score/make-score-run";
import { references, tinylm } from "../score/tinylm";

const SPECIALS = {
  ...{ "<|startoftext|>": 199998, "<|endoftext|>": 199999, "<|return|>": 200002, "<|constrain|>": 200003 },
  ...{
    "<|channel|>": 200005,
    "<|start|>": 200006,
    "<|end|>": 200007,
    "<|message|>": 200008,
    "<|call|>": 200012,
  },
};
let reference: Tiktoken;
beforeAll(async () => {
  await loadO200k();
  const { bpe_ranks, pat_str } = require("tiktoken/encoders/o200k_base.json") as Record<
    "bpe_ranks" | "pat_str",
    string
  >;
  reference = new Tiktoken(bpe_ranks, SPECIALS, pat_str);
});
afterAll(() => reference.free());

/** Tokens of the reference, those of them that a mask over their places counts. */
function learned(text: string, mode: LossMode, includeStop: boolean): number {
  const decoder = new TextDecoder();
  const bytes = [...reference.encode(text, "all")].map((id) => reference.decode(Uint32Array.of(id)));
  let at = 0;
  const ends = bytes.map((piece) => {
    at += piece.length;
    return at;
  });
  const whole = Buffer.from(text);
  // A character that several tokens divide belongs to all of them.
  const before = (end: number) => decoder.decode(whole.subarray(0, end)).replace(/\ufffd+$/, "").length;
  const after = (start: number) => {
    let end = start;
    while (end < whole.length && (whole[end]! & 0xc0) === 0x80) end++;
    return decoder.decode(whole.subarray(0, end)).length;
  };
  const starts = ends.map((_, i) => before(i === 0 ? 0 : ends[i - 1]!));
  const mask = tokenMask({ starts, ends: ends.map(after) }, assistantSpans(text, mode, { includeStop }));
  return mask.reduce((sum, bit) => sum + bit, 0);
}

const HOSTILE = [
  "",
  "plain <|nonsense|> <|end",
  "<|start|>assistant<|message|>a\u{1f469}\u200d\u{1f680}é\u0301\u202e中文 of <|end|> and <|return|>",
  "<|endoftext|><|start|><|start|>x",
  `<|start|>assistant<|message|>${"\n \t".repeat(50)}<|return|>`,
];

function expectEqualCounts(texts: readonly string[]): void {
  for (const text of texts) {
    expect([text, countHarmonyTokens(text)]).toEqual([text, reference.encode(text, "all").length]);
    for (const mode of LOSS_MODES) {
      const counts = harmonyCounts(text, mode);
      expect([mode, counts.learned, counts.learnedWithStop]).toEqual([
        ...[mode, learned(text, mode, false), learned(text, mode, true)],
      ]);
    }
  }
}

describe("o200k_harmony", () => {
  it("has tiktoken's counts of rendered texts, of what is learned, and of hostile ones", () => {
    expectEqualCounts([...HOSTILE, ...Array.from({ length: 40 }, (_, i) => textOf(i))]);
    // tiktoken reads a lone surrogate as U+FFFD too.
    expect(countHarmonyTokens("a\ud800b")).toBe(reference.encode("a\ufffdb", "all").length);
  });

  it.skipIf(tinylm === null || !existsSync(join(tinylm, "reference.jsonl")))(
    "has them on real conversations (skipped where they are not there)",
    () => expectEqualCounts(references().map(({ text }) => text)),
  );

  it("stands in the sidecar tokens.v1: text_tokens, learned_tokens, learned_tokens_with_stop", async () => {
    const texts = Array.from({ length: 12 }, (_, i) => textOf(i));
    const modes = texts.map((_, i) => LOSS_MODES[i % 4]!);
    const rows = await flagRows(tokens, texts, {}, { loss_mode: modes });
    expect(rows.map((row) => [row.text_tokens, row.learned_tokens, row.learned_tokens_with_stop])).toEqual(
      texts.map((text, i) => [
        reference.encode(text, "all").length,
        learned(text, modes[i]!, false),
        learned(text, modes[i]!, true),
      ]),
    );
  });
});
