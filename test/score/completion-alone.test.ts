import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openTokenizer } from "../../kernel-lib/model/tokenizer";
import type { LossMode } from "../../kernel-lib/row";
import { completionAlone } from "../../kernel-lib/score/completion-alone";
import { prepareRow } from "../../kernel-lib/score/prepare-row";

const tokenizer = openTokenizer(join(__dirname, "../../kernel-lib/score/demo-lm/tokenizer.json"));

const USER = "<|start|>user<|message|>How many rolls, 旅人?<|end|>";
const THINK = "<|start|>assistant<|channel|>analysis<|message|>Nine times twelve 🦜.<|end|>";
const CALL =
  "<|start|>assistant to=functions.sum<|channel|>commentary <|constrain|>json<|message|>{}<|call|>";
const RESULT = "<|start|>functions.sum to=assistant<|channel|>commentary<|message|>108<|end|>";
const EMPTY = "<|start|>assistant<|channel|>analysis<|message|><|end|>";
const FINAL = "<|start|>assistant<|channel|>final<|message|>108<|return|>";

async function alone(
  text: string,
  lossMode: LossMode,
  { includeStop = false, maxLength = null }: { includeStop?: boolean; maxLength?: number | null } = {},
) {
  const encoding = await (await tokenizer).encode(text);
  const row = prepareRow(text, lossMode, encoding, { includeStop, maxLength });
  return { row, alone: completionAlone(text, lossMode, encoding, row) };
}

const chosen = ({ ids, wanted }: { ids: Int32Array; wanted: Uint8Array }) => [
  ...ids.filter((_, i) => wanted[i] === 1),
];

describe("the completion alone", () => {
  it.each([
    ["assistant_all", false, THINK + CALL + FINAL],
    ["assistant_last", false, FINAL],
    ["assistant_last_turn", true, THINK + CALL + FINAL],
  ] as const)(
    "%s: has the learned messages with their headers, and counts the same tokens",
    async (mode, includeStop, left) => {
      const got = await alone(USER + THINK + CALL + RESULT + FINAL, mode, { includeStop });
      const written = await (await tokenizer).encode(left);
      expect([...got.alone!.ids]).toEqual([...written.ids]);
      expect(chosen(got.alone!)).toEqual(chosen(got.row));
      expect(chosen(got.row).length).toBeGreaterThan(0);
    },
  );

  it("keeps a learned message without words where its stop is counted", async () => {
    const got = await alone(USER + EMPTY + FINAL, "assistant_all", { includeStop: true });
    expect(chosen(got.alone!)).toEqual(chosen(got.row));
  });

  it("ends where the row was cut", async () => {
    const { ids } = await (await tokenizer).encode(USER + THINK);
    const got = await alone(USER + THINK + RESULT + FINAL, "assistant_all", { maxLength: ids.length - 3 });
    const whole = await (await tokenizer).encode(THINK);
    expect([...got.alone!.ids]).toEqual([...whole.ids.slice(0, -3)]);
    expect(chosen(got.alone!)).toEqual(chosen(got.row));
  });

  it("keeps what a tokenizer puts before the text", () => {
    const text = USER + FINAL;
    const places = [0, 0, USER.length, text.length];
    const encoding = {
      ids: Int32Array.of(9, 1, 2),
      starts: Int32Array.of(0, places[1]!, places[2]!),
      ends: Int32Array.of(0, places[2]!, places[3]!),
    };
    const row = { ids: encoding.ids, wanted: Uint8Array.of(0, 0, 1) };
    expect(completionAlone(text, "assistant_all", encoding, row)).toEqual({
      ids: Int32Array.of(9, 2),
      wanted: Uint8Array.of(0, 1),
    });
  });

  it("is nothing where there is no prompt to leave out", async () => {
    expect((await alone(THINK + FINAL, "assistant_all")).alone).toBeNull();
    expect((await alone("plain text", "all_text")).alone).toBeNull();
    expect((await alone("no Harmony", "assistant_all")).alone).toBeNull();
  });
});
