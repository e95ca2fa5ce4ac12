import { describe, expect, it } from "vitest";
import { endLoop } from "../../kernel-lib/flag/loop";
import { ngramCharacters } from "../../kernel-lib/flag/ngrams";
import { repetition } from "../../kernel-lib/flag/repetition";
import { Words } from "../../kernel-lib/flag/words";
import { answer, flagRow } from "./flag-rows";

const PROSE =
  "Bread begins with flour, water, salt and a little patience. Mix them until no dry spots remain, then let the dough rest " +
  "under a cloth while you do something else. After an hour fold its edges towards the middle, turn the bowl a quarter each " +
  "time, and leave it alone again. A hot oven and a lidded pot give the crust that everyone fights over at the table.";

/** The paper's counts, written as plainly as possible. */
function naive(words: readonly string[], n: number): { top: number; duplicate: number } {
  const grams = words.slice(0, Math.max(0, words.length - n + 1)).map((_, i) => words.slice(i, i + n));
  const counts = new Map<string, number>();
  for (const gram of grams) counts.set(gram.join(" "), (counts.get(gram.join(" ")) ?? 0) + 1);
  const most = Math.max(1, ...counts.values());
  const longest = Math.max(0, ...[...counts].filter(([, c]) => c === most).map(([g]) => g.length));
  const seen = new Set<string>();
  let duplicate = 0;
  for (let i = 0; i <= words.length - n; ) {
    const gram = words.slice(i, i + n).join(" ");
    if (seen.has(gram)) {
      duplicate += words.slice(i, i + n).join("").length;
      i += n;
    } else {
      seen.add(gram);
      i++;
    }
  }
  return { top: most > 1 ? most * longest : 0, duplicate };
}

describe("n-grams", () => {
  it("count as a plain implementation of the paper does, on 200 random texts", () => {
    let seed = 7;
    const random = (below: number) => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      return (seed >>> 8) % below;
    };
    for (let text = 0; text < 200; text++) {
      const vocabulary = ["a", "bb", "ccc", "día", "😀", "e-e", "F,"].slice(0, 2 + random(6));
      const words = Array.from({ length: random(60) }, () => vocabulary[random(vocabulary.length)]!);
      const got = ngramCharacters(new Words(words.join(" ")));
      for (const n of [2, 3, 4] as const) expect(got.top[n]).toBe(naive(words, n).top);
      for (const n of [5, 6, 7, 8, 9, 10] as const) expect(got.duplicate[n]).toBe(naive(words, n).duplicate);
    }
  });

  it("take characters of scripts without spaces as words", () => {
    const words = new Words("水はH2O 水は");
    expect(Array.from({ length: words.count }, (_, i) => words.word(i))).toEqual([
      "水",
      "は",
      "H2O",
      "水",
      "は",
    ]);
    expect([...words.ids]).toEqual([0, 1, 2, 0, 1]);
  });
});

describe("loop at the end", () => {
  it.each([
    ["abc abc abc abc abc", 4, { chars: 19, span: 4 }],
    ["The end. ha ha ha ha ha ha", 4, { chars: 18, span: 3 }],
    ["x".repeat(10_000), 4, { chars: 10_000, span: 1 }],
    [`start ${"the same line again\n".repeat(500)}the sa`, 4, { chars: 10_006, span: 20 }],
    ["No two words alike here", 4, { chars: 0, span: 0 }],
    ["", 4, { chars: 0, span: 0 }],
  ])("%.20s…", (text, repeats, expected) => {
    expect(endLoop(text, repeats)).toEqual(expected);
  });
});

describe("repetition", () => {
  it("spares prose", async () => {
    expect(await flagRow(repetition, answer(PROSE))).toMatchObject({
      repetitive: false,
      repetition_reasons: [],
      dup_line_frac: 0,
    });
  });

  it.each([
    ["a word over and over", `${PROSE} ${"either ".repeat(60)}`],
    ["a line over and over", `${PROSE}\n${"To value what we have.\n".repeat(12)}`],
    ["a character over and over", `${PROSE} ${"=".repeat(300)}`],
    ["a loop inside a code block", `Look:\n\`\`\`\n${"x = x + 1\n".repeat(30)}`],
  ])("catches %s", async (_, text) => {
    const row = await flagRow(repetition, answer(text));
    expect(row.repetitive).toBe(true);
    expect(row.repetition_reasons).toContain("degenerate_loop");
  });

  it("catches paragraphs that come back, without a loop at the end", async () => {
    const row = await flagRow(repetition, answer(`${PROSE}\n\n${PROSE}\n\nThat is all.`));
    expect(row.repetition_reasons).toEqual(
      expect.arrayContaining(["dup_para_frac", "dup_para_char_frac", "dup_10gram_char_frac"]),
    );
    expect(row.loop_chars).toBe(0);
  });

  it("looks at each body alone and without its code: the same code twice is no repetition", async () => {
    const code = `\`\`\`js\n${PROSE}\n\`\`\``;
    const row = await flagRow(repetition, answer(`${code}\n${PROSE}\n${code}`, { reasoning_content: PROSE }));
    expect(row.repetitive).toBe(false);
  });

  it("leaves the user's own repetitions alone", async () => {
    const row = await flagRow(repetition, [
      ["user", "please ".repeat(200)],
      ["assistant", PROSE],
    ]);
    expect(row.repetitive).toBe(false);
  });

  it("has no shares for short bodies, and moves with its parameters", async () => {
    const short = answer("Yes, yes, it is so.");
    expect((await flagRow(repetition, short)).top_2gram_char_frac).toBeNull();
    expect(await flagRow(repetition, answer(PROSE), { maxTop2gram: 0 })).toMatchObject({ repetitive: true });
  });
});
