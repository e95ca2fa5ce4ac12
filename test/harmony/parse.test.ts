import { describe, expect, it } from "vitest";
import { parseHarmony } from "../../kernel-lib/harmony";

function accepted(text: string) {
  const result = parseHarmony(text);
  if (!result.ok) throw new Error(`${result.reason} at ${result.position}: ${result.detail}`);
  return result;
}

function only(text: string) {
  const { role, name, recipient, channel, contentType, body, end } = accepted(text).messages[0]!;
  return { role, name, recipient, channel, contentType, body, end };
}

function kinds(text: string) {
  return accepted(text).problems.map(({ kind, position }) => [kind, position]);
}

const plain = {
  role: "user",
  name: null,
  recipient: null,
  channel: null,
  contentType: null,
  body: "x",
  end: "end",
};
const call = {
  ...plain,
  role: "assistant",
  recipient: "functions.f",
  channel: "commentary",
  contentType: "<|constrain|>json",
  body: "{}",
  end: "call",
};

describe("parseHarmony accepts", () => {
  it.each([
    ["a recipient in role position", "assistant to=functions.f<|channel|>commentary <|constrain|>json"],
    ["a recipient in channel position", "assistant<|channel|>commentary to=functions.f <|constrain|>json"],
    ["<|constrain|> adjacent", "assistant<|channel|>commentary to=functions.f<|constrain|>json"],
    [
      "<|constrain|> adjacent to the channel",
      "assistant to=functions.f<|channel|>commentary<|constrain|>json",
    ],
    ["functions.f without to=", "assistant functions.f<|channel|>commentary <|constrain|>json"],
    [
      "functions.f without to= after the channel",
      "assistant<|channel|>commentary functions.f <|constrain|>json",
    ],
    [
      "CRLF and tabs between header words",
      "assistant\tto=functions.f<|channel|>commentary\r\n<|constrain|>json\r\n",
    ],
  ])("%s", (_, header) => {
    const text = `<|start|>${header}<|message|>{}<|call|>`;
    expect(only(text)).toEqual(call);
    expect(kinds(text)).toEqual([]);
  });

  it.each([
    ["a name", "user:bob", { name: "bob" }],
    ["a name with a colon", "user:a:b", { name: "a:b" }],
    ["the simplified tool form", "tool", { role: "tool" }],
    ["a tool without to=assistant", "functions.x", { role: "tool", name: "functions.x" }],
    [
      "the python tool",
      "python<|channel|>commentary",
      { role: "tool", name: "python", channel: "commentary" },
    ],
    [
      "an unknown role with a recipient",
      "odd to=assistant",
      { role: "tool", name: "odd", recipient: "assistant" },
    ],
    ["an unknown channel", "assistant<|channel|>reply", { role: "assistant", channel: "reply" }],
    [
      "a bare content type",
      "assistant to=python<|channel|>analysis code",
      { role: "assistant", recipient: "python", channel: "analysis", contentType: "code" },
    ],
  ])("%s", (_, header, expected) => {
    expect(only(`<|start|>${header}<|message|>x<|end|>`)).toEqual({ ...plain, ...expected });
  });

  it("empty bodies, CRLF in bodies, and half specials", () => {
    expect(only("<|start|>user<|message|><|end|>").body).toBe("");
    expect(only("<|start|>user<|message|>\r\na\r\n<|end|>").body).toBe("\r\na\r\n");
    expect(only("<|start|>user<|message|><|end <|x|> <<|end|>").body).toBe("<|end <|x|> <");
  });

  it("a tool of any name that was called before", () => {
    const text =
      "<|start|>assistant to=odd<|message|>x<|call|><|start|>odd<|channel|>commentary<|message|>y<|end|>";
    expect(accepted(text).messages[1]).toMatchObject({ role: "tool", name: "odd" });
  });

  it("and gives positions that slice the text", () => {
    const text = "<|start|>user<|message|>ü😀<|end|><|start|>assistant<|message|>ok<|return|>";
    const { messages } = accepted(text);
    expect(messages.map(({ bodyStart, bodyEnd }) => text.slice(bodyStart, bodyEnd))).toEqual(["ü😀", "ok"]);
    expect(messages.map(({ start, stop }) => text.slice(start, stop)).join("")).toBe(text);
  });
});

