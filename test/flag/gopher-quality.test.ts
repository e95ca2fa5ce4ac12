import { describe, expect, it } from "vitest";
import { gopherQuality } from "../../kernel-lib/flag/gopher-quality";
import { answer, flagRow } from "./flag-rows";

const SENTENCE =
  "The boats that left the harbor at dawn have to be back with the tide, and most of them are. ";

describe("gopher_quality", () => {
  it("spares ordinary prose and counts it", async () => {
    expect(await flagRow(gopherQuality, answer(SENTENCE.repeat(4)))).toMatchObject({
      gopher_words: 80,
      gopher_stop_words: 8,
      gopher_letter_words: 1,
      gopher_quality_reasons: [],
    });
  });

  it.each([
    ["too_few_words", "It is so, and that is that."],
    ["short_words", "a b c d e f g h i to be of and ".repeat(8)],
    ["long_words", "Donaudampfschifffahrtsgesellschaft Rechtsschutzversicherung the of ".repeat(15)],
    ["too_many_hashes", `${SENTENCE.repeat(3)} ${"# ".repeat(20)}`],
    ["too_many_ellipses", `${SENTENCE.repeat(3)}${"and then... ".repeat(12)}`],
    ["too_many_bullets", `- ${SENTENCE}\n`.repeat(5)],
    ["too_many_cut_lines", `${SENTENCE.trim().slice(0, -1)}...\n`.repeat(5)],
    ["too_few_letters", `${SENTENCE.repeat(3)} ${"12 34 ".repeat(20)}`],
    ["too_few_stop_words", "Boats leave harbors early, return late; sailors rest, eat, sleep. ".repeat(7)],
  ])("names %s", async (reason, text) => {
    expect((await flagRow(gopherQuality, answer(text))).gopher_quality_reasons).toContain(reason);
  });

  it("reads the longest body, without code", async () => {
    const row = await flagRow(gopherQuality, answer("Done.", { reasoning_content: SENTENCE.repeat(4) }));
    expect(row.gopher_words).toBe(80);
    expect((await flagRow(gopherQuality, answer("```\nx y z\n```"))).gopher_words).toBe(0);
  });
});
