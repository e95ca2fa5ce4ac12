import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { parseRow } from "../../kernel-lib/json-text";
import { ADAPTERS, resolveAdapter } from "../../kernel-lib/normalize/adapters";
import { type BuildOptions, buildRow } from "../../kernel-lib/normalize/build-row";
import { randomJson, randomSource } from "../random-json";

const PLACE = { dataset: "made/up", subset: "default", split: "train" };
const build = (source: string, adapter: string, options?: BuildOptions) =>
  buildRow(parseRow(source), PLACE, resolveAdapter(adapter), options);
const sha1 = (text: string) => createHash("sha1").update(text, "utf8").digest("hex");

const COLUMNS = [
  ..."uuid license used_in url tools messages metadata conversations problem formal_statement lean_header".split(
    " ",
  ),
  ..."text cluster_id chosen rejected instruction input output response system_prompt question query".split(
    " ",
  ),
  ..."original_question generated_solution prompt generation description source domain reasoning".split(" "),
];
const MESSAGE_KEYS =
  "role content from value name channel tool_calls tool_call_id reasoning_content functions function_calls weight";

describe("buildRow on anything", () => {
  it("never throws, keeps every column, and calls no row sound that has no text", () => {
    const random = randomSource(2024);
    const keys = MESSAGE_KEYS.split(" ");
    const roles = ["user", "assistant", "tool", "system", "human", "gpt", "environment", "narrator"];
    const value = (depth = 0): string => {
      const kind = random.below(depth > 2 ? 4 : 8);
      if (kind < 3) return randomJson(random);
      if (kind === 3)
        return JSON.stringify(random.pick(["", " ", "x", "<|end|>", "<|start|>user<|message|>", "f(a=1)"]));
      const messages = Array.from({ length: random.below(4) }, () => {
        const parts = Array.from(
          { length: random.below(5) },
          () => `${JSON.stringify(random.pick(keys))}:${value(depth + 1)}`,
        );
        parts.push(`"role":"${random.pick(roles)}","from":"${random.pick(roles)}"`);
        if (random.below(3) === 0) {
          parts.push(
            `"tool_calls":[{"id":${randomJson(random)},"function":{"name":"f","arguments":${randomJson(random)}}}]`,
          );
        }
        return `{${parts.join(",")}}`;
      });
      return `[${messages.join(",")}]`;
    };
    let sound = 0;
    for (let round = 0; round < 1_200; round++) {
      const members = Array.from(
        { length: 1 + random.below(8) },
        () => `${JSON.stringify(random.pick(COLUMNS))}:${value()}`,
      );
      members.push(`"no_place":${randomJson(random)}`);
      const source = parseRow(`{${members.join(",")}}`);
      for (const [name, adapter] of ADAPTERS) {
        const { row } = buildRow(source, PLACE, adapter);
        if (row.quality_valid_harmony) sound++;
        if (row.quality_valid_harmony && !row.text.includes("<|message|>"))
          expect.fail(`${name}: no message`);
        const reasons = row.quality_reasons.join();
        if ([...new Set(row.quality_reasons)].sort().join() !== reasons) expect.fail(`${name}: ${reasons}`);
        const extra = row.source_extra_json === null ? {} : (JSON.parse(row.source_extra_json) as object);
        const unplaced = Object.keys(extra).filter((key) => !key.startsWith("message_extras"));
        const invented = unplaced.filter((key) => !source.raw.has(key));
        if (!("no_place" in extra)) expect.fail(`${name}: a column without a place is gone`);
        if (invented.length > 0) expect.fail(`${name}: ${invented.join()}`);
      }
    }
    expect(sound).toBeGreaterThan(500);
  });

  it("takes a row nested 8,000 deep in every column", () => {
    const deep = `${'{"a":['.repeat(4_000)}1.0${"]}".repeat(4_000)}`;
    const columns = [
      "messages",
      "conversations",
      "tools",
      "metadata",
      "instruction",
      "text",
      "chosen",
      "uuid",
    ];
    const source = parseRow(`{${columns.map((column) => `"${column}":${deep}`).join(",")}}`);
    for (const [name, adapter] of ADAPTERS) {
      expect(buildRow(source, PLACE, adapter).row.id, name).toHaveLength(40);
    }
    const call = `{"messages":[{"role":"assistant","content":${deep},"tool_calls":[{"function":{"name":"f","arguments":${deep}}}]}],"tools":[{"function":{"name":"f","parameters":{"type":"object","properties":{"x":${deep}}}}}]}`;
    expect(build(call, "messages").row.quality_reasons).toContain("tool:schema_invalid");
  });

  it("gives the same row twice, whatever came between", () => {
    const source =
      '{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}], "x": 1.0}';
    const first = build(source, "messages");
    build('{"text": "c"}', "pretraining-text");
    expect(build(source, "messages")).toEqual(first);
  });
});

