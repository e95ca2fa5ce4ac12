/** Chosen lines and paragraphs are taken out of bodies, and nothing else is. */
import { describe, expect, it } from "vitest";
import { looksLikeCode } from "../../kernel-lib/boilerplate/code-line";
import { boilerplateRemover } from "../../kernel-lib/boilerplate/remove-boilerplate";
import { measureText } from "../../kernel-lib/harmony/measure-text";
import { parseHarmony } from "../../kernel-lib/harmony/parse";
import { randomFrom } from "../dedup/reference";

const LINE = "Sign up for our weekly letter and never miss a story!";
const MENU = "Home\nNews\nAbout the paper";
const remove = boilerplateRemover([LINE, MENU]);
const chat = (user: string, answer: string, more = "") =>
  `${more}<|start|>user<|message|>${user}<|end|><|start|>assistant<|channel|>final<|message|>${answer}<|return|>`;

describe("a text loses", () => {
  it.each([
    ["the last line, with the blank line before it", `A story.\n\n${LINE}`, "A story."],
    ["the last line, and keeps its own line feed", `A story.\n${LINE}\n`, "A story.\n"],
    ["the first paragraph, with the blank line after it", `${MENU}\n\nA story.`, "A story."],
    ["one between two others, and keeps one blank line", `A\n\n${MENU}\n\nB`, "A\n\nB"],
    ["a line within a paragraph", `A\n${LINE}\nB`, "A\nB"],
    ["one in other white space", `A\n  ${LINE.replace(" ", "\t ")} \r\nB`, "A\nB"],
    ["one that is composed otherwise", "A\nLe café est ferme\u0301 aujourd'hui\nB", "A\nB"],
    ["both of two", `${LINE}\nA\n${LINE}`, "A"],
  ])("%s", (_, text, left) => {
    const all = boilerplateRemover([LINE, MENU, "Le café est fermé aujourd'hui"]);
    expect(all(text).text).toBe(left);
  });

  it.each([
    ["a part of a line", `See: ${LINE}`],
    ["a part of a paragraph", `Home\nNews\nAbout the paper\nContact`],
    ["what stands in a code fence", `A\n\`\`\`text\n${LINE}\n\`\`\`\nB`],
    ["what stands in a fence that is not closed", `A\n~~~\n${LINE}`],
    ["all that a body holds", `${LINE}\n\n${MENU}`],
  ])("not %s", (_, text) => {
    expect(remove(text)).toMatchObject({ text, removals: [] });
  });
});

it("a member of a JSON answer stays, though a line that was chosen says the same", () => {
  const member = `"disclaimer": "${LINE}"`;
  const answer = JSON.stringify({ id: 1, disclaimer: LINE }, null, 2);
  const chosen = boilerplateRemover([member]);
  expect(chosen(answer).text).toBe(answer);
  expect(chosen(chat("As JSON, please.", answer)).text).toBe(chat("As JSON, please.", answer));
  expect([member, `{ ${member} }`].map((line) => looksLikeCode(line, line))).toEqual([true, true]);
  expect(looksLikeCode(`"${LINE}", she said.`, `"${LINE}", she said.`)).toBe(false);
});

describe("of a conversation", () => {
  it("bodies of user and assistant are looked at; it stays valid", () => {
    const { text, removals } = remove(chat(`Read this.\n\n${LINE}`, `${MENU}\n\nDone.`));
    expect(text).toBe(chat("Read this.", "Done."));
    expect(removals.map(({ unit, role }) => [unit, role])).toEqual([
      [LINE, "user"],
      [MENU, "assistant"],
    ]);
    expect(parseHarmony(text).ok).toBe(true);
  });

  it("system messages are only looked at when that is asked for, tool calls never", () => {
    const system = `<|start|>system<|message|>Be kind.\n${LINE}<|end|>`;
    const call = `<|start|>assistant<|channel|>commentary to=functions.say<|constrain|>json<|message|>{\n${LINE}\n}<|call|>`;
    const text = chat("Hi", "Hello", system) + call;
    expect(remove(text).text).toBe(text);
    const all = boilerplateRemover([LINE], { system: true })(text);
    expect(all.text).toBe(chat("Hi", "Hello", "<|start|>system<|message|>Be kind.<|end|>") + call);
  });

  it("one side is looked at by view", () => {
    const text = chat(`A\n${LINE}`, `B\n${LINE}`);
    expect(boilerplateRemover([LINE], { view: "prompt" })(text).text).toBe(chat("A", `B\n${LINE}`));
    expect(boilerplateRemover([LINE], { view: "completion" })(text).text).toBe(chat(`A\n${LINE}`, "B"));
  });

  it("a message that holds nothing else stays, and is counted", () => {
    const text = chat(LINE, "Thanks.");
    expect(remove(text)).toEqual({ text, removals: [], heldBack: 1 });
  });

  it("broken Harmony is left alone", () => {
    const text = `<|start|>user\nA\n${LINE}`;
    expect(remove(text).text).toBe(text);
  });
});

it("the characters of what was taken add up to what the text lost, whatever the text", () => {
  const random = randomFrom(3);
  const pieces = [LINE, MENU, "", " ", "words of its own", "```", "😀 two units", "\t", "Home", "a\r"];
  for (let i = 0; i < 3000; i++) {
    const body = () =>
      Array.from({ length: 1 + random() * 9 }, () => pieces[Math.floor(random() * 10)]).join("\n");
    const text = i % 2 ? chat(body(), body()) : body();
    const { text: left, removals } = remove(text);
    const lost = measureText(text).characters - measureText(left).characters;
    expect(removals.reduce((sum, { characters }) => sum + characters, 0)).toBe(lost);
    // What was not taken is still there, in its order.
    const own = (all: string) => all.match(/own|units/g)?.length;
    expect(own(left)).toBe(own(text));
  }
});
