import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { runPipeline } from "../../kernel-lib/pipeline/run-pipeline";
import { open } from "../../kernel-lib/table/open";
import { makeRun } from "../fixtures/make-run";
import { writePipeline, writeStep } from "../fixtures/write-step";
import { hashes, temporaryFolder } from "../run/run-cli";

const folder = temporaryFolder();
const pipelines = join(folder, "pipelines");
const input = join(folder, "base");
const ROWS = 3000;
const SPLIT: readonly (readonly [string, string, string])[] = [["default", "train", "train"]];

beforeAll(async () => {
  await makeRun(input, { rows: ROWS, splits: SPLIT });
  await writeStep(pipelines, "wide", "(row) => ({ width: row.stats_approx_tokens / 100 })", {
    kind: "flag",
    reads: { stats_approx_tokens: "number" },
    writes: { width: "number" },
  });
  await writeStep(pipelines, "narrow", "", {
    form: "sql",
    reads: { width: "number", too_short: "boolean" },
    values: { most: 2000 },
    files: { "step.sql": "width < $most and not too_short" },
  });
  await writeStep(pipelines, "correct", "", {
    form: "sql",
    reads: { meta_correctness: { type: ["number", "null"] } },
    nulls: { meta_correctness: "drop" },
    files: { "step.sql": "meta_correctness >= 0.5" },
  });
  await writeStep(pipelines, "undecided", "", {
    form: "sql",
    reads: { meta_correctness: { type: ["number", "null"] } },
    files: { "step.sql": "meta_correctness >= 0.5" },
  });
  await writeStep(pipelines, "guarded", "", {
    form: "sql",
    reads: { width: "number" },
    // Fails on rows that the step before it dropped.
    files: {
      "step.sql": "case when width >= 2000 then error('asked about a row that is out') else true end",
    },
  });
  await writeStep(pipelines, "keep_two", "", {
    form: "group",
    reads: { source_row: "number", meta_difficulty_bin: { type: ["string", "null"] } },
    nulls: { meta_difficulty_bin: "keep" },
    group: {
      by: ["meta_difficulty_bin", "meta_domain"],
      keep: 2,
      order: [{ column: "source_row", descending: true }],
    },
  });
  writePipeline(pipelines, "narrowed", ["wide@1", "narrow@1", "guarded@1", "correct@1"]);
  writePipeline(pipelines, "groups", ["correct@1", "keep_two@1"]);
  writePipeline(pipelines, "threw", ["undecided@1"]);
});

let runs = 0;
function runInto(name: string, options: Partial<Parameters<typeof runPipeline>[1]> = {}) {
  const out = join(folder, `out-${++runs}`);
  return runPipeline(join(pipelines, `${name}.json`), { input, out, workers: 2, partRows: 1200, ...options });
}

const numbers = Array.from({ length: ROWS }, (_, n) => n);
const isCorrect = (n: number) => n % 5 !== 4 && (n % 9) / 8 >= 0.5;

describe("predicates", () => {
  it("are decided by DuckDB, over flags of the same pipeline too, and only over rows that are still in", async () => {
    const run = await runInto("narrowed");
    const rows = await (await run.rows()).select(["source_row", "width"]).toArray();
    const expected = numbers.filter((n) => n >= 20 && n < 2000 && isCorrect(n));
    expect(rows.map(({ source_row }) => source_row)).toEqual(expected);
    expect(
      run.ledger.splits.map(({ stage, rows_in, rows_out, rejected }) => [stage, rows_in, rows_out, rejected]),
    ).toEqual([
      ["wide@1", 3000, 3000, {}],
      ["narrow@1", 3000, 1980, { narrow: 1020 }],
      ["guarded@1", 1980, 1980, {}],
      [
        "correct@1",
        1980,
        expected.length,
        {
          correct: numbers.filter((n) => n >= 20 && n < 2000 && n % 5 !== 4 && !isCorrect(n)).length,
          meta_correctness_missing: 396,
        },
      ],
    ]);
  });

  it("send a row that they cannot decide into quarantine, by its key", async () => {
    const run = await runInto("threw", { maxErrors: 600 });
    expect(run.ledger.totals.quarantined).toEqual({ error: 600 });
    const quarantine = join(run.out, "quarantine");
    const lines = readdirSync(quarantine)
      .sort()
      .flatMap((name) => readFileSync(join(quarantine, name), "utf8").trimEnd().split("\n"))
      .map((line) => JSON.parse(line));
    expect(lines.map(({ row_key }) => Number(row_key.split("#")[1]))).toEqual(
      numbers.filter((n) => n % 5 === 4),
    );
    expect(lines[0]).toMatchObject({
      step: "undecided",
      version: 1,
      message: expect.stringContaining("a value is missing"),
    });
    const all = await open(run.out, { dropped: true });
    expect(
      await all.filter("source_row = 4").select(["kept", "dropped_by", "drop_reason"]).toArray(),
    ).toEqual([{ kept: false, dropped_by: "undecided@1", drop_reason: "error" }]);
    // With two workers the part that is done first tells its first row.
    await expect(runInto("threw", { maxErrors: 10, workers: 1 })).rejects.toThrow(
      /more than the 10 that --max-errors allows; the first: step undecided@1: row .*#4: a value is missing/,
    );
  });
});

describe("rules over groups", () => {
  it("keep the first rows of each group of all that reached them, and write the same bytes with any workers", async () => {
    const run = await runInto("groups");
    const rows = await (await run.rows()).select(["source_row"]).toArray();
    const correct = numbers.filter(isCorrect);
    const high = correct.filter((n) => n % 4 === 0).slice(-2); // all of them are math
    expect(rows.map(({ source_row }) => source_row)).toEqual(
      correct.filter((n) => n % 4 !== 0 || high.includes(n)),
    );
    expect(run.ledger.splits.at(-1)).toMatchObject({
      stage: "keep_two@1",
      rows_in: correct.length,
      rows_out: rows.length,
    });
    expect(hashes((await runInto("groups", { workers: 1 })).out)).toEqual(hashes(run.out));
  });
});