describe("ids", () => {
  const row = '{ "b" : 1.0, "a": "\\u00e9", "messages": [] }';

  it("is the uuid where the source has one that says something", () => {
    expect(build('{"uuid": "u-1", "messages": []}', "messages").row.id).toBe("u-1");
    for (const uuid of ['""', "null", "7"]) {
      const { id } = build(`{"uuid": ${uuid}}`, "messages").row;
      expect(id, uuid).toBe(sha1(`{"uuid":${uuid}}`));
    }
  });

  it("else hashes the canonical JSON of the row, from its own digits", () => {
    expect(build(row, "messages").row.id).toBe(sha1('{"a":"é","b":1.0,"messages":[]}'));
  });

  it("names the same problem alike, whatever its white space and Unicode form", () => {
    const problem = (text: string) =>
      build(JSON.stringify({ instruction: text, output: "x" }), "instruction-response").row.meta_problem_id;
    expect(problem(" caf\u00e9 \n\tau  lait ")).toBe(sha1("café au lait"));
    expect(problem("cafe\u0301 au lait")).toBe(sha1("café au lait"));
    expect(problem(" \n")).toBeNull();
  });
});

describe("statistics", () => {
  it("counts characters as code points and estimates tokens from UTF-8 bytes", () => {
    const { row } = build(JSON.stringify({ text: "aé🎉" }), "pretraining-text");
    expect([row.stats_char_len, row.stats_approx_tokens]).toEqual([3, 2]);
    const plain = build(JSON.stringify({ text: "12345678" }), "pretraining-text").row;
    expect([plain.stats_char_len, plain.stats_approx_tokens]).toEqual([8, 2]);
  });
});

describe("evaluation", () => {
  const evaluate = (metadata: unknown) =>
    build(JSON.stringify({ problem: "p", messages: [], metadata }), "nemotron-math").row;
  const results = (accuracy: number, count: number) => ({
    count,
    pass: Math.round(accuracy * count),
    accuracy,
  });

  it("prefers more tries among equal accuracies, then the name", () => {
    const many = evaluate({ reason_low_no_tool: results(1, 4), reason_high_no_tool: results(1, 16) });
    expect([many.meta_eval_best_setting, many.meta_pass_k, many.meta_correct_count]).toEqual([
      "reason_high_no_tool",
      16,
      16,
    ]);
    const even = evaluate({ reason_medium_no_tool: results(0.5, 8), reason_low_no_tool: results(0.5, 8) });
    expect(even.meta_eval_best_setting).toBe("reason_low_no_tool");
  });

  it("sorts conditions into levels by the start of their name", () => {
    const row = evaluate({
      reason_low_with_tool: results(0.25, 4),
      high_no_tool: results(0.5, 4),
      reason_high_with_tool: results(0.75, 4),
      reason_highest: results(1, 4),
    });
    expect(row.meta_correctness).toBe(1);
    expect(row.meta_correctness_low).toBe(0.25);
    expect(row.meta_correctness_medium).toBeNull();
    expect(row.meta_correctness_high).toBe(0.75);
    expect(row.meta_correctness_high_with_tool).toBe(0.75);
    expect(row.meta_correctness_high_no_tool).toBe(0.5);
  });
});
