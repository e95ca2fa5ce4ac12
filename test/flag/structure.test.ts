import { describe, expect, it } from "vitest";
import { answerHolds, answerType } from "../../kernel-lib/flag/answer";
import { isToolError, roleFault, structure } from "../../kernel-lib/flag/structure";
import { answer, flagRow, message, type Said } from "./flag-rows";

const CALL = { tool_calls: '[{"name": "weather", "arguments": "{}"}, {"name": "time", "arguments": "{}"}]' };

describe("structure", () => {
  it("counts turns, calls, results and errors", async () => {
    const row = await flagRow(structure, [
      ["system", "Be kind."],
      ["user", "Weather?"],
      ["assistant", null, CALL],
      ["tool", '{"error": "no such city"}'],
      ["tool", '{"time": "12:00"}'],
      ["assistant", "I could not find the city."],
      ["user", "Never mind."],
      ["assistant", "All right.", { reasoning_content: "They gave up." }],
    ]);
    expect(row).toEqual({
      turns: 2,
      message_count: 8,
      tool_calls: 2,
      tool_results: 2,
      tool_errors: 1,
      roles_out_of_order: false,
      role_fault: null,
      has_reasoning: true,
      media_reference: false,
      answer_type: "text",
      expected_answer_found: null,
    });
  });

  it.each<[string | null, Said[]]>([
    [
      null,
      [
        ["user", "a"],
        ["assistant", "b"],
      ],
    ],
    [
      null,
      [
        ["user", "a"],
        ["assistant", "thinking", { channel: "analysis" }],
        ["assistant", "b", { channel: "final" }],
      ],
    ],
    [
      null,
      [
        ["user", "a"],
        ["assistant", null, CALL],
        ["tool", "1"],
        ["tool", "2"],
        ["assistant", "b"],
      ],
    ],
    [
      "assistant_twice",
      [
        ["user", "a"],
        ["assistant", "b"],
        ["assistant", "c"],
      ],
    ],
    [
      "user_twice",
      [
        ["user", "a"],
        ["user", "b"],
        ["assistant", "c"],
      ],
    ],
    ["starts_with_assistant", [["assistant", "a"]]],
    [
      "tool_without_call",
      [
        ["user", "a"],
        ["tool", "b"],
        ["assistant", "c"],
      ],
    ],
    [
      "system_late",
      [
        ["user", "a"],
        ["system", "b"],
        ["assistant", "c"],
      ],
    ],
    [
      "ends_with_user",
      [
        ["user", "a"],
        ["assistant", "b"],
        ["user", "c"],
      ],
    ],
  ])("order: %s", (fault, said) => {
    expect(roleFault(said.map(message))).toBe(fault);
  });

  it.each([
    "![figure](images/one.png)",
    "\\includegraphics[width=5cm]{plot.pdf}",
    "<image>\nWhat is this?",
    '<img src="https://example.com/a.png">',
    "data:image/png;base64,AAAA",
    "[asy]\nsize(100);\n[/asy]",
    '[{"image_url": {"url": "x"}, "type": "image_url"}]',
  ])("sees the picture in %s", async (text) => {
    expect(
      (
        await flagRow(structure, [
          ["user", text],
          ["assistant", "A cat."],
        ])
      ).media_reference,
    ).toBe(true);
  });

  it.each(["Draw me an image of it in words.", "[link](page.html) and a < b", "The asymptote is y = 1."])(
    "sees none in %s",
    async (text) => {
      expect(
        (
          await flagRow(structure, [
            ["user", text],
            ["assistant", "A cat."],
          ])
        ).media_reference,
      ).toBe(false);
    },
  );

  it.each([
    ["boxed", "So \\boxed{4}."],
    ["json", '{"a": [1, 2]}'],
    ["json", 'Here:\n```json\n{"a": [1, 2, 3, 4, 5, 6]}\n```'],
    ["code", "```py\nprint(1)\n```"],
    ["numeric", "1,024"],
    ["numeric", "She has 3 + 4 apples.\n#### 7"],
    ["text", "The capital is Paris."],
    ["none", "  "],
  ])("answer type %s: %s", (type, text) => {
    expect(answerType(text)).toBe(type);
  });

  it("takes a last message that only calls tools as such", async () => {
    expect(
      (
        await flagRow(structure, [
          ["user", "a"],
          ["assistant", null, CALL],
        ])
      ).answer_type,
    ).toBe("tool_call");
  });

  it.each([
    ["The sum is \\boxed{\\dfrac{1}{2}}", "\\frac{1}{2}", true],
    ["It is 1,234 in all.", "1234", true],
    ["It is 12345.", "1234", false],
    ["It is 3.14", "3", false],
    ["Hence x = 3.", "3", true],
    ["The answer is (B)", "B", true],
    ["Because", "B", false],
  ])("%s holds %s: %s", (text, expected, found) => {
    expect(answerHolds(text, expected)).toBe(found);
  });

  it("looks for the source's expected answer", async () => {
    const extra = { source_extra_json: '{"expected_answer": "9"}' };
    expect((await flagRow(structure, answer("\\boxed{9}"), {}, extra)).expected_answer_found).toBe(true);
    expect((await flagRow(structure, answer("\\boxed{8}"), {}, extra)).expected_answer_found).toBe(false);
  });

  it.each([
    ["Traceback (most recent call last):\n  File", true],
    ["ValueError: bad", true],
    ['{"status": "error", "detail": "x"}', true],
    ['{"status_code": 404}', true],
    ['{"error": null, "data": 1}', false],
    ["3.5", false],
    ['{"status": "success"}', false],
  ])("tool error: %s %s", (text, expected) => {
    expect(isToolError(text)).toBe(expected);
  });
});
