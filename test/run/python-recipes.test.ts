import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { writeView } from "../../kernel-lib/run/view";
import { buildPools } from "../../kernel-lib/select/pools";
import { STANDARD_POOLS } from "../../kernel-lib/select/standard-pools";
import { ensureTestVenv } from "../../scripts/test-venv.mjs";
import { makeRun } from "../fixtures/make-run";

const { python, reason } = ensureTestVenv();
const withPython = test.skipIf(python === null);
if (python === null) console.warn(`recipes in docs/ are not run: ${reason}`);

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "corpuslab-recipes-"));
  const run = await makeRun(join(folder, "out", "demo"));
  await writeView(run);
  await buildPools([run], { out: join(run, "pools") });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The fenced Python blocks of a document. */
function blocks(document: string): string[] {
  const text = readFileSync(join(__dirname, "..", "..", "docs", document), "utf8");
  return [...text.matchAll(/^```python\n([\s\S]*?)^```$/gm)].map((match) => match[1]!);
}

/** Runs a block as it stands, then prints an expression as JSON, which is returned. */
function run(block: string, expression: string, cwd = folder): unknown {
  const file = join(folder, "recipe.py");
  writeFileSync(file, `${block}\nimport json as _json\nprint(_json.dumps(${expression}))\n`);
  const output = execFileSync(python!, [file], { cwd, encoding: "utf8" });
  return JSON.parse(output.trim().split("\n").at(-1)!);
}

const kept = Array.from({ length: 200 }, (_, i) => i).filter((i) => i % 5 !== 4 && (i % 9) / 8 >= 0.875);

withPython("the Polars recipe is ten lines and joins rows with every sidecar", () => {
  const [polars] = blocks("polars.md");
  expect(polars!.trimEnd().split("\n")).toHaveLength(10);
  expect(
    run(
      polars!,
      "[sorted(kept.collect()['source_row'].to_list()), kept.collect()['stats_char_len_length.v1'].sum()," +
        " rows.select('quality_is_duplicate', 'too_short').collect().sum().row(0), rows.collect().height]",
    ),
  ).toEqual([kept, kept.reduce((sum, i) => sum + i, 0), [20, 20], 200]);
});

withPython("view.sql joins rows with every sidecar in Python's DuckDB, from anywhere", () => {
  const [, duckdb] = blocks("polars.md");
  const sum =
    "[sorted(r[0] for r in duckdb.sql('select source_row from kept').fetchall())," +
    " duckdb.sql('select count(*), count_if(quality_is_duplicate), count_if(too_short) from rows').fetchall()[0]," +
    " duckdb.sql('select sum(rows_in - rows_out) from ledger').fetchall()[0][0]," +
    " duckdb.sql('select reason from decisions').fetchall()]";
  const expected = [kept, [200, 20, 20], 2, [["empty_completion"]]];
  expect(run(duckdb!, sum)).toEqual(expected);
  const here = `import duckdb\nduckdb.sql(open("view.sql").read())\nkept = duckdb.sql("from rows where meta_correctness >= 0.875")`;
  expect(run(here, sum, join(folder, "out", "demo"))).toEqual(expected);
});

withPython("the pools recipe reads a pool", () => {
  const [pools] = blocks("pools.md");
  expect(run(pools!, "[verified.height, verified.columns, len(pools)]")).toEqual([
    Array.from({ length: 200 }, (_, i) => i).filter((i) => i % 5 !== 4 && i % 9 >= 1).length,
    ["id", "text", "loss_mode"],
    13,
  ]);
});

test("docs/pools.md states each standard pool as it is built", () => {
  const text = readFileSync(join(__dirname, "..", "..", "docs", "pools.md"), "utf8");
  for (const { name, predicate, words } of STANDARD_POOLS)
    expect(text).toContain(`| \`${name}\` | \`${predicate}\` | ${words} |`);
});
