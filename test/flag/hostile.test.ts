/** Every flag on text that was made to hurt: no throw, no bad value, no time that explodes. */
import { beforeAll, describe, expect, it } from "vitest";
import { FLAGS } from "../../kernel-lib/flag";
import { columnType, type Step } from "../../kernel-lib/step";
import { TEXTS } from "../fixtures/hostile-rows";
import { answer, flagRow, flagRows, type Row } from "./flag-rows";

const MB = 1_000_000;
const fill = (piece: string, length = MB) => piece.repeat(Math.ceil(length / piece.length)).slice(0, length);

/** Inputs that patterns with overlapping gaps take quadratic time or worse for. */
const WORST: Readonly<Record<string, string>> = {
  "one letter": fill("a"),
  spaces: `${fill(" ")}x`,
  newlines: fill("\n"),
  digits: fill("1"),
  "digits and spaces": fill("4 "),
  "digits and dashes": fill("12-"),
  dots: fill("."),
  "words and dots": fill("a."),
  "at signs": fill("a@"),
  "open braces": fill("{"),
  "open boxes": fill("\\boxed{"),
  "begin environments": fill("\\begin{a}"),
  dollars: fill("$ "),
  backticks: fill("`"),
  "fences that never close": fill("```\n~~~\n"),
  "open tags": fill("<div "),
  "image links": fill("!["),
  "I cannot": fill("i cannot "),
  "i am sorry": fill("i'm sorry "),
  "how to": fill("how to kill "),
  "quotes and error": fill('{"error'),
  "key prefix": fill("sk-"),
  urls: fill("http://"),
  "one emoji": fill("👩‍👩‍👧‍👦"),
  "zero width": fill("a\u200b"),
  "look-alikes": fill("аa"),
  "combining marks": fill("e\u0301"),
  "lone surrogates": fill("\ud800"),
  "json asked": fill("return "),
  "begin private key": fill("-----BEGIN "),
};

beforeAll(async () => {
  for (const step of FLAGS.values()) await step.prepare?.();
});

describe.each([...FLAGS])("%s", (_, step) => {
  it("gives values of the declared types for hostile rows", async () => {
    const rows: Row[] = TEXTS.flatMap((text): Row[] => [
      text,
      answer(text),
      [
        [text, text],
        ["user", text],
        ["assistant", null, { reasoning_content: text, tool_calls: text }],
        ["tool", text],
        ["assistant", text],
      ],
    ]);
    rows.push([], "", [["assistant", null]], [["user", ""]]);
    const extra = baseColumns(rows);
    const values = await flagRows(step, rows, {}, extra);
    for (const row of values) expectTypes(step, row);
    const again = await flagRows(step, [...rows].reverse(), {}, baseColumns([...rows].reverse()));
    expect(again.reverse()).toEqual(values);
  });

  it.each(Object.entries(WORST))("gets through 1 MB of %s", async (_, text) => {
    // A quadratic pattern takes 10¹² steps for this and runs into the test's time limit.
    const row: Row = [
      ["user", text],
      ["assistant", text, { reasoning_content: text }],
    ];
    expectTypes(step, await flagRow(step, row, {}, first(baseColumns([row]))));
  });
});

function baseColumns(rows: readonly Row[]): Record<string, readonly unknown[]> {
  return {
    stats_char_len: rows.map(() => 1),
    stats_approx_tokens: rows.map(() => 1),
    source_extra_json: rows.map(() => '{"expected_answer": "x", "_grounding": 3, "answer": {}}'),
    loss_mode: rows.map(() => "assistant_all"),
    meta_domain: rows.map(() => "other"),
    meta_tags: rows.map(() => []),
  };
}

function first(columns: Record<string, readonly unknown[]>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(columns).map(([name, [value]]) => [name, value]));
}

function expectTypes(step: Step, row: Record<string, unknown>): void {
  const parsed = step.writes.strict().safeParse(row);
  expect(parsed.success ? [] : parsed.error.issues).toEqual([]);
  for (const schema of Object.values(step.writes.shape))
    expect(columnType(schema)).toMatch(/^(BOOLEAN|VARCHAR|BIGINT|DOUBLE)(\[\])?$/);
}
