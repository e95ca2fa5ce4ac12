import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseRow } from "../../kernel-lib/json-text";
import { resolveAdapter } from "../../kernel-lib/normalize/adapters";
import { type BuildOptions, buildRow } from "../../kernel-lib/normalize/build-row";
import { ROW_COLUMNS } from "../../kernel-lib/row";

/** A source row as text, and all of what it becomes. `UPDATE_GOLDEN=1` writes what the code does now: read the diff. */
interface GoldenRow {
  name: string;
  adapter: string;
  split: string;
  options?: BuildOptions;
  source: string;
  expected?: { refusal: unknown; row: Record<string, unknown> };
}

const FOLDER = join(__dirname, "..", "fixtures", "normalize");
const UPDATE = process.env.UPDATE_GOLDEN === "1";

function build(golden: GoldenRow): NonNullable<GoldenRow["expected"]> {
  const place = { dataset: "made/up", subset: "default", split: golden.split };
  const { row, refusal } = buildRow(
    parseRow(golden.source),
    place,
    resolveAdapter(golden.adapter),
    golden.options,
  );
  return { refusal, row: { ...row } };
}

describe.each(readdirSync(FOLDER).filter((name) => name.endsWith(".json")))("%s", (name) => {
  const path = join(FOLDER, name);
  const rows = JSON.parse(readFileSync(path, "utf8")) as GoldenRow[];
  if (UPDATE) {
    const updated = rows.map((golden) => ({ ...golden, expected: build(golden) }));
    writeFileSync(path, `${JSON.stringify(updated, null, 2)}\n`);
  }

  it.each(rows.map((golden) => [golden.name, golden] as const))("%s", (_, golden) => {
    const built = build(golden);
    if (!UPDATE) expect(built).toEqual(golden.expected);
    const columns = Object.keys(ROW_COLUMNS).filter(
      (column) => !["row_key", "source_revision", "source_file", "source_row"].includes(column),
    );
    expect(Object.keys(built.row)).toEqual(columns);
  });
});
