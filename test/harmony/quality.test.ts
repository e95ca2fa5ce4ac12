import { describe, expect, it } from "vitest";
import { qualityFlags, renderHarmony } from "../../kernel-lib/harmony";
import { randomConversation, seeded } from "./conversations";

const user = "<|start|>user<|message|>q<|end|>";
const final = (body: string) => `<|start|>assistant<|channel|>final<|message|>${body}<|return|>`;
const call = "<|start|>assistant to=functions.f<|channel|>commentary <|constrain|>json<|message|>{}<|call|>";
const result = (body: string) =>
  `<|start|>functions.f to=assistant<|channel|>commentary<|message|>${body}<|end|>`;

describe("qualityFlags", () => {
  it.each([
    ["a sound row", user + final("a"), [true, true, false], []],
    ["a row with tools", user + call + result("1") + final("a"), [true, true, true], []],
    ["a row that ends in a call", user + call, [true, true, true], []],
    ["an empty answer", user + final(" \n\t"), [true, false, false], ["empty_completion"]],
    [
      "an earlier answer, an empty last one",
      user + final("a").replace("return", "end") + user + final(""),
      [true, false, false],
      ["empty_completion"],
    ],
    [
      "thinking without an answer",
      `${user}<|start|>assistant<|channel|>analysis<|message|>r<|end|>`,
      [true, false, false],
      ["empty_completion"],
    ],
    ["no assistant", user, [false, false, false], ["no_assistant", "empty_completion"]],
    ["no message", "text", [false, false, false], ["no_message", "empty_completion"]],
    ["nothing", "", [false, false, false], ["no_message", "empty_completion"]],
    [
      "broken JSON from a tool",
      user + call + result('{"a":') + final("a"),
      [true, true, true],
      ["tool_payload_not_json"],
    ],
    [
      "a broken header before an answer",
      `<|start|>userq<|end|>${final("a")}`,
      [false, true, false],
      ["missing_message"],
    ],
    [
      "a missing end before an answer",
      `<|start|>user<|message|>q${final("a")}`,
      [false, true, false],
      ["special_in_body", "return_without_assistant", "no_assistant"],
    ],
  ])("%s", (_, text, [validHarmony, completionNonempty, hasTool], reasons) => {
    expect(qualityFlags(text)).toEqual({ validHarmony, completionNonempty, hasTool, reasons });
  });

  it("counts characters other than white space against minCompletionChars", () => {
    const text = user + final(" a b ");
    expect(qualityFlags(text, { minCompletionChars: 2 }).completionNonempty).toBe(true);
    expect(qualityFlags(text, { minCompletionChars: 3 }).completionNonempty).toBe(false);
    expect(qualityFlags(user + final(""), { minCompletionChars: 0 }).completionNonempty).toBe(true);
  });
});

it("finds nothing but the conversations' own faults in what renderHarmony writes", () => {
  const random = seeded(11);
  const seen = new Set<string>();
  for (let round = 0; round < 500; round++) {
    const rendered = renderHarmony(randomConversation(random), { specials: "escape" });
    for (const reason of rendered.ok ? qualityFlags(rendered.text).reasons : [rendered.reason])
      seen.add(reason);
  }
  expect([...seen].sort()).toEqual(["empty_completion", "no_assistant"]);
});
