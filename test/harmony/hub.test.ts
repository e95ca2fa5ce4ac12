import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { describe, expect, it } from "vitest";
import {
  assistantSpans,
  messagesFromHarmony,
  parseHarmony,
  qualityFlags,
  renderHarmony,
} from "../../kernel-lib/harmony";

const HUB = process.env.CORPUSLAB_HUB_DIR ?? path.resolve(__dirname, "../../../shared/hub");
const DATASET = "radna0/nemotron-math-v2-harmony-tools";
const available = existsSync(path.join(HUB, "EXPECTED.json")) && existsSync(path.join(HUB, DATASET));
if (!available)
  console.warn(`SKIPPED: Harmony rows of a stand-in hub: ${HUB} has no ${DATASET} and EXPECTED.json`);

interface Expected {
  repos: Record<string, { splits: Record<string, Split> }>;
}
interface Split {
  files: string[];
  rows: number;
  injected: Record<string, { items: { row: number; form?: string }[] }>;
}

/** What each planted fault comes out as; `tool_payload_not_json` is planted as a result that nobody asked for. */
const VERDICTS: Record<string, string[]> = {
  no_end_tag: ["special_in_body", "truncated_body", "no_assistant"],
  no_message_tag: ["missing_message"],
  no_return_tag: ["final_without_return"],
  no_assistant: ["no_assistant", "empty_completion"],
  plain_text: ["no_message", "empty_completion"],
  tool_payload_not_json: ["tool_result_without_call", "tool_payload_not_json"],
  truncated: ["missing_message", "truncated_body", "empty_completion"],
  unknown_channel: ["unknown_channel"],
};

describe.skipIf(!available)("Harmony rows of a stand-in hub", () => {
  it("finds every planted fault, and no fault in any other row", async () => {
    const expected = JSON.parse(readFileSync(path.join(HUB, "EXPECTED.json"), "utf8")) as Expected;
    const connection = await (await DuckDBInstance.create()).connect();
    const wrong: string[] = [];
    let empty = 0;
    let plantedEmpty = 0;
    for (const [name, split] of Object.entries(expected.repos[DATASET]!.splits)) {
      const texts: (string | null)[] = [];
      for (const file of split.files) {
        const rows = await connection.runAndReadAll("select text from read_parquet(?)", [
          path.join(HUB, DATASET, file),
        ]);
        texts.push(...rows.getRows().map(([text]) => text as string | null));
      }
      expect(texts.length).toBe(split.rows);
      const planted = new Map(split.injected.defective_harmony!.items.map(({ row, form }) => [row, form!]));
      plantedEmpty += split.injected.empty_completion!.items.length;
      texts.forEach((text, row) => {
        if (text === null) return;
        const flags = qualityFlags(text);
        const form = planted.get(row);
        if (form === undefined) {
          if (!flags.completionNonempty) empty++;
          const reasons = flags.reasons.filter((reason) => reason !== "empty_completion");
          if (!flags.validHarmony || reasons.length > 0) wrong.push(`${name} ${row}: ${reasons}`);
          const parsed = parseHarmony(text);
          if (!parsed.ok) return;
          const again = renderHarmony(messagesFromHarmony(parsed.messages), { analysis: "none" });
          const bodies = again.ok ? parseHarmony(again.text) : null;
          const bodiesOf = (list: typeof parsed.messages) => list.map(({ channel, body }) => [channel, body]);
          if (
            !bodies?.ok ||
            JSON.stringify(bodiesOf(bodies.messages)) !== JSON.stringify(bodiesOf(parsed.messages))
          )
            wrong.push(`${name} ${row}: rendered again it reads differently`);
          if (
            assistantSpans(text, "assistant_last")[0]?.end !== parsed.messages.at(-1)!.bodyEnd &&
            flags.completionNonempty
          )
            wrong.push(`${name} ${row}: the last span is not the final`);
        } else if (flags.validHarmony || !flags.reasons.every((reason) => VERDICTS[form]!.includes(reason))) {
          wrong.push(`${name} ${row}: ${form} came out as ${flags.reasons}`);
        }
      });
    }
    expect(wrong).toEqual([]);
    expect(empty).toBe(plantedEmpty);
  });
});
