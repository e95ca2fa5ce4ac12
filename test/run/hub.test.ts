/** The whole job over the stand-in datasets, held against what is known to be in them. */
import { existsSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { Db, quoteText } from "../../kernel-lib/db";
import { imbalance, type Ledger } from "../../kernel-lib/run/ledger";
import { cli, readJson, temporaryFolder } from "./run-cli";

const HUB = process.env.CORPUSLAB_HUB_DIR ?? resolve(__dirname, "../../../shared/hub");
const present = existsSync(join(HUB, "EXPECTED.json"));
if (!present)
  console.warn(`SKIPPED: no ${HUB}/EXPECTED.json; set CORPUSLAB_HUB_DIR to run the job on the stand-ins`);

interface ExpectedSplit {
  readonly config: string;
  readonly split: string;
  readonly files: readonly string[];
  readonly rows: number;
  readonly malformed_json_lines: {
    readonly count: number;
    readonly lines: readonly { readonly line: number }[];
  };
  readonly injected: Record<
    string,
    { readonly items: readonly { readonly pair: readonly [number, number] }[] } | undefined
  >;
  readonly measured: {
    readonly empty_completion_rows?: number;
    readonly tool_problem_rows?: { readonly rows: number };
  };
}

interface Expected {
  readonly totals: { readonly rows: number; readonly malformed_json_lines: number };
  readonly repos: Record<string, { readonly splits: Record<string, ExpectedSplit> }>;
}

describe.skipIf(!present)("the main job on eighteen datasets", () => {
  const out = join(temporaryFolder(), "run");
  let expected: Expected;
  let db: Db;
  let splits: { dataset: string; files: readonly string[]; expected: ExpectedSplit }[];

  beforeAll(async () => {
    expected = readJson<Expected>(HUB, "EXPECTED.json");
    splits = Object.entries(expected.repos).flatMap(([dataset, repo]) =>
      Object.values(repo.splits).map((split) => ({ dataset, files: split.files, expected: split })),
    );
    const datasets = readdirSync(HUB, { withFileTypes: true })
      .filter((owner) => owner.isDirectory())
      .flatMap((owner) => readdirSync(join(HUB, owner.name)).map((name) => `${owner.name}/${name}`));
    expect(datasets.length).toBe(18);
    const result = cli(["normalize", ...datasets, "--hub-dir", HUB, "--out", out, "--workers", "2"]);
    expect(result.stderr).not.toContain("corpuslab:");
    expect(result.code).toBe(0);
    db = await Db.open();
    const marks = quoteText(`${out}/flags/exact_duplicate.v1/**/*.parquet`);
    await db.run(`
      CREATE TABLE rows AS
      SELECT r.*, m.quality_is_duplicate, m.quality_duplicate_of,
        row_number() OVER (PARTITION BY r.dataset, r.source_file ORDER BY r.source_row) - 1 AS in_file
      FROM (SELECT row_key, dataset, subset, split, source_file, source_row, text_id, quality_completion_nonempty, quality_reasons,
              quality_valid_tool_schema FROM read_parquet(${quoteText(`${out}/rows/**/*.parquet`)})) r
      JOIN read_parquet(${marks}) m USING (row_key)`);
  }, 300_000);

  it("accounts for every row", () => {
    const ledger = readJson<Ledger>(out, "ledger.json");
    expect(ledger.splits.map(imbalance).filter((n) => n !== 0)).toEqual([]);
    expect(ledger.totals.rows_out).toBe(expected.totals.rows);
    expect(ledger.totals.rows_in).toBe(expected.totals.rows + expected.totals.malformed_json_lines);
    expect(ledger.totals.rejected).toEqual({});
  });

  // Four Lean rows have a blank statement but a conversation that says something: their completion is not empty,
  // and they are tagged instead.
  it("keeps as many rows of each file group, with as many empty completions and malformed tool schemas", async () => {
    for (const { dataset, files, expected: split } of splits) {
      const found = await db.one(
        `SELECT count(*) AS rows, count(*) FILTER (NOT quality_completion_nonempty OR list_contains(quality_reasons, 'empty_formal_statement')) AS empty,
                count(*) FILTER (NOT quality_valid_tool_schema) AS tools
         FROM rows WHERE dataset = ? AND source_file IN (SELECT unnest(?::VARCHAR::JSON::VARCHAR[]))`,
        [dataset, JSON.stringify(files)],
      );
      expect({ dataset, files, ...found }).toEqual({
        dataset,
        files,
        rows: split.rows,
        // Rendered texts have no measured count; their own test holds the planted ones.
        empty: split.measured.empty_completion_rows ?? found.empty,
        tools: split.measured.tool_problem_rows?.rows ?? 0,
      });
    }
  });

  it("finds every planted exact duplicate", async () => {
    let pairs = 0;
    for (const { dataset, files, expected: split } of splits) {
      const keys = await db.all<{ text_id: string; quality_is_duplicate: boolean }>(
        `SELECT text_id, quality_is_duplicate FROM rows
         WHERE dataset = ? AND source_file IN (SELECT unnest(?::VARCHAR::JSON::VARCHAR[])) ORDER BY source_file, source_row`,
        [dataset, JSON.stringify(files)],
      );
      for (const kind of ["exact_dup_identical_row", "exact_dup_new_id"]) {
        for (const { pair } of split.injected[kind]?.items ?? []) {
          const [a, b] = [keys[pair[0]]!, keys[pair[1]]!];
          expect([dataset, kind, pair, a.text_id]).toEqual([dataset, kind, pair, b.text_id]);
          expect([dataset, pair, a.quality_is_duplicate || b.quality_is_duplicate]).toEqual([
            dataset,
            pair,
            true,
          ]);
          pairs++;
        }
      }
    }
    expect(pairs).toBeGreaterThan(400);
  });

  it("never marks a row whose text stands nowhere else", async () => {
    const wrong = await db.all(
      `SELECT d.row_key FROM rows d JOIN rows k ON d.quality_duplicate_of = k.row_key
       WHERE d.quality_is_duplicate AND (d.text_id <> k.text_id OR k.quality_is_duplicate)`,
    );
    expect(wrong).toEqual([]);
  });
});