describe("parseHarmony rejects", () => {
  const first = "<|start|>user<|message|>x<|end|>";
  it.each([
    ["an empty text", "", "no_message", 0],
    ["white space", " \n", "no_message", 0],
    ["text with no message", "just text", "no_message", 0],
    ["junk before", `x${first}`, "junk_between_messages", 0],
    ["junk between", `${first}junk${first}`, "junk_between_messages", 32],
    ["a line break between", `${first}\n${first}`, "junk_between_messages", 32],
    ["junk after", `${first}x`, "junk_between_messages", 32],
    ["a second end", `${first}<|end|>`, "junk_between_messages", 32],
    ["a missing <|message|>", "<|start|>userx<|end|>", "missing_message", 14],
    ["a missing <|message|> before another message", `<|start|>user x${first}`, "missing_message", 15],
    ["a header cut off", `${first}<|start|>assistant<|channel|>fin`, "missing_message", 64],
    ["an empty role", "<|start|><|message|>x<|end|>", "empty_role", 9],
    ["a channel without role", "<|start|><|channel|>final<|message|>x<|end|>", "empty_role", 9],
    ["a name without role", "<|start|>:bob<|message|>x<|end|>", "empty_role", 9],
    ["a recipient without role", "<|start|>to=x<|message|>x<|end|>", "empty_role", 9],
    ["an unknown role", "<|start|>odd<|message|>x<|end|>", "unknown_role", 9],
    ["an unknown role on a channel", "<|start|>odd<|channel|>final<|message|>x<|end|>", "unknown_role", 9],
    ["a role in capitals", "<|start|>User<|message|>x<|end|>", "unknown_role", 9],
    ["an empty name", "<|start|>user:<|message|>x<|end|>", "unknown_role", 9],
    ["two channels", "<|start|>assistant<|channel|>a<|channel|>b<|message|>x<|end|>", "two_channels", 30],
    ["an empty channel", "<|start|>assistant<|channel|><|message|>x<|end|>", "empty_channel", 29],
    [
      "a channel after a space",
      "<|start|>assistant<|channel|> final<|message|>x<|end|>",
      "empty_channel",
      29,
    ],
    ["extra words", "<|start|>user hello there you<|message|>x<|end|>", "extra_header_words", 14],
    ["one extra word", "<|start|>assistant<|channel|>final x<|message|>x<|end|>", "extra_header_words", 35],
    ["two recipients", "<|start|>assistant to=a to=b<|message|>x<|end|>", "extra_header_words", 24],
    ["an empty recipient", "<|start|>assistant to=<|message|>x<|end|>", "empty_recipient", 19],
    ["an empty content type", "<|start|>assistant<|constrain|><|message|>x<|end|>", "empty_content_type", 18],
    ["an endless header", `<|start|>user${" a".repeat(5000)}<|message|>x<|end|>`, "extra_header_words", 9],
  ])("%s", (_, text, reason, position) => {
    expect(parseHarmony(text)).toMatchObject({ ok: false, reason, position });
  });
});

describe("parseHarmony reports", () => {
  const user = "<|start|>user<|message|>q<|end|>";
  const answer = "<|start|>assistant<|channel|>final<|message|>a<|return|>";
  const asks =
    "<|start|>assistant to=functions.f<|channel|>commentary <|constrain|>json<|message|>{}<|call|>";
  it.each([
    ["nothing in a sound row", user + answer, []],
    [
      "a special inside a body",
      `<|start|>user<|message|>a<|channel|>b<|end|>${answer}`,
      [["special_in_body", 25]],
    ],
    [
      "a swallowed message",
      `<|start|>user<|message|>a${answer}`,
      [
        ["special_in_body", 25],
        ["special_in_body", 43],
        ["special_in_body", 59],
        ["return_without_assistant", 71],
        ["no_assistant", 81],
      ],
    ],
    [
      "an end-of-text token",
      `<|start|>user<|message|>a<|endoftext|><|end|>${answer}`,
      [["special_in_body", 25]],
    ],
    ["a truncated body", `${user}<|start|>assistant<|message|>a`, [["truncated_body", 62]]],
    [
      "a call without recipient",
      `${user}<|start|>assistant<|message|>a<|call|>`,
      [["call_without_recipient", 62]],
    ],
    ["a user who calls", `<|start|>user<|message|>q<|call|>${answer}`, [["call_without_recipient", 25]]],
    [
      "a tool call ended by <|end|>",
      `${user}${asks.replace("<|call|>", "<|end|>")}`,
      [["tool_call_ended_by_end", 117]],
    ],
    ["<|return|> in mid-conversation", user + answer + user + answer, [["return_in_mid_conversation", 78]]],
    [
      "an answer that does not return",
      `${user}${answer.replace("return", "end")}`,
      [["final_without_return", 78]],
    ],
    ["an unknown channel", `${user}${answer.replace("final", "reply")}`, [["unknown_channel", 41]]],
    [
      "a result that nobody asked for",
      `${user}<|start|>python<|message|>1<|end|>${answer}`,
      [["tool_result_without_call", 32]],
    ],
    [
      "broken JSON from a tool",
      `${user}${asks}<|start|>tool<|message|>{"a": [1,<|end|>${answer}`,
      [["tool_payload_not_json", 149]],
    ],
    ["no assistant", user, [["no_assistant", 32]]],
  ])("%s", (_, text, expected) => {
    expect(kinds(text)).toEqual(expected);
  });

  it("neither Python's output nor parallel calls", () => {
    const result = (body: string) =>
      `<|start|>functions.f to=assistant<|channel|>commentary<|message|>${body}<|end|>`;
    expect(kinds(user + asks + asks + result("{'a': 1}") + result("[1 2]") + answer)).toEqual([]);
  });

  it("no more than a thousand problems", () => {
    expect(accepted(`<|start|>user<|message|>${"<|start|>".repeat(5000)}<|end|>`).problems.length).toBe(1000);
  });
});

it("parseHarmony takes time linear in hostile text", () => {
  const texts = [
    "<|",
    "<",
    "<|start|>",
    "<|start|>user<|message|>",
    "<|start|>user<|message|><|end|>",
    "<|channel|>",
    "to=",
  ];
  for (const piece of texts) {
    const text = `<|start|>assistant${piece.repeat(2_000_000 / piece.length)}<|message|>`;
    const began = performance.now();
    parseHarmony(text);
    expect(performance.now() - began).toBeLessThan(3000);
  }
});
