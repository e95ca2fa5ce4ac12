import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { coverageWith } from "../../kernel-lib/inventory/adapter-coverage";
import type { CoverageField } from "../../kernel-lib/inventory/coverage";
import { COVERAGE_FIELDS } from "../../kernel-lib/inventory/coverage";
import type { SourceRow } from "../../kernel-lib/json-text";
import { parseRow } from "../../kernel-lib/json-text";
import { resolveAdapter } from "../../kernel-lib/normalize/adapters";
import { buildRow } from "../../kernel-lib/normalize/build-row";
import { describedAdapter, loadDescriptions } from "../../kernel-lib/normalize/description";
import { readRows } from "../../kernel-lib/source/read-rows";
import { resolveSource } from "../../kernel-lib/source/resolve";
import { mathRow } from "./made-source";

const place = { dataset: "test/made", subset: "default", split: "high" };

/** Fields that normalization really fills, from the canonical row itself. */
function filled(row: SourceRow, reference: string, at = place): CoverageField[] {
  const site = { ...at, revision: "local", file: "f.jsonl", row: 0 };
  const built = buildRow(row, site, resolveAdapter(reference)).row;
  return COVERAGE_FIELDS.filter((field) => {
    const value = built[field];
    return value !== null && !(field === "meta_tags" && (value as string[]).length === 0);
  });
}

function covered(row: SourceRow, reference: string, at = place): CoverageField[] {
  const fields = new Set(coverageWith(resolveAdapter(reference))(row, at)!.fields);
  return COVERAGE_FIELDS.filter((field) => fields.has(field));
}

const tools = [{ type: "function", function: { name: "f", parameters: { type: "object", properties: {} } } }];
const rows: [string, object][] = [
  ["nemotron-math", mathRow(3)],
  [
    "nemotron-math",
    mathRow(3, { metadata: null, tools, url: "u", used_in: ["a"], changed_answer_to_majority: false }),
  ],
  [
    "nemotron-math",
    mathRow(3, { metadata: { reason_low: { count: 0, accuracy: 0.5 } }, license: 5, tools: [] }),
  ],
  ["messages", { messages: null, uuid: null, capability_target: "tool_use", reasoning: "on" }],
  ["messages", { messages: [{ role: "assistant", content: "no user here" }], tools: JSON.stringify(tools) }],
  ["instruction-response", { instruction: "", output: "x" }],
  ["metamath", { query: "q", response: "r", type: "t", original_question: "o" }],
  ["pretraining-text", { text: "plain", cluster_id: "7" }],
];

describe("coverageWith", () => {
  it.each(rows)("%s: names the fields that normalization fills %#", (reference, value) => {
    const row = parseRow(JSON.stringify(value));
    expect(covered(row, reference)).toEqual(filled(row, reference));
  });

  it("counts the bytes of all bodies, and tells tools", () => {
    const row = parseRow(JSON.stringify(mathRow(1, { tools })));
    const found = coverageWith(resolveAdapter("nemotron-math"))(row, place)!;
    const bytes = "What is 1 + 1?".length + "It is 2.".length + "Add them.".length;
    expect([found.tokens, found.tools, found.domain]).toEqual([Math.ceil(bytes / 4), true, "math"]);
  });

  const hubDir = process.env.CORPUSLAB_HUB_DIR ?? resolve(__dirname, "../../../shared/hub");
  const present = existsSync(hubDir);
  if (!present)
    console.warn(`SKIPPED: no ${hubDir}; set CORPUSLAB_HUB_DIR to compare coverage on the stand-ins`);
  it.skipIf(!present)("agrees with normalization on the first rows of every stand-in split", async () => {
    let compared = 0;
    for (const [dataset, description] of loadDescriptions()) {
      if (!existsSync(resolve(hubDir, dataset))) continue;
      for (const { subset, split, files } of (await resolveSource(dataset, { hubDir })).splits) {
        const reference = describedAdapter(description, subset, split);
        for await (const batch of readRows(files[0]!)) {
          for (const { text } of batch.rows.slice(0, 200)) {
            let row: SourceRow;
            try {
              row = parseRow(text);
            } catch {
              continue;
            }
            const at = { dataset, subset, split };
            expect([dataset, covered(row, reference, at)]).toEqual([dataset, filled(row, reference, at)]);
            compared++;
          }
          break;
        }
      }
    }
    expect(compared).toBeGreaterThan(3000);
  });
});
