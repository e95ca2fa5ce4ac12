/** Options and answers recur without being boilerplate; instructions and footers are other lines. */
import { expect, it } from "vitest";
import { looksLikeAnswer } from "../../kernel-lib/boilerplate/answer-line";
import { boilerplate } from "../../kernel-lib/boilerplate/boilerplate";

const FOOTER = "Subscribe to our newsletter and never miss a recipe again!";
const ANSWERS = [
  "Therefore, the correct answer to this question is option B.",
  "**Final answer to the question that was asked:** 42",
  "C. None of the options above is correct for this question",
  "(d) All of the options above are correct for this question",
];

it.each(ANSWERS)("%s", (line) => {
  expect(looksLikeAnswer(line)).toBe(true);
});

it.each([FOOTER, "Answer with the letter of the correct option only.", "A recipe of the house"])(
  "not %s",
  (line) => {
    expect(looksLikeAnswer(line)).toBe(false);
  },
);

it("answers that recur are not listed, unless everything is", async () => {
  const rows = Array.from({ length: 40 }, (_, i) => ({
    text: `Working number ${i} goes its own way.\n\n${ANSWERS[i % 2]}\n\n${FOOTER}`,
  }));
  const quiet = { onProgress: () => undefined };
  const texts = async (options: object) =>
    (await boilerplate([rows], { ...quiet, ...options })).units.map(({ text }) => text).sort();
  expect(await texts({})).toEqual([FOOTER]);
  expect(await texts({ code: true })).toEqual([ANSWERS[1], FOOTER, ANSWERS[0]]);
});
