import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { open } from "../../kernel-lib/index";
import { score, scoreRows } from "../../kernel-lib/score/score";
import { makeModel } from "../model/make-model";
import { learnedNll, makeScoreRun, textOf } from "./make-score-run";

const folder = mkdtempSync(join(tmpdir(), "corpuslab-score-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let model: string;
let lines: string;
const TEXTS = ["no dice", "", "x", "it's \u{1f600} here", "dice on ice", "no dice"];
beforeAll(() => {
  model = makeModel(join(folder, "bigram"));
  lines = join(folder, "lines.jsonl");
  writeFileSync(lines, TEXTS.map((body, n) => JSON.stringify({ n, body, id: `a${n % 2}` })).join("\n"));
});

async function refusal(work: Promise<unknown>): Promise<string> {
  return await work.then(
    () => "no error",
    (error: Error) => `${error.name}: ${error.message}`,
  );
}

describe("score", () => {
  it("gives the table its columns, by row_key where it has one, without losing a row", async () => {
    const run = await makeScoreRun(join(folder, "run"), { rows: 40 });
    const table = (await open(run)).filter("source_row % 2 = 1");
    const scored = await score(table, model);
    const rows = await scored
      .sql(
        "select source_row as i, nll_sum, completion_token_count as n, score_reason as reason, score_loss_mode as mode, loss_mode from this order by i",
      )
      .toArray();
    expect(rows.map(({ i }) => i)).toEqual(Array.from({ length: 20 }, (_, k) => 2 * k + 1));
    expect(scored.attachReport).toMatchObject({ matched: 20, unmatched: 0 });
    for (const { i, nll_sum, n, reason, mode } of rows) {
      const nll = learnedNll(textOf(i as number));
      expect([i, n, reason === null, mode]).toEqual([i, nll.length || null, nll.length > 0, "assistant_all"]);
      if (nll.length > 0)
        expect(nll_sum).toBeCloseTo(
          nll.reduce((a, b) => a + b, 0),
          4,
        );
    }
  });

  it("stands beside scores that the table has", async () => {
    const run = await makeScoreRun(join(folder, "twice"), { rows: 8 });
    const once = await score((await open(run)).select(["row_key", "text", "loss_mode"]), model);
    const twice = await score(await score(once, model, { maxLength: 4 }), model);
    const rows = await twice
      .select(["score_model", "score_model_bigram", "score_reason_bigram_2", "nll_mean", "nll_mean_bigram_2"])
      .toArray();
    expect(rows).toHaveLength(8);
    for (const row of rows) {
      expect([row.score_model, row.score_model_bigram]).toEqual(["bigram", "bigram"]);
      expect(row.nll_mean_bigram_2).toBe(row.nll_mean);
    }
    const cut = await twice
      .select(["max_length", "max_length_bigram", "max_length_bigram_2"])
      .head(1)
      .toArray();
    expect(cut).toEqual([{ max_length: null, max_length_bigram: 4, max_length_bigram_2: null }]);
  });

  it("scores any table: percentiles among all its rows, the first token counts for nothing", async () => {
    const scored = await score(await open(lines), model, { text: "body", lossMode: "all_text" });
    const rows = await scored.toArray();
    expect(rows.map(({ n, body }) => [n, body])).toEqual(TEXTS.map((body, n) => [n, body]));
    expect(rows.map(({ score_reason }) => score_reason)).toEqual([
      null,
      "no_text",
      "no_scorable_token",
      null,
      null,
      null,
    ]);
    expect(rows.map(({ completion_token_count }) => completion_token_count)).toEqual([
      6,
      null,
      null,
      10,
      10,
      6,
    ]);
    for (const row of [rows[0]!, rows[3]!, rows[4]!]) {
      const nll = learnedNll(row.body as string, { mode: "all_text" });
      expect(row.nll_sum).toBeCloseTo(
        nll.reduce((a, b) => a + b, 0),
        4,
      );
    }
    expect(rows[0]!.nll_sum).toBe(rows[5]!.nll_sum);
    const means = rows.flatMap(({ nll_mean }) => (nll_mean === null ? [] : [nll_mean as number]));
    for (const row of rows.filter(({ nll_mean }) => nll_mean !== null)) {
      const mean = row.nll_mean as number;
      const rank =
        means.filter((other) => other < mean).length + 0.5 * means.filter((other) => other === mean).length;
      expect(row.percentile_within_split).toBe((100 * rank) / means.length);
    }
  });

  it("keeps what is done in a checkpoint folder, and scores no row twice", async () => {
    const checkpoint = join(folder, "checkpoint");
    const options = { text: "body", lossMode: "all_text", checkpoint } as const;
    const first = await (await score(await open(lines), model, options)).toArray();
    const file = join(checkpoint, "scores", "bigram.v1", "score.json");
    const written = readFileSync(file, "utf8");
    expect(await (await score(await open(lines), model, options)).toArray()).toEqual(first);
    expect(readFileSync(file, "utf8")).toBe(written);
    expect(existsSync(join(checkpoint, ".scores-rows"))).toBe(false);
    expect(await refusal(score(await open(lines), model, { ...options, maxLength: 3 }))).toMatch(
      /there are scores of that name already/,
    );
  });

  it("asks what is learned and where the text is, where the table does not say", async () => {
    const table = await open(lines);
    expect(await refusal(score(table, model, { text: "boddy", lossMode: "all_text" }))).toMatch(
      /has no column boddy; did you mean body\?: name the text with \{ text \} \(--text\)$/,
    );
    expect(await refusal(score(table, model, { text: "body" }))).toMatch(
      /has no column loss_mode, so what is learned has to be said: \{ lossMode: "all_text" \}/,
    );
  });

  it("writes scores of a file with row numbers as keys", async () => {
    const scored = await scoreRows(await open(lines), model, {
      text: "body",
      lossMode: "all_text",
      out: join(folder, "out"),
      as: "mine",
    });
    const rows = await (await open(join(scored.out, "scores", "mine.v1", "part-00000.parquet"))).toArray();
    expect(rows.map(({ row_key, id, model: name }) => [row_key, id, name])).toEqual(
      TEXTS.map((_, n) => [`#${n}`, `a${n % 2}`, "bigram"]),
    );
  });
});
