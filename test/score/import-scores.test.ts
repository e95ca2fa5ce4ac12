/** Scores that a job elsewhere wrote: joined, checked, counted, and nothing lost. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { Db, quoteText } from "../../kernel-lib/db";
import { listFiles } from "../../kernel-lib/engine/commit";
import { InputError } from "../../kernel-lib/errors";
import { importScores } from "../../kernel-lib/score/import-scores";
import { percentileWithinSplit } from "../../kernel-lib/score/percentile";
import { quoteNumbers } from "../../kernel-lib/score/score-file";
import { compareScores, listScores, useScores } from "../../kernel-lib/score/scores";
import { buildPools } from "../../kernel-lib/select/pools";
import { open } from "../../kernel-lib/table/open";
import { makeRun } from "../fixtures/make-run";
import { readJson, temporaryFolder } from "../run/run-cli";

const ROWS = 120;
const folder = temporaryFolder();
const run = join(folder, "run [1]");
const path = (name: string) => join(folder, name);

beforeAll(async () => {
  mkdirSync(folder, { recursive: true });
  await makeRun(run, { rows: ROWS });
});

interface Line extends Record<string, unknown> {
  readonly id?: string | null;
}

/** What a job would write about row `i`. */
const line = (i: number, more: Record<string, unknown> = {}): Line => ({
  id: `id-${i}`,
  ...{ model: "acme/Student-7B", template: "harmony-1", loss_mode: "assistant_all", include_stop: false },
  ...{ max_length: 4096, truncated: i % 50 === 0 },
  ...{ nll_sum: ((i % 13) + 1) * (i + 1), nll_mean: (i % 13) + 1, completion_token_count: i + 1 },
  ...more,
});
const jsonl = (name: string, lines: readonly unknown[]) => {
  writeFileSync(
    path(name),
    lines.map((one) => `${typeof one === "string" ? one : JSON.stringify(one)}\n`).join(""),
  );
  return path(name);
};
const all = Array.from({ length: ROWS }, (_, i) => line(i));

/** Rows of the run by the number that makeRun gave them. */
const rowsOf = async () =>
  (await (await open(run)).toArray()).sort((a, b) => (a.source_row as number) - (b.source_row as number));

async function parquet(name: string, from: string): Promise<string> {
  const db = await Db.open({ threads: 1 });
  await db.run(`copy (${from}) to ${quoteText(path(name))} (format parquet)`);
  db.close();
  return path(name);
}

