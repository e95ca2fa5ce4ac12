import { describe, expect, it } from "vitest";
import { type TextDiff, wordDiff } from "../../kernel-lib/notebook/word-diff";

const side = ({ parts }: TextDiff, kind: "removed" | "added") =>
  parts
    .filter((part) => part.kind === "same" || part.kind === kind)
    .map(({ text }) => text)
    .join("");
const marked = ({ parts }: TextDiff) =>
  parts
    .map(({ kind, text }) => (kind === "same" ? text : kind === "removed" ? `[-${text}-]` : `{+${text}+}`))
    .join("");

describe("wordDiff", () => {
  it("marks words, not letters, and keeps white space and signs", () => {
    expect(marked(wordDiff("The answer is 41.", "The answer is 42."))).toBe("The answer is [-41-]{+42+}.");
    expect(marked(wordDiff("a b", "a  b"))).toBe("a[- -]{+  +}b");
    expect(marked(wordDiff("答案是四", "答案是五"))).toBe("答案是[-四-]{+五+}");
    expect(marked(wordDiff("", "x"))).toBe("{+x+}");
    expect(marked(wordDiff("naïve café", "naïve cafe"))).toBe("naïve [-café-]{+cafe+}");
    expect(wordDiff("one two", "one two").parts).toEqual([{ kind: "same", text: "one two" }]);
  });

  it("gives back both texts, whatever they hold", () => {
    const texts = ["", "a", "a\r\nb\u0000c", "😀 text \ud800 lone", "x ".repeat(500), "שלום עולם"];
    for (const a of texts) {
      for (const b of texts) {
        const diff = wordDiff(a, b);
        expect([side(diff, "removed"), side(diff, "added")]).toEqual([a, b]);
      }
    }
  });

  it("compares long, very different texts by lines, and says so; then not at all", () => {
    const lines = (n: number, seed: number) =>
      Array.from({ length: n }, (_, i) => `${(i * seed) % 9973} ${i % 7 === 0 ? seed : "same"}\n`).join("");
    const a = "same same same\n".repeat(300) + lines(3000, 31);
    const b = a.replaceAll("same same same", "some some some");
    const byLine = wordDiff(a, b);
    expect([byLine.unit, side(byLine, "removed"), side(byLine, "added")]).toEqual(["line", a, b]);
    const whole = wordDiff(lines(5000, 31), lines(5000, 37));
    expect(whole.unit).toBe("text");
    expect(side(whole, "added")).toBe(lines(5000, 37));
  });
});
