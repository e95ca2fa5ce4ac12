import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listFiles } from "../../kernel-lib/engine/commit";
import { open } from "../../kernel-lib/index";
import { scoreRun } from "../../kernel-lib/score/score-run";
import { bigram, makeModel } from "../model/make-model";
import { learnedNll, makeScoreRun, textOf } from "./make-score-run";

const folder = mkdtempSync(join(tmpdir(), "corpuslab-score-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const CLI = join(__dirname, "..", "..", "kernel-lib", "bin", "corpuslab.js");
const ROWS = 60;
let run: string;
let model: string;
beforeAll(async () => {
  run = await makeScoreRun(join(folder, "run"), { rows: ROWS });
  model = makeModel(join(folder, "Bigram"));
});

const copyOf = (name: string) => {
  cpSync(run, join(folder, name), { recursive: true });
  return join(folder, name);
};

async function refusal(work: Promise<unknown>): Promise<string> {
  return await work.then(
    () => "no error",
    (error: Error) => `${error.name}: ${error.message}`,
  );
}

/** Bytes of the shards, by name. */
function shards(out: string, name = "bigram"): Record<string, string> {
  const at = join(out, "scores", `${name}.v1`);
  const names = listFiles(at).filter((file) => file.endsWith(".parquet"));
  return Object.fromEntries(names.map((file) => [file, readFileSync(join(at, file)).toString("base64")]));
}

async function scoresOf(out: string) {
  return await (await open(out))
    .sql(
      "select substr(id, 4)::int as i, nll_sum, nll_mean, ppl, completion_token_count as n, truncated, score_reason as reason, percentile_within_split as p, score_model as model, max_length from this order by i",
    )
    .toArray();
}

describe("scoreRun", () => {
  it("puts the NLL of what is learned beside every row, in order, with a reason where there is none", async () => {
    const out = copyOf("plain");
    const progress: string[] = [];
    const scored = await scoreRun(out, model, {
      onProgress: ({ stage, unit }) => progress.push(`${stage} ${unit}`),
    });
    const rows = await scoresOf(out);
    expect(rows.map(({ i }) => i)).toEqual(Array.from({ length: ROWS }, (_, i) => i));
    expect(rows.slice(3, 7).map(({ reason, nll_mean, n, p }) => [reason, nll_mean, n, p])).toEqual([
      ["no_text", null, null, null],
      ["not_harmony", null, null, null],
      ["no_completion", null, null, null],
      ["no_completion", null, null, null],
    ]);
    for (const row of rows.filter(({ reason }) => reason === null)) {
      const nll = learnedNll(textOf(row.i as number));
      expect(row.n).toBe(nll.length);
      expect(row.nll_sum).toBeCloseTo(
        nll.reduce((a, b) => a + b, 0),
        4,
      );
      expect(row.nll_mean).toBe((row.nll_sum as number) / nll.length);
      expect(row.ppl).toBeCloseTo(Math.exp(row.nll_mean as number), 6);
    }
    expect(
      rows.every((row) => row.model === "Bigram" && row.truncated === false && row.max_length === null),
    ).toBe(true);
    const json = JSON.parse(readFileSync(join(out, "scores", "bigram.v1", "score.json"), "utf8"));
    expect(json).toMatchObject({
      ...{
        format: "corpuslab.scores",
        version: 1,
        model: "Bigram",
        rows: ROWS,
        scored: ROWS - 5,
        truncated: 0,
      },
      settings: { loss_mode: "row", include_stop: false, max_length: null, device: "cpu" },
      unscored: { no_completion: 2, no_text: 1, not_harmony: 2 },
    });
    expect(scored.counts.tokens).toBe(json.tokens);
    expect(scored.toString().split("\n").slice(1)).toEqual([
      "no score: 2 no_completion, 2 not_harmony, 1 no_text",
      `scores/bigram.v1 in ${out}`,
    ]);
    expect(new Set(progress)).toEqual(new Set(["score tokens"]));
    expect(existsSync(join(out, ".scores-work"))).toBe(false);
  });

  it("takes one loss mode for all, counts stops, cuts at the longest length, and compares with a checkpoint", async () => {
    const out = copyOf("settings");
    await scoreRun(out, model, { lossMode: "assistant_last", includeStop: true, maxLength: 50, as: "last" });
    const rows = await scoresOf(out);
    for (const [i, row] of rows.entries()) {
      const tokens = [...textOf(i).matchAll(/<\|[a-z]+\|>|[\s\S]/gu)].length;
      expect([i, row.truncated, row.max_length]).toEqual([i, tokens > 50, 50]);
      const nll = learnedNll(textOf(i), { mode: "assistant_last", includeStop: true, most: 50 });
      const whole = learnedNll(textOf(i), { mode: "assistant_last", includeStop: true });
      if (nll.length > 0)
        expect(row.nll_sum).toBeCloseTo(
          nll.reduce((a, b) => a + b, 0),
          4,
        );
      else if (whole.length > 0) expect([i, row.reason, row.nll_sum]).toEqual([i, "too_long", null]);
      expect([i, row.n]).toEqual([i, nll.length === 0 ? null : nll.length]);
    }
    expect(rows.filter(({ reason }) => reason === "too_long").length).toBeGreaterThan(0);
    const other = makeModel(join(folder, "other"), {
      graph: (table, size) =>
        bigram(
          table.map((logit) => logit / 2),
          size,
        ),
    });
    const compared = await scoreRun(out, other, {
      ...{ lossMode: "assistant_last", includeStop: true, maxLength: 50, reference: "last" },
    });
    expect(compared.reference).toMatchObject({ name: "last", rows: compared.counts.scored });
    const early = { lossMode: "assistant_last", as: "early", reference: "last" } as const;
    expect(await refusal(scoreRun(out, other, early))).toMatch(
      /rows were scored under include_stop true, these would be under false; expected the same/,
    );
    expect(existsSync(join(out, ".scores-work"))).toBe(false);
    const deltas = await (await open(out))
      .sql(
        "select count(*) filter (abs(nll_delta - (nll_mean - nll_mean_last)) < 1e-12) as same, count(nll_delta) as n from this",
      )
      .toArray();
    expect(deltas).toEqual([{ same: compared.counts.scored, n: compared.counts.scored }]);
  });

  it("says which rows the model cannot take: beyond its positions, or with logits that are no numbers", async () => {
    const out = copyOf("broken");
    const short = makeModel(join(folder, "short"), { positions: 60, nan: "m" });
    const scored = await scoreRun(out, short, { includeStop: true });
    const rows = await scoresOf(out);
    for (const [i, row] of rows.entries()) {
      const pieces = [...textOf(i).matchAll(/<\|[a-z]+\|>|[\s\S]/gu)].map(([piece]) => piece);
      const nll = learnedNll(textOf(i), { includeStop: true });
      if (nll.length === 0) continue;
      // Nothing stands behind the last learned token here: the row is fed up to the one before it.
      const isLong = pieces.length - 1 > 60;
      if (isLong) expect([i, row.reason]).toEqual([i, "too_long"]);
      else if (row.reason === null)
        expect(row.nll_sum).toBeCloseTo(
          nll.reduce((a, b) => a + b, 0),
          4,
        );
    }
    expect(Object.keys(scored.counts.unscored).sort()).toEqual([
      ...["nan_logits", "no_completion", "no_text", "not_harmony", "too_long"],
    ]);
    const every = await (await open(out))
      .sql("select count(*) as n from this where isnan(nll_sum) or nll_sum = 0")
      .toArray();
    expect(every).toEqual([{ n: 0 }]);
    expect(await refusal(scoreRun(out, short, { maxLength: 61, as: "longer" }))).toBe(
      "InputError: score: a length of 61 tokens is beyond the 60 positions of short; give at most that",
    );
  });

  it("writes the same bytes with one worker and with three, into another folder too", async () => {
    const one = copyOf("one");
    await scoreRun(one, model, { workers: 1 });
    const elsewhere = join(folder, "elsewhere");
    await scoreRun(run, model, { workers: 3, out: elsewhere });
    expect(Object.keys(shards(one)).length).toBe(3);
    expect(shards(elsewhere)).toEqual(shards(one));
    expect(existsSync(join(run, "scores"))).toBe(false);
    expect(await refusal(scoreRun(one, model))).toMatch(
      /there are scores of that name already; replace them with --overwrite/,
    );
    expect((await scoreRun(one, model, { resume: true })).seconds).toBe(0);
  });

  it("goes on after a SIGKILL where it was, and ends with the same bytes", async () => {
    const big = await makeScoreRun(join(folder, "killed"), { rows: 160, splits: 8 });
    const other = join(folder, "never-killed");
    cpSync(big, other, { recursive: true });
    const whole = await scoreRun(other, model);
    const done = () => listFiles(join(big, ".scores-work", "bigram.v1", ".run", "done")).length;
    const child = spawn(process.execPath, [CLI, "score", big, "--model", model, "--workers", "1"], {
      stdio: "ignore",
    });
    await ended(child, () => done() >= 2);
    const before = done();
    expect(before).toBeGreaterThanOrEqual(2);
    expect(before).toBeLessThan(9);
    expect(await refusal(scoreRun(big, model))).toMatch(
      /holds an unfinished scoring bigram of the same job: --resume continues it, --overwrite deletes it$/,
    );
    expect(await refusal(scoreRun(big, model, { resume: true, includeStop: true }))).toMatch(
      /was started differently \(includeStop\)/,
    );
    const marker = join(
      big,
      ".scores-work",
      "bigram.v1",
      ".run",
      "done",
      "score",
      "split0",
      "part-00000",
      "000000.json",
    );
    const stamp = existsSync(marker) ? readFileSync(marker, "utf8") : null;
    expect(stamp).not.toBeNull();
    // With both words what is done is continued too: a task that is done says here that it saw more tokens.
    const task = JSON.parse(stamp!) as { summary: { tokens: number } };
    task.summary.tokens += 1000;
    writeFileSync(marker, JSON.stringify(task));
    const continued = await scoreRun(big, model, { resume: true, overwrite: true });
    expect(continued.tokensSeen).toBe(whole.tokensSeen + 1000);
    expect(shards(big)).toEqual(shards(other));
    expect(existsSync(join(big, ".scores-work"))).toBe(false);
  });

  it("tells once what is wrong with the model, and leaves the run as it was", async () => {
    const out = copyOf("untouched");
    const cut = makeModel(join(folder, "cut"));
    writeFileSync(join(cut, "model.onnx"), readFileSync(join(cut, "model.onnx")).subarray(0, 500));
    expect(await refusal(scoreRun(out, cut))).toMatch(
      /^InputError: model cut: model\.onnx .* is no whole ONNX model/,
    );
    const foreign = makeModel(join(folder, "foreign"), {
      vocabulary: 10,
      graph: (table, size) => {
        const plain = bigram(table, size);
        const ten = { name: "ten", type: "int64" as const, dims: [1], data: BigInt64Array.of(10n) };
        const mod = { op: "Mod", inputs: ["input_ids", "ten"], outputs: ["small"] };
        return {
          ...plain,
          initializers: [...plain.initializers!, ten],
          nodes: [mod, { ...plain.nodes[0]!, inputs: ["table", "small"] }],
        };
      },
    });
    expect(await refusal(scoreRun(out, foreign))).toMatch(
      /^InputError: model foreign: its tokenizer gives the token \d+, but the model knows 10 tokens/,
    );
    expect(await refusal(scoreRun(out, model, { device: "cuda" }))).toMatch(/^InputError: device cuda/);
    expect(existsSync(join(out, "scores"))).toBe(false);
  });
});

/** Kills the process once `when`, and waits for its end. */
async function ended(child: ChildProcess, when: () => boolean): Promise<void> {
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  while (child.exitCode === null && child.signalCode === null && !when())
    await new Promise((next) => setTimeout(next, 1));
  child.kill("SIGKILL");
  await gone;
}
