import { describe, expect, it } from "vitest";
import { form } from "../../kernel-lib/flag/form";
import { answer, flagRow, type Row } from "./flag-rows";

const LONG =
  "The river rises in the hills north of the town. It turns twice before it meets the lake, and in spring the meadows on both banks are under water. ";

const chat = (prompt: string, reply: string): Row => [
  ["user", prompt],
  ["assistant", reply],
];

/** Flag column → an answer that it catches and one that looks alike and is spared. */
const CASES: Record<string, readonly (readonly [caught: Row, spared: Row])[]> = {
  truncated_ending: [
    [
      answer(`${LONG}After the flood of that year the council decided to build a dam, but the`),
      answer(`${LONG}A dam was built.`),
    ],
    [
      answer(`${LONG}Here is how the water level developed over the next three years in the lower part`),
      answer(`${LONG}\n\n- meadows\n- both banks of the river in the lower part`),
    ],
    [answer("We need to combine the following three things,"), answer("Paris")],
    [
      answer("Sure:\n```python\nfor i in range(3):\n    print(i"),
      answer("function f(a) {\n  return a * 2;\n}\nconsole.log(f(2));"),
    ],
  ],
  unbalanced_code_fence: [
    [answer("```js\nlet a = 1;\n"), answer("```js\nlet a = 1;\n```\n")],
    [answer("~~~\na\n```\n"), answer("````md\n```\ninner\n```\n````")],
  ],
  broken_latex: [
    [
      answer("\\begin{align} x &= 1 \\end{aligned}"),
      answer("\\begin{align} x &= 1 \\\\[2pt] y &= 2 \\end{align}"),
    ],
    [answer("Then \\[ x = 2 and so on."), answer("Then \\[ x = 2 \\] and \\( y \\).")],
    [answer("So $$\\frac{1}{2} is half."), answer("It costs $5 and \\$6.")],
    [answer("\\boxed{\\frac{1}{2}"), answer("\\boxed{\\frac{1}{2}}")],
  ],
  invalid_json: [
    [
      chat("Reply in JSON with the keys a and b.", "a is 1 and b is 2"),
      chat("Reply in JSON with the keys a and b.", '{"a": 1, "b": 2}'),
    ],
    [
      chat("Return only a JSON object.", '{"a": 1,}'),
      chat("Return only a JSON object.", 'Here it is:\n```json\n{"a": 1}\n```'),
    ],
    [
      chat("Give me the list as valid JSON.", "[1, 2"),
      chat("Write a Python function that returns JSON.", "def f(): return '{}'"),
    ],
  ],
  template_leftover: [
    [answer("Yes.<|im_end|>"), answer("The pipe | and the brackets < > stay.")],
    [answer("[INST] Tell me more [/INST]"), answer("See [1] and [2].")],
    [answer("Fine.\n### Response:\nFine."), answer("### Results\nFine.")],
    [answer("Dear {{ user_name }}, welcome."), answer("Run `cp {{source}} {{target}}` to copy.")],
    [answer("Human: hello\nAssistant: hello"), answer("Note: the human eye sees more green.")],
  ],
  html_boilerplate: [
    [answer("<!DOCTYPE html><p>Hi</p>"), answer("```html\n<!DOCTYPE html><p>Hi</p>\n```")],
    [
      answer("Skip to main content. Home. © Example. All rights reserved."),
      answer("The court held that all rights reserved to the states remain theirs."),
    ],
  ],
  refusal: [
    [
      answer("I'm sorry, but I can’t help with that."),
      answer("I'm sorry for the delay. The result is 4, and I can help with more."),
    ],
    [
      answer("As an AI language model, I am not able to give medical advice."),
      answer("I can't help but notice that the series converges."),
    ],
    [
      answer("I must decline to answer this."),
      answer("You cannot divide by zero, so the answer is undefined."),
    ],
    [
      answer("I сan't assist with this request."),
      answer("I cannot recommend it highly enough: read the book."),
    ],
  ],
  apology: [
    [answer("I apologize for the confusion; it is 7."), answer("An apology is due when one is late.")],
  ],
  ai_self_reference: [
    [
      answer("As a large language model, I have no body."),
      answer("An AI language model predicts the next token."),
    ],
    [answer("My knowledge cutoff is 2023."), answer("The paper was cut off in 2023.")],
  ],
};

describe.each(Object.entries(CASES))("%s", (column, pairs) => {
  it.each(pairs.map((pair, i) => [i, ...pair] as const))(
    "pair %d: catches one and spares the other",
    async (_, caught, spared) => {
      const [yes, no] = [await flagRow(form, caught), await flagRow(form, spared)];
      expect([yes[column], no[column]]).toEqual([true, false]);
    },
  );
});

describe("form", () => {
  it("holds the length of the last answer against the parameters", async () => {
    expect(await flagRow(form, answer("x".repeat(30)), { minChars: 31, maxChars: 40 })).toMatchObject({
      completion_chars: 30,
      completion_too_short: true,
      completion_too_long: false,
    });
  });

  it("finds nothing in a row without an answer but that it is too short", async () => {
    const row = await flagRow(form, [
      ["user", "Hello?"],
      ["assistant", null],
    ]);
    expect(Object.entries(row).filter(([, value]) => value === true)).toEqual([
      ["completion_too_short", true],
    ]);
  });

  it("does not judge manners and JSON of a plain text", async () => {
    const row = await flagRow(form, "I'm sorry, I can't help. Reply in JSON.");
    expect(row).toMatchObject({ refusal: false, apology: false, json_asked: false });
  });
});
