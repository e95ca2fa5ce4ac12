import { describe, expect, it } from "vitest";
import { assistantSpans, type SpanOptions } from "../../kernel-lib/harmony";
import type { LossMode } from "../../kernel-lib/row";

const TEXT =
  "<|start|>user<|message|>q1<|end|><|start|>assistant<|channel|>final<|message|>a1 ü😀<|end|>" +
  "<|start|>user<|message|>q2<|end|><|start|>assistant<|channel|>analysis<|message|>r2<|end|>" +
  "<|start|>assistant to=python<|channel|>analysis<|message|>1+1<|call|><|start|>python<|message|>2<|end|>" +
  "<|start|>assistant<|channel|>final<|message|>a2<|return|>";

function learned(mode: LossMode, options?: SpanOptions, text = TEXT) {
  return assistantSpans(text, mode, options).map(({ start, end }) => text.slice(start, end));
}

describe("assistantSpans", () => {
  it.each([
    ["assistant_all", ["a1 ü😀", "r2", "1+1", "a2"]],
    ["assistant_last", ["a2"]],
    ["assistant_last_turn", ["r2", "1+1", "a2"]],
    ["all_text", [TEXT]],
  ] as const)("%s", (mode, bodies) => {
    expect(learned(mode)).toEqual(bodies);
  });

  it("covers the ending special when stops are learned", () => {
    expect(learned("assistant_last_turn", { includeStop: true })).toEqual([
      "r2<|end|>",
      "1+1<|call|>",
      "a2<|return|>",
    ]);
    expect(learned("all_text", { includeStop: true })).toEqual([TEXT]);
  });

  it("leaves out empty bodies, unless their stop is learned", () => {
    const empty = "<|start|>user<|message|>q<|end|><|start|>assistant<|message|><|return|>";
    expect(learned("assistant_last", {}, empty)).toEqual([]);
    expect(learned("assistant_last", { includeStop: true }, empty)).toEqual(["<|return|>"]);
  });

  it("finds nothing where there is no assistant, no user turn to answer, no Harmony or no text", () => {
    expect(learned("assistant_all", {}, "<|start|>user<|message|>q<|end|>")).toEqual([]);
    expect(
      learned("assistant_last_turn", {}, `${TEXT.slice(0, -10)}<|end|><|start|>user<|message|>q3<|end|>`),
    ).toEqual([]);
    expect(learned("assistant_all", {}, "plain")).toEqual([]);
    expect(learned("all_text", {}, "plain")).toEqual(["plain"]);
    expect(learned("all_text", {}, "")).toEqual([]);
  });

  it("takes a truncated body to the end of the text", () => {
    expect(learned("assistant_last", { includeStop: true }, "<|start|>assistant<|message|>cut")).toEqual([
      "cut",
    ]);
  });
});
