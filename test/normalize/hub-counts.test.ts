import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ColumnCache, parseRow, RowSyntaxError } from "../../kernel-lib/json-text";
import { resolveAdapter } from "../../kernel-lib/normalize/adapters";
import { buildRow, type PlacelessRow } from "../../kernel-lib/normalize/build-row";
import { describedAdapter, loadDescriptions } from "../../kernel-lib/normalize/description";
import { TOOL_SCHEMA_PROBLEMS } from "../../kernel-lib/normalize/tools";
import { readRows } from "../../kernel-lib/source/read-rows";
import { resolveSource } from "../../kernel-lib/source/resolve";

/** A folder of repositories laid out as on the Hub, with EXPECTED.json that says what is in them. */
const HUB = process.env.CORPUSLAB_HUB_DIR ?? join(__dirname, "..", "..", "..", "shared", "hub");
const EXPECTED_FILE = join(HUB, "EXPECTED.json");
const isThere = existsSync(EXPECTED_FILE);
if (!isThere) {
  console.warn(`SKIPPED: counts over a hub folder, ${EXPECTED_FILE} is not there (set CORPUSLAB_HUB_DIR)`);
}

interface ExpectedSplit {
  config: string;
  split: string;
  files: string[];
  rows: number;
  measured: {
    rows_with_correctness_metadata: number;
    empty_completion_rows?: number;
    rows_with_non_string_content?: number;
    tool_problem_rows?: { rows: number; by_kind: Record<string, number> };
  };
}

const repos = isThere
  ? (JSON.parse(readFileSync(EXPECTED_FILE, "utf8")) as { repos: Record<string, { splits: object }> }).repos
  : {};

/** Every row of the split that can be read, as it is written. */
async function buildSplit(dataset: string, expected: ExpectedSplit): Promise<PlacelessRow[]> {
  const source = await resolveSource(dataset, { hubDir: HUB });
  const description = loadDescriptions([join(__dirname, "..", "..", "datasets")]).get(dataset)!;
  const caches = new Map([["tools", new ColumnCache()]]);
  const place = { dataset, subset: expected.config, split: expected.split };
  const adapter = resolveAdapter(describedAdapter(description, expected.config, expected.split));
  const files = source.splits.flatMap((split) => split.files);
  const rows: PlacelessRow[] = [];
  for (const name of expected.files) {
    const file = files.find((candidate) => candidate.name === name);
    if (!file) throw new Error(`${dataset}: no file ${name} among ${files.map((f) => f.name).join(", ")}`);
    for await (const batch of readRows(file)) {
      for (const { text } of batch.rows) {
        try {
          rows.push(buildRow(parseRow(text, { caches }), place, adapter).row);
        } catch (error) {
          if (!(error instanceof RowSyntaxError)) throw error;
        }
      }
    }
  }
  return rows;
}

const tagged = (rows: readonly PlacelessRow[], reason: string) =>
  rows.filter((row) => row.quality_reasons.includes(reason)).length;

describe.skipIf(!isThere).each(Object.entries(repos))("%s", (dataset, { splits }) => {
  it.each(Object.entries(splits as Record<string, ExpectedSplit>))(
    "%s",
    { timeout: 120_000 },
    async (_, expected) => {
      const { measured } = expected;
      const rows = await buildSplit(dataset, expected);
      const empty =
        dataset === "nvidia/Nemotron-Math-Proofs-v1"
          ? tagged(rows, "empty_formal_statement") // counted there by formal_statement, messages or not
          : rows.filter((row) => !row.quality_completion_nonempty).length;
      const kinds = TOOL_SCHEMA_PROBLEMS.map((kind) => [kind, tagged(rows, `tool:${kind}`)] as const);
      const found = {
        rows: rows.length,
        rows_with_correctness_metadata: rows.filter((row) => row.meta_correctness !== null).length,
        ...(measured.empty_completion_rows === undefined ? {} : { empty_completion_rows: empty }),
        ...(measured.rows_with_non_string_content === undefined
          ? {}
          : { rows_with_non_string_content: tagged(rows, "nonstring_content") }),
        ...(measured.tool_problem_rows === undefined
          ? {}
          : {
              tool_problem_rows: {
                rows: rows.filter((row) => !row.quality_valid_tool_schema).length,
                by_kind: Object.fromEntries(kinds.filter(([, count]) => count > 0)),
              },
            }),
      };
      const wanted = { rows: expected.rows, ...measured } as Record<string, unknown>;
      expect(found).toEqual(Object.fromEntries(Object.keys(found).map((key) => [key, wanted[key]])));
    },
  );
});

describe.runIf(!isThere)("without a hub folder", () => {
  it.skip(`counts are not compared: ${EXPECTED_FILE} is not there`, () => undefined);
});