describe("importScores", () => {
  it("puts a line beside each row, in the layout of every sidecar", async () => {
    const lines = all.map((one, i) =>
      i === 7 ? { ...one, nll_mean: null, nll_sum: null, reason: "oom" } : one,
    );
    const made = await importScores(run, jsonl("first.jsonl", lines.toReversed()));
    expect(made).toMatchObject({
      ...{ name: "student-7b", model: "acme/Student-7B" },
      counts: { rows: ROWS, scored: ROWS - 1, unscored: { oom: 1 }, truncated: 3 },
      report: { key: "id", lines: ROWS, used: ROWS, notUsed: {}, rowsMatched: ROWS },
    });
    expect(readJson(join(made.folder, "score.json"))).toMatchObject({
      ...{
        format: "corpuslab.scores",
        version: 1,
        model: "acme/Student-7B",
        digest: null,
        rows: ROWS,
        scored: ROWS - 1,
      },
      imported: { file: "first.jsonl", key: "id", lines: ROWS },
    });
    const table = await open(run);
    const rows = await rowsOf();
    const shards = (name: string) => listFiles(join(run, name)).filter((file) => file.endsWith(".parquet"));
    expect(shards("scores/student-7b.v1")).toEqual(shards("rows"));
    expect(rows[8]).toMatchObject({
      ...{
        nll_mean: 9,
        nll_sum: 81,
        completion_token_count: 9,
        ppl: Math.exp(9),
        truncated: false,
        max_length: 4096,
      },
      ...{
        score_model: "acme/Student-7B",
        score_template: "harmony-1",
        score_loss_mode: "assistant_all",
        include_stop: false,
      },
      ...{ score_reason: null, id: "id-8" },
    });
    expect(rows[7]).toMatchObject({
      nll_mean: null,
      ppl: null,
      percentile_within_split: null,
      score_reason: "oom",
    });
    const again = await percentileWithinSplit(table, { as: "again" })
      .sql("select count(*) filter (again is distinct from percentile_within_split) as n from this")
      .toArray();
    expect(again).toEqual([{ n: 0 }]);
    const pools = await buildPools([run], {
      out: path("pools"),
      pools: { easy: "percentile_within_split <= 30" },
    });
    expect(pools.pools.find(({ name }) => name === "easy")!.rows).toBe(
      rows.filter(
        (row) => row.percentile_within_split !== null && (row.percentile_within_split as number) <= 30,
      ).length,
    );
    expect(readFileSync(join(run, "view.sql"), "utf8")).toContain("scores/student-7b.v1/**/*.parquet");
  });

  it("keeps and counts what it could not use", async () => {
    const lines: unknown[] = [
      ...all.slice(0, 100),
      line(3), // says the same again
      line(4, { nll_mean: 9.5, nll_sum: 47.5 }), // contradicts
      line(0, { id: "nobody" }),
      line(0, { id: null }),
      "{broken",
      line(5, { nll_mean: null, nll_sum: null, reason: "oom" }), // the score of the first attempt counts
    ];
    const numbers = [
      [10, { nll_mean: Number.NaN, nll_sum: Number.NaN }, "not_finite"],
      [11, { nll_mean: null, nll_sum: Number.POSITIVE_INFINITY }, "not_finite"],
      [12, { nll_mean: -3, nll_sum: -39 }, "negative_nll"],
      [13, { nll_mean: 99 }, "mean_is_not_sum_over_tokens"],
      [14, { completion_token_count: 0, nll_sum: 0, nll_mean: null }, "no_scorable_token"],
      [15, { completion_token_count: null }, "no_token_count"],
      [16, { nll_sum: "many" }, "not_a_number"],
      [17, { nll_sum: null, nll_mean: null }, "no_score_given"],
    ] as const;
    for (const [i, change] of numbers) lines[i] = line(i, change);
    // As Python's json.dumps writes them.
    const python = lines.map((one) =>
      typeof one === "string"
        ? one
        : JSON.stringify(one, (_, value) =>
            typeof value === "number" && !Number.isFinite(value) ? `@${value}@` : value,
          ).replace(/"@(.*?)@"/g, "$1"),
    );
    const made = await importScores(run, jsonl("second.jsonl", python), { as: "second", use: false });
    expect(made.report).toMatchObject({
      lines: lines.length,
      notUsed: { contradictory_scores: 2, repeats_another_line: 2, no_such_row: 1, no_key: 1, unreadable: 1 },
      examples: { contradictory_scores: "id-4", no_such_row: "nobody" },
    });
    expect(made.counts.unscored).toEqual({
      ...Object.fromEntries(numbers.map(([, , why]) => [why, 1])),
      ...{ not_finite: 2, contradictory_scores: 1, not_in_file: 20 },
    });
    const kept = readFileSync(join(made.folder, "not-used.jsonl"), "utf8")
      .trim()
      .split("\n")
      .map((one) => JSON.parse(one));
    expect(kept).toHaveLength(7);
    expect(kept.find(({ id }) => id === "nobody")).toMatchObject({
      not_used: "no_such_row",
      line: 103,
      nll_mean: 1,
    });
    const rows = await rowsOf();
    expect(rows[5]).toMatchObject({ nll_mean_second: 6, score_reason_second: null, nll_mean: 6 });
    for (const [i, , why] of numbers)
      expect(rows[i]).toMatchObject({ nll_mean_second: null, score_reason_second: why });
    expect(String(made)).toContain("contradict another line");
  });

  it("joins by text_id, and refuses a score of another text", async () => {
    const sql = `select id, sha1(i::varchar) as text_id, i as completion_token_count, i * 1.5::float as nll_sum
      from (select unnest(range(1, ${ROWS + 1})) as i) t, lateral (select 'id-' || i as id)`;
    const settings = { model: "m", lossMode: "row", includeStop: true } as const;
    const byText = await importScores(run, await parquet("by-text.parquet", sql), {
      ...settings,
      as: "by-text",
      use: false,
    });
    expect(byText).toMatchObject({
      report: { key: "text_id", used: ROWS - 1, notUsed: { no_such_row: 1 } },
      counts: { scored: ROWS - 1, unscored: { not_in_file: 1 } },
    });
    const changed = await parquet(
      "changed.parquet",
      `select * replace (if(id = 'id-9', 'changed', text_id) as text_id) from (${sql})`,
    );
    const byId = await importScores(run, changed, { ...settings, as: "by-id", on: "id", use: false });
    expect(byId.report).toMatchObject({
      notUsed: { other_text: 1, no_such_row: 1 },
      examples: { other_text: "id-9" },
    });
    expect(byId.counts.unscored).toEqual({ other_text: 1, not_in_file: 1 });
  });

  it.each<[string, readonly unknown[], object, RegExp]>([
    [
      "another template",
      [line(1), line(2, { template: "harmony-2" })],
      {},
      /1 of 2 rows were scored under template harmony-2, the run's rows have harmony-1 \(first: .*#2\)/,
    ],
    [
      "another loss mode",
      [line(1)],
      { lossMode: "assistant_last" },
      /loss_mode says assistant_all, --loss-mode says assistant_last/,
    ],
    [
      "another mask on the lines",
      [line(1, { loss_mode: "assistant_last" })],
      {},
      /loss_mode assistant_last, the run's rows have assistant_all/,
    ],
    ["several models", [line(1), line(2, { model: "b" })], {}, /several models: acme\/Student-7B, b/],
    ["an unknown stop-token choice", [line(1, { include_stop: null })], {}, /--no-include-stop when not/],
    [
      "no template",
      [{ id: "id-1", nll_sum: 1, completion_token_count: 1 }],
      { model: "m", includeStop: false, lossMode: "row" },
      /--template harmony-1, or the column text_id/,
    ],
    [
      "no loss mode",
      [{ id: "id-1", nll_sum: 1, completion_token_count: 1 }],
      { model: "m", includeStop: false, template: "harmony-1" },
      /--loss-mode row/,
    ],
    [
      "no token count",
      [{ id: "id-1", nll_sum: 1, token_count: 1 }],
      { model: "m" },
      /no column completion_token_count/,
    ],
    [
      "no key",
      [{ uuid: "id-1", nll_sum: 1, completion_token_count: 1 }],
      { model: "m" },
      /no column id, text_id or row_key/,
    ],
    ["log-likelihoods", [line(1, { nll_sum: -2, nll_mean: -1 })], {}, /are these log-likelihoods\?/],
    ["bits", [line(1, { nll_mean: 2 * Math.LOG2E, nll_sum: 4 })], {}, /the means are in bits/],
    [
      "keys of another run",
      [line(1, { id: "nobody" }), line(2, { id: null })],
      {},
      /none of its 2 lines has the id of a row of .* \(its first is nobody, the run's id-\d+\)/,
    ],
    [
      "the texts of another run",
      [line(1, { text_id: "changed" })],
      { on: "id" },
      /all 1 rows that it has the id of have another text_id: other texts were scored/,
    ],
    ["a bad name", [line(1)], { as: "../x" }, /no name for scores/],
    ["a name that is taken", [line(1)], { as: "second" }, /--overwrite/],
  ])("refuses %s", async (name, lines, options, message) => {
    const file = jsonl(`refused ${name}.jsonl`, lines);
    const asked = importScores(run, file, { as: "refused", ...options });
    await expect(asked).rejects.toThrow(message);
    await expect(asked).rejects.toThrow(InputError);
    expect((await listScores(run)).scores.map((one) => one.name)).not.toContain("refused");
  });

  it("keeps several models apart, and lets one be chosen", async () => {
    const list = await listScores(run);
    expect(list.scores.map(({ name, current }) => [name, current])).toEqual([
      ...[
        ["by-id", false],
        ["by-text", false],
        ["second", false],
        ["student-7b", true],
      ],
    ]);
    expect(list.scores[1]!.columns).toContain("nll_mean_by_text");
    await useScores(run, "by-text");
    const [row] = await (await open(run)).filter("source_row = 8").toArray();
    expect(row).toMatchObject({
      nll_mean: 1.5,
      nll_mean_student_7b: 9,
      nll_mean_second: 9,
      score_model: "m",
    });
    await expect(useScores(run, "by-txt")).rejects.toThrow("did you mean by-text?");
    await useScores(run, "student-7b");
  });

  it("takes the difference to a reference checkpoint where the two were scored alike", async () => {
    const base = all.map((one, i) => ({ ...one, model: "base", nll_sum: 2 * (i + 1), nll_mean: 2 }));
    await importScores(
      run,
      jsonl("base.jsonl", [...base.slice(0, 60), { ...base[60], completion_token_count: 5, nll_sum: 10 }]),
      { use: false },
    );
    const compared = await compareScores(run, "student-7b", { reference: "base" });
    expect(compared).toMatchObject({ name: "base", model: "base", rows: 59, other_token_counts: 1 });
    const rows = await rowsOf();
    expect(rows.map(({ nll_delta }) => nll_delta)).toEqual(
      all.map((_, i) => (i < 60 && i !== 7 ? (i % 13) - 1 : null)),
    );
    const [first] = rows.filter(({ split }) => split === "train");
    const split = rows.flatMap(({ split, nll_delta }) =>
      split === first!.split && nll_delta !== null ? [nll_delta as number] : [],
    );
    const smaller = split.filter((delta) => delta < (first!.nll_delta as number)).length;
    const equal = split.filter((delta) => delta === first!.nll_delta).length;
    expect(first).toMatchObject({
      nll_delta_percentile: (100 * (smaller + equal / 2)) / split.length,
      reference_model: "base",
    });
    // The import of the scores is still told, and the other way round there is nothing to compare.
    expect(readJson(join(run, "scores", "student-7b.v1", "score.json"))).toMatchObject({
      imported: { lines: ROWS },
      reference: { name: "base" },
    });
    await expect(compareScores(run, "student-7b", { reference: "by-text" })).rejects.toThrow(
      /scored under include_stop true, these under false/,
    );
    await expect(compareScores(run, "student-7b", { reference: "bass" })).rejects.toThrow(
      "did you mean base?",
    );
  });
});

describe("quoteNumbers", () => {
  it("touches no string", () => {
    expect(quoteNumbers('{"a": NaN, "b": [-Infinity, Infinity], "NaN": "NaN \\" NaN", "c": 1}')).toBe(
      '{"a": "NaN", "b": ["-Infinity", "Infinity"], "NaN": "NaN \\" NaN", "c": 1}',
    );
  });
});
