/** `ifd`: the completion with its prompt against the completion alone. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { open } from "../../kernel-lib/index";
import { score } from "../../kernel-lib/score/score";
import { scoreRun } from "../../kernel-lib/score/score-run";
import { compareScores } from "../../kernel-lib/score/scores";
import { makeModel } from "../model/make-model";
import { makeScoreRun } from "./make-score-run";

const folder = mkdtempSync(join(tmpdir(), "corpuslab-ifd-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function scored(name: string, texts: readonly string[], ifd: boolean) {
  const path = join(folder, `${name}.jsonl`);
  writeFileSync(path, texts.map((text) => JSON.stringify({ text })).join("\n"));
  const options = { lossMode: "assistant_last", ifd, workers: 1, onProgress: null } as const;
  const table = await score(await open(path), "demo", options);
  return { columns: (await table.schema).map((column) => column.name), rows: await table.toArray() };
}

describe("ifd", () => {
  it("is the mean NLL with the prompt ÷ that of the same tokens without it, null where there is none", async () => {
    const reference = join(__dirname, "../../kernel-lib/score/demo-lm/reference.json");
    const { rows: facts } = JSON.parse(readFileSync(reference, "utf8")) as {
      rows: { split: string; text: string }[];
    };
    const texts = facts.filter(({ split }) => split !== "pretraining").map(({ text }) => text);
    const alone = texts.map((text) => text.slice(text.lastIndexOf("<|start|>assistant")));
    const both = await scored("both", [...texts, ...alone], true);
    const { columns, rows: plain } = await scored("alone", alone, false);
    expect(texts.length).toBe(3);
    texts.forEach((_, i) => {
      const row = both.rows[i]!;
      expect(row.completion_token_count).toBe(plain[i]!.completion_token_count);
      expect(row.nll_unconditioned).toBeCloseTo(plain[i]!.nll_mean as number, 5);
      expect(row.ifd).toBeCloseTo((row.nll_mean as number) / (plain[i]!.nll_mean as number), 5);
      expect(row.ifd).toBeLessThan(1); // the prompt of a clean row helps
    });
    for (const { nll_mean, nll_unconditioned, ifd } of both.rows.slice(3)) {
      expect([nll_unconditioned, ifd]).toEqual([null, null]);
      expect(nll_mean).toBeGreaterThan(0);
    }
    expect(columns).not.toContain("ifd");
  });

  it("is 1 in every row of a run under a model that looks one token back", async () => {
    const run = await makeScoreRun(join(folder, "run"), { rows: 20 });
    await scoreRun(run, makeModel(join(folder, "Bigram")), { ifd: true, workers: 1, onProgress: null });
    const rows = await (await open(run)).select(["nll_mean", "nll_unconditioned", "ifd"]).toArray();
    const some = rows.filter(({ nll_mean }) => nll_mean !== null);
    expect(some.length).toBeGreaterThan(10);
    for (const { nll_mean, nll_unconditioned, ifd } of some) {
      expect(nll_unconditioned).toBeCloseTo(nll_mean as number, 5);
      expect(ifd).toBeCloseTo(1, 5);
    }
    expect(rows.filter(({ nll_mean, ifd }) => nll_mean === null && ifd !== null)).toEqual([]);
    const manifest = JSON.parse(readFileSync(join(run, "scores", "bigram.v1", "score.json"), "utf8"));
    expect(manifest.settings.ifd).toBe(true);

    const quiet = { workers: 1, onProgress: null, use: false } as const;
    await scoreRun(run, makeModel(join(folder, "Bigram")), { ...quiet, as: "before" });
    await compareScores(run, "bigram", { reference: "before" });
    const compared = await (await open(run)).select(["nll_mean", "nll_unconditioned", "ifd"]).toArray();
    expect(compared).toEqual(rows);
  });
});
