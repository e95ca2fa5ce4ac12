import { describe, expect, it } from "vitest";
import { alignment } from "../../kernel-lib/flag/alignment";
import { flagRow, type Row } from "./flag-rows";

const chat = (prompt: string, reply: string | null): Row => [
  ["user", prompt],
  ["assistant", reply],
];
const BREAD =
  "Explain why bread dough has to rest before it is baked, and what happens to the gluten meanwhile.";
const GOOD = "While the dough rests, gluten relaxes and the bread can rise; baked too early it stays dense.";

const CASES: readonly (readonly [reason: string, caught: Row, spared: Row])[] = [
  [
    "wrong_language",
    chat("Answer in French: why does bread rise in the oven when it is baked?", GOOD),
    chat(
      "Answer in French: why does bread rise?",
      "Le pain monte parce que les gaz se dilatent dans la pâte chaude pendant la cuisson.",
    ),
  ],
  [
    "wrong_language",
    chat(BREAD, "Der Teig muss ruhen, damit sich das Gluten entspannt und das Brot aufgehen kann."),
    chat(
      "Translate to German, please: the dough has to rest so that the bread can rise in the oven.",
      "Der Teig muss ruhen, damit das Brot im Ofen aufgehen kann und locker wird.",
    ),
  ],
  [
    "wrong_format",
    chat("Reply in JSON with the key color.", "The color is red."),
    chat("Reply in JSON with the key color.", '{"color": "red"}'),
  ],
  [
    "code_missing",
    chat("Write a Python function that adds two numbers.", "You add them and you are done."),
    chat("Write a Python function that adds two numbers.", "def add(a, b):\n    return a + b"),
  ],
  ["refused", chat(BREAD, "I'm sorry, but I can't help with that."), chat(BREAD, GOOD)],
  ["empty", chat(BREAD, null), chat(BREAD, GOOD)],
  ["echo", chat(BREAD, BREAD), chat(BREAD, `${BREAD} ${GOOD} ${GOOD}`)],
  [
    "off_topic",
    chat(
      BREAD,
      "The Danube flows through ten countries, touching Vienna, Bratislava, Budapest, Belgrade, then empties near Sulina; ships carry grain, ore, timber, coal along every stretch.",
    ),
    chat(BREAD, GOOD),
  ],
];

describe("alignment", () => {
  it.each(CASES)("%s: catches one and spares the other", async (reason, caught, spared) => {
    expect((await flagRow(alignment, caught)).misalignment_reasons).toContain(reason);
    expect((await flagRow(alignment, spared)).misalignment_reasons).not.toContain(reason);
  });

  it("measures how much of the request the answer takes up", async () => {
    const row = await flagRow(alignment, chat(BREAD, GOOD));
    expect(row).toMatchObject({ misaligned: false, asked_language: null });
    expect(row.prompt_overlap).toBeCloseTo(5 / 9, 1);
    expect((await flagRow(alignment, chat("Why?", GOOD))).prompt_overlap).toBeNull();
  });

  it("does not judge conversations with tools", async () => {
    const row = await flagRow(alignment, [
      ["user", "Reply in JSON."],
      ["assistant", null, { tool_calls: "[{}]" }],
      ["tool", "1"],
      ["assistant", "One."],
    ]);
    expect(row.misaligned).toBe(false);
  });
});
