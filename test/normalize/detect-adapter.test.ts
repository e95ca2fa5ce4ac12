import { describe, expect, it } from "vitest";
import { parseRow } from "../../kernel-lib/json-text";
import { resolveAdapter } from "../../kernel-lib/normalize/adapters";
import { buildRow } from "../../kernel-lib/normalize/build-row";
import { detectAdapter } from "../../kernel-lib/normalize/detect-adapter";

const detect = (...rows: object[]) => {
  const sample = rows.map((row) => parseRow(JSON.stringify(row)));
  return detectAdapter(new Set(sample.flatMap((row) => [...row.raw.keys()])), sample);
};
const MESSAGES = [{ role: "user", content: "hi" }];
const TURNS = [{ from: "human", value: "hi" }];

describe("detectAdapter", () => {
  it.each([
    ["messages", { messages: MESSAGES }],
    ["messages?messages=dialog", { dialog: MESSAGES, source: "x" }],
    ["messages", { messages: MESSAGES, prompt: "hi" }],
    ["sharegpt", { conversations: TURNS }],
    ["sharegpt?messages=turns", { turns: TURNS }],
    ["messages?messages=conversations", { conversations: MESSAGES }],
    [
      "instruction-response?prompt=instruction&context=input&response=output",
      { instruction: "a", input: "", output: "b" },
    ],
    [
      "instruction-response?prompt=instruction&response=output",
      { instruction: "a", output: "b", text: "### a ### b" },
    ],
    ["instruction-response?prompt=prompt&response=completion", { prompt: "a", completion: "b" }],
    [
      "instruction-response?system=system&prompt=question&response=answer",
      { question: "a", answer: "b", system: "c" },
    ],
    [
      "instruction-response?prompt=question&context=context&response=answer",
      { question: "a", answer: "b", context: "c" },
    ],
    ["instruction-response?prompt=input&response=output", { input: "a", output: "b" }],
    ["pretraining-text", { text: "words", url: "x" }],
    ["pretraining-text?tokens=input_ids", { input_ids: [1, 2] }],
    ["harmony-text", { text: "<|start|>user<|message|>hi<|end|>" }],
    ["hh-rlhf", { chosen: "\n\nHuman: a\n\nAssistant: b", rejected: "c" }],
    ["openorca", { id: "1", system_prompt: "", question: "a", response: "b" }],
    ["metamath", { query: "a", response: "b", original_question: "c" }],
    ["nemotron-math", { problem: "a", messages: MESSAGES, metadata: {} }],
  ])("finds %s", (reference, row) => {
    const found = detect(row, { ...row });
    expect(found).toMatchObject({ reference });
    if ("adapter" in found && !found.mapping.tokens) {
      expect(found.why.length).toBeGreaterThan(10);
      const built = buildRow(
        parseRow(JSON.stringify(row)),
        { dataset: "made/up", subset: "default", split: "train" },
        resolveAdapter(found.reference),
      );
      expect(built.row.text).not.toBe("");
    }
  });

  it.each([
    [{ messages: MESSAGES, conversations: TURNS }, ["messages", "sharegpt"]],
    [{ chosen: MESSAGES, rejected: MESSAGES }, ["messages?messages=chosen", "messages?messages=rejected"]],
    [
      { question: "a", answer: "b", response: "c" },
      [
        "instruction-response?prompt=question&response=answer",
        "instruction-response?prompt=question&response=response",
      ],
    ],
    [
      { messages: MESSAGES, question: "a", answer: "b" },
      ["messages", "instruction-response?prompt=question&response=answer"],
    ],
    [
      { prompt: "a", completion: "b", text: "something else" },
      ["instruction-response?prompt=prompt&response=completion", "pretraining-text"],
    ],
  ])("asks about %j", (row, references) => {
    const found = detect(row);
    expect(found).toMatchObject({ ambiguous: references });
    if ("question" in found)
      for (const reference of references) expect(found.question).toContain(`--adapter "${reference}"`);
  });

  it("asks where nothing fits, and names the columns", () => {
    const found = detect({ x: 1, y: "a" });
    expect(found).toMatchObject({ ambiguous: [] });
    expect((found as { question: string }).question).toMatch(
      /these columns: x, y\. Which ones hold the conversation/,
    );
  });
});

describe("resolveAdapter", () => {
  it("names what it does not know, and the nearest", () => {
    expect(() => resolveAdapter("mesages")).toThrow(
      /got adapter "mesages", expected .*; did you mean messages\?$/,
    );
    expect(() => resolveAdapter("messages?domain=maths")).toThrow(/got domain "maths".*did you mean math/);
    expect(() => resolveAdapter("messages?column=x")).toThrow(/got part "column"/);
  });
});
