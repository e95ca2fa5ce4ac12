/** Evaluation items in rows: copies, pieces, light paraphrases, short items; and sets that cannot be checked. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { decontaminate } from "../../kernel-lib/dedup/decontaminate";
import { temporaryFolder } from "../run/run-cli";

const quiet = { workers: 1, onProgress: () => undefined };
const ITEM =
  "A baker has twelve trays with nine rolls on each and sells forty of them before noon. How many rolls are left at noon?";

function evalFile(lines: readonly object[] | string, name = "set.jsonl"): string {
  const path = join(temporaryFolder(), name);
  writeFileSync(
    path,
    typeof lines === "string" ? lines : lines.map((line) => JSON.stringify(line)).join("\n"),
  );
  return path;
}

async function found(texts: readonly string[], items: readonly object[]) {
  const rows = texts.map((text, i) => ({ id: `${i}`, text }));
  const { contaminated } = await decontaminate([rows], evalFile(items), quiet);
  return contaminated.map(({ id, item, kind, coverage }) => [id, item, kind, Number(coverage.toFixed(2))]);
}

describe("rows hold an item", () => {
  const items = [{ task_id: "T/1", question: ITEM }];

  it("whatever the case, punctuation and white space, and wherever it stands", async () => {
    expect(
      await found(
        [
          ITEM.toUpperCase().replaceAll(" ", " \n "),
          `Please solve this. ${ITEM} Think first.`,
          ITEM.replaceAll("a", "o"),
        ],
        items,
      ),
    ).toEqual([
      ["0", "T/1", "13-gram", 1],
      ["1", "T/1", "13-gram", 1],
    ]);
  });

  it("when most of its words are still there", async () => {
    const changed = ITEM.replace("trays", "plates")
      .replace("sells forty", "gives away fifty")
      .replace("left", "there");
    const [hit] = await found([changed], items);
    expect(hit!.slice(0, 3)).toEqual(["0", "T/1", "near"]);
    expect(hit![3]).toBeGreaterThan(0.4);
  });

  it("and the evidence names the span", async () => {
    const rows = [{ id: "x", text: `Well: ${ITEM.slice(0, 80)} and so on` }];
    const { contaminated } = await decontaminate([rows], evalFile(items), quiet);
    expect(contaminated[0]!.span).toBe(
      "a baker has twelve trays with nine rolls on each and sells forty of them before",
    );
    expect(contaminated[0]!.coverage).toBeCloseTo(4 / 12, 10);
  });

  it("of few words only when a whole message says the same", async () => {
    const short = [{ id: "s", prompt: "Where can I shoot a photo?" }];
    const chat = (text: string) =>
      `<|start|>user<|message|>${text}<|end|><|start|>assistant<|message|>Here.<|return|>`;
    expect(
      await found(
        [chat("where can I shoot a photo"), chat("Tell me: where can I shoot a photo?"), "Here."],
        short,
      ),
    ).toEqual([["0", "s", "whole", 1]]);
  });

  it("of a script without spaces when the span is as long as 13 words, not 13 letters", async () => {
    const th = "ร้านขนมปังอบขนมปังสิบสองถาดและขายไปสี่สิบก้อนก่อนเที่ยงวันเหลือขนมปังกี่ก้อน";
    const items = [{ id: "t", question: `${th} แล้วพรุ่งนี้ต้องอบอีกกี่ถาดจึงจะพอขาย` }];
    const rows = [`ครึ่งหนึ่งของขนมปังสิบสองถ`, th];
    expect((await found(rows, items)).map(([id, , kind]) => [id, kind])).toEqual([["1", "13-gram"]]);
  });

  it("not for the words with which questions begin", async () => {
    const short = [{ id: "q", prompt: "What's the best way to shoot a friend on film?" }];
    expect(
      await found(["What's the best way to boil an egg?", "Tell me the best way to shoot a goal"], short),
    ).toEqual([]);
  });

  it("of one script without spaces", async () => {
    const zh = "珍珠的鸭子每天下十六颗蛋，她每天早上吃三颗，又用四颗做松饼";
    expect(await found([`问题：${zh}。`], [{ id: "z", question: zh }])).toEqual([["0", "z", "13-gram", 1]]);
  });
});

describe("a set that cannot be checked fails", () => {
  const rows = [{ id: "a", text: "some text" }];

  it.each([
    ["", "empty.jsonl", /no item|no rows|empty/i],
    ['{"answer": "7"}\n', "columns.jsonl", /no column question, prompt.*it has answer.*--eval-text/],
    ['{"question": ""}\n', "blank.jsonl", /nothing would be checked/],
    ['{"question": "…"}\n', "wordless.jsonl", /none of 1 items has a word/],
    ['{"question": "one two"}\n{"question": broken\n', "broken.jsonl", /cannot be read|not JSON|malformed/i],
  ])("%j", async (content, name, message) => {
    await expect(decontaminate([rows], evalFile(content, name), quiet)).rejects.toThrow(message);
  });

  it("that is missing", async () => {
    await expect(decontaminate([rows], "nowhere/set.jsonl", quiet)).rejects.toThrow(/nowhere/);
  });
});
