import { describe, expect, it } from "vitest";
import { harmonyMessages, messagesFromHarmony, parseHarmony, renderHarmony } from "../../kernel-lib/harmony";
import { calls, message, randomConversation, seeded } from "./conversations";

function text(...args: Parameters<typeof renderHarmony>) {
  const result = renderHarmony(...args);
  return result.ok ? result.text : result;
}

const q = message("user", "q");

describe("renderHarmony", () => {
  it("renders reasoning, preamble, calls, results and the answer", () => {
    const conversation = [
      message("system", "s"),
      message("developer", "d"),
      message("user", "q", { name: "bob" }),
      message("assistant", "I look.", { reasoning_content: "r", tool_calls: calls(["look", '{"at": 1}']) }),
      message("tool", '{"found": 2}', { name: "look" }),
      message("assistant", "a"),
    ];
    expect(text(conversation)).toBe(
      "<|start|>system<|message|>s<|end|>" +
        "<|start|>developer<|message|>d<|end|>" +
        "<|start|>user:bob<|message|>q<|end|>" +
        "<|start|>assistant<|channel|>analysis<|message|>r<|end|>" +
        "<|start|>assistant<|channel|>commentary<|message|>I look.<|end|>" +
        '<|start|>assistant to=functions.look<|channel|>commentary <|constrain|>json<|message|>{"at": 1}<|call|>' +
        '<|start|>functions.look to=assistant<|channel|>commentary<|message|>{"found": 2}<|end|>' +
        "<|start|>assistant<|channel|>final<|message|>a<|return|>",
    );
  });

  it.each([
    ["the code of JSON arguments", '{"code": "print(1)\\n"}', "print(1)\n"],
    ["raw code", "print(1)", "print(1)"],
    ["JSON without code", '{"x": 1}', '{"x": 1}'],
    ["code in braces", "{1, 2}", "{1, 2}"],
  ])("gives python %s", (_, args, body) => {
    const conversation = [
      q,
      message("assistant", "", { tool_calls: calls(["stateful_python_code_exec", args]) }),
      message("tool", "1", { name: "stateful_python_code_exec" }),
    ];
    expect(text(conversation)).toBe(
      `<|start|>user<|message|>q<|end|><|start|>assistant to=python<|channel|>analysis<|message|>${body}<|call|>` +
        "<|start|>python to=assistant<|channel|>commentary<|message|>1<|end|>",
    );
  });

  it("names a nameless result after the call it answers", () => {
    const conversation = [
      message("assistant", null, { tool_calls: calls(["a", "{}"], ["b", "{}"]) }),
      message("tool", "of b", { name: "b" }),
      message("tool", "of a"),
      message("tool", "of nobody"),
    ];
    const result = harmonyMessages(conversation);
    expect(result.ok && result.messages.slice(2).map(({ name }) => name)).toEqual([
      "functions.b",
      "functions.a",
      "tool",
    ]);
  });

  it("follows an explicit channel, but lets no call stand on final", () => {
    expect(text([message("assistant", "x", { channel: "analysis" })])).toBe(
      "<|start|>assistant<|channel|>analysis<|message|>x<|end|>",
    );
    const called = message("assistant", null, { channel: "final", tool_calls: calls(["f", "{}"]) });
    expect(text([called])).toContain("to=functions.f<|channel|>commentary ");
  });

  it("writes an empty final where an assistant says nothing, and none where it only thinks", () => {
    expect(text([message("assistant", null)])).toBe(
      "<|start|>assistant<|channel|>final<|message|><|return|>",
    );
    expect(text([message("assistant", "", { reasoning_content: "r" })])).toBe(
      "<|start|>assistant<|channel|>analysis<|message|>r<|end|><|start|>assistant<|channel|>final<|message|><|return|>",
    );
    expect(text([message("assistant", null, { reasoning_content: "r" })])).toBe(
      "<|start|>assistant<|channel|>analysis<|message|>r<|end|>",
    );
  });

  it("returns only in training, and only from a final", () => {
    expect(text([message("assistant", "a")], { training: false })).toMatch(/<\|end\|>$/);
    expect(text([message("assistant", "a", { channel: "commentary" })])).toMatch(/<\|end\|>$/);
    expect(text([message("assistant", "a"), q])).not.toContain("<|return|>");
  });

  it("drops the reasoning of earlier turns before the first final, python and its results with it", () => {
    const turns = [
      q,
      message("assistant", null, {
        reasoning_content: "r1",
        tool_calls: calls(["python", "1"], ["f", "{}"]),
      }),
      message("tool", "py", { name: "python" }),
      message("tool", "fn", { name: "f" }),
      message("assistant", "a1"),
      q,
      message("assistant", "a2", { reasoning_content: "r2" }),
      q,
      message("assistant", "a3", { reasoning_content: "r3" }),
    ];
    const bodies = (analysis: "earlier_turns" | "reference" | "none") => {
      const parsed = parseHarmony(text(turns, { analysis }) as string);
      return parsed.ok && parsed.messages.map(({ body }) => body).join(" ");
    };
    expect(bodies("none")).toBe("q r1 1 {} py fn a1 q r2 a2 q r3 a3");
    expect(bodies("earlier_turns")).toBe("q {} fn a1 q r2 a2 q r3 a3");
    expect(bodies("reference")).toBe("q {} py fn a1 q r2 a2 q r3 a3");
  });

  it("keeps the reasoning of the only turn, and all of it where the last message is no final", () => {
    const only = [q, message("assistant", "a", { reasoning_content: "r" })];
    expect(text(only)).toContain("analysis<|message|>r<|end|>");
    expect(text(only, { analysis: "reference" })).not.toContain("analysis");
    const open = [...only, q, message("assistant", null, { tool_calls: calls(["f", "{}"]) })];
    expect(text(open)).toContain("analysis<|message|>r<|end|>");
  });

  it.each([
    ["no_messages", -1, []],
    ["unknown_role", 1, [q, message("function", "x")]],
    ["special_in_body", 1, [q, message("assistant", "see <|end|>")]],
    ["special_in_body", 1, [q, message("assistant", "a", { reasoning_content: "<|reserved_200001|>" })]],
    ["special_in_body", 0, [message("assistant", null, { tool_calls: calls(["f", "<|call|>"]) })]],
    ["invalid_name", 0, [message("user", "x", { name: "a b" })]],
    ["invalid_name", 0, [message("assistant", null, { tool_calls: calls(["a<|message|>", "{}"]) })]],
    ["invalid_channel", 0, [message("assistant", "x", { channel: "" })]],
    ["invalid_tool_calls", 0, [message("assistant", null, { tool_calls: "[{" })]],
    ["invalid_tool_calls", 0, [message("assistant", null, { tool_calls: "{}" })]],
    ["invalid_tool_calls", 0, [message("assistant", null, { tool_calls: '[{"arguments": "{}"}]' })]],
  ])("fails with %s at message %i", (reason, index, conversation) => {
    expect(text(conversation)).toMatchObject({ ok: false, reason, message: index });
  });

  it("escapes specials on demand, so that the text reads back without problems", () => {
    const conversation = [message("user", "<|end|> <\\|end|> <|x|>"), message("assistant", "<|start|>")];
    const parsed = parseHarmony(text(conversation, { specials: "escape" }) as string);
    expect(parsed.ok && parsed.problems).toEqual([]);
    expect(parsed.ok && parsed.messages.map(({ body }) => body)).toEqual([
      "<\\|end|> <\\\\|end|> <|x|>",
      "<\\|start|>",
    ]);
  });
});

it("messagesFromHarmony renders to the same text again", () => {
  const random = seeded(7);
  for (let round = 0; round < 300; round++) {
    const first = text(randomConversation(random), { analysis: "none", specials: "escape" }) as string;
    const parsed = parseHarmony(first);
    if (!parsed.ok) throw new Error(parsed.detail);
    expect(text(messagesFromHarmony(parsed.messages), { analysis: "none" })).toBe(first);
  }
});
