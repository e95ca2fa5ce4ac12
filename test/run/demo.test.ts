/** The whole job over the demo dataset: every planted flaw is found where it was planted, on every machine. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Db, quoteText } from "../../kernel-lib/db";
import { generateDemo } from "../../kernel-lib/demo/generate-demo";
import { listFiles } from "../../kernel-lib/engine/commit";
import { imbalance, type Ledger } from "../../kernel-lib/run/ledger";
import { cli, readJson, temporaryFolder } from "./run-cli";

interface Items {
  readonly items: readonly {
    readonly row: number;
    readonly pair?: readonly [number, number];
    readonly form?: string;
  }[];
}

interface ExpectedSplit {
  readonly files: readonly { readonly name: string; readonly first_row: number; readonly lines: number }[];
  readonly rows: number;
  readonly physical_lines: number;
  readonly malformed_json_lines: { readonly lines: readonly { readonly line: number }[] };
  readonly planted: Record<string, Items | undefined>;
  readonly measured: {
    readonly empty_completion_rows: number;
    readonly rows_with_correctness_metadata: number;
  };
}

interface Found extends Record<string, unknown> {
  readonly split: string;
  readonly row: number;
  readonly text_id: string;
  readonly valid: boolean;
  readonly nonempty: boolean;
  readonly tools: boolean;
  readonly duplicate: boolean;
}

const folder = temporaryFolder();
const out = join(folder, "run");
let splits: [string, ExpectedSplit][];
/** `split row` → the canonical row; a refused row is in `refused`. */
const rows = new Map<string, Found>();
const refused = new Map<string, string>();
let db: Db;

function planted(kind: string): [string, Items["items"][number]][] {
  return splits.flatMap(([name, split]) =>
    (split.planted[kind]?.items ?? []).map((item): [string, Items["items"][number]] => [name, item]),
  );
}

beforeAll(async () => {
  const hub = join(folder, "hub");
  await generateDemo(hub, { rows: 2000, seed: 7 });
  splits = Object.entries(
    readJson<{ splits: Record<string, ExpectedSplit> }>(hub, "corpuslab", "demo.expected.json").splits,
  );
  const result = cli(["normalize", "corpuslab/demo", "--hub-dir", hub, "--out", out]);
  expect(result.stderr).not.toContain("corpuslab:");
  expect(result.code).toBe(0);
  db = await Db.open();
  const offsets = splits.flatMap(([, { files }]) => files);
  const place = (file: string, row: number) =>
    row + (offsets.find(({ name }) => name === file)?.first_row ?? Number.NaN);
  const found = await db.all<Found & { file: string; source_row: number }>(`
    SELECT split, source_file AS file, source_row, text_id, quality_valid_harmony AS valid,
      quality_completion_nonempty AS nonempty, quality_valid_tool_schema AS tools,
      quality_is_duplicate AS duplicate
    FROM read_parquet(${quoteText(`${out}/rows/**/*.parquet`)})
    JOIN read_parquet(${quoteText(`${out}/flags/exact_duplicate.v1/**/*.parquet`)}) USING (row_key)`);
  for (const row of found) rows.set(`${row.split} ${place(row.file, row.source_row)}`, row);
  const gone = await db.all<{ split: string; file: string; source_row: number; reason: string }>(
    `SELECT split, source_file AS file, source_row, reject_reason AS reason
     FROM read_parquet(${quoteText(`${out}/rejected/**/*.parquet`)})`,
  );
  for (const row of gone) refused.set(`${row.split} ${place(row.file, row.source_row)}`, row.reason);
}, 120_000);
afterAll(() => db.close());

describe("the job over the demo dataset", () => {
  it("balances, and keeps each line as a row, a refusal or in quarantine", () => {
    const ledger = readJson<Ledger>(out, "ledger.json");
    expect(ledger.splits.map(imbalance).filter((n) => n !== 0)).toEqual([]);
    expect(ledger.splits.map(({ split, rows_in }) => [split, rows_in]).sort()).toEqual(
      splits.map(([name, { physical_lines }]) => [name, physical_lines]).sort(),
    );
    expect(rows.size + refused.size).toBe(splits.reduce((sum, [, split]) => sum + split.rows, 0));
  });

  it("quarantines exactly the malformed lines", () => {
    const places = listFiles(join(out, "quarantine")).flatMap((name) =>
      readFileSync(join(out, "quarantine", name), "utf8")
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as { split: string; file: string; row: number })
        .map(({ split, file, row }) => {
          const part = splits.find(([name]) => name === split)![1].files.find((f) => f.name === file)!;
          return `${split} ${row + part.first_row}`;
        }),
    );
    const expected = splits.flatMap(([name, split]) =>
      split.malformed_json_lines.lines.map(({ line }) => `${name} ${line}`),
    );
    expect(expected.length).toBeGreaterThan(20);
    expect(places.sort()).toEqual(expected.sort());
  });

  it("refuses rows with a Harmony special in a body, and no others", () => {
    const expected = planted("special_in_body").map(([split, { row }]) => `${split} ${row}`);
    expect(expected.length).toBeGreaterThan(5);
    expect([...refused].sort()).toEqual(expected.map((key) => [key, "special_in_body"]).sort());
  });

  it("flags malformed tool schemas and calls, and no other row", () => {
    const expected = planted("malformed_tool_schema").map(([split, { row }]) => `${split} ${row}`);
    const found = [...rows].filter(([, row]) => !row.tools).map(([key]) => key);
    expect(expected.length).toBeGreaterThan(10);
    expect(found.sort()).toEqual(expected.sort());
  });

  it("flags defective Harmony texts", () => {
    const found = planted("defective_harmony").map(([split, { row, form }]) => [
      form,
      rows.get(`${split} ${row}`)?.valid,
    ]);
    expect(found.length).toBeGreaterThan(5);
    expect(found.filter(([, valid]) => valid !== false)).toEqual([]);
  });

  it("finds as many empty completions in each split", () => {
    const defective = new Set(planted("defective_harmony").map(([split, { row }]) => `${split} ${row}`));
    for (const [name, { measured }] of splits) {
      const mine = [...rows].filter(([key, row]) => row.split === name && !defective.has(key));
      const empty = mine.filter(([, row]) => !row.nonempty).length;
      expect([name, empty]).toEqual([name, measured.empty_completion_rows]);
    }
  });

  it("finds every planted exact duplicate, of each pair all but one", () => {
    const pairs = [...planted("exact_dup_identical_row"), ...planted("exact_dup_new_id")];
    expect(pairs.length).toBeGreaterThan(20);
    for (const [split, { pair }] of pairs) {
      const [a, b] = pair!.map((row) => rows.get(`${split} ${row}`));
      expect([split, pair, a?.text_id]).toEqual([split, pair, b?.text_id]);
      expect([split, pair, a?.duplicate || b?.duplicate]).toEqual([split, pair, true]);
    }
  });
});
