import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { runPipeline } from "../../kernel-lib/pipeline/run-pipeline";
import { open } from "../../kernel-lib/table/open";
import { makeRun } from "../fixtures/make-run";
import { writePipeline, writeStep } from "../fixtures/write-step";
import { hashes, readJson, temporaryFolder } from "../run/run-cli";

const folder = temporaryFolder();
const pipelines = join(folder, "pipelines");
const input = join(folder, "base");
let runs = 0;

beforeAll(async () => {
  await makeRun(input, { rows: 5000 });
  await writeStep(pipelines, "keep_short", "(row) => row.stats_approx_tokens < limit", {
    reads: { stats_approx_tokens: "number" },
    values: { limit: 200_000 },
  });
  await writeStep(
    pipelines,
    "shout",
    "(row) => ({ shouts: row.text.includes('7'), size: row.text.length, last: row.too_short ? null : row.text.slice(-8) })",
    {
      kind: "flag",
      reads: { text: "string", too_short: "boolean" },
      writes: { shouts: "boolean", size: "integer", last: { type: ["string", "null"] } },
    },
  );
  await writeStep(pipelines, "not_shouting", "(row) => row.shouts ? { drop: 'shouts' } : true", {
    reads: { shouts: "boolean" },
  });
  writePipeline(pipelines, "clean", ["keep_short@1", "shout@1", "not_shouting@1"]);
});

function runInto(name: string, options: Partial<Parameters<typeof runPipeline>[1]> = {}) {
  const out = join(folder, `out-${++runs}`);
  return runPipeline(join(pipelines, `${name}.json`), { input, out, workers: 2, partRows: 1200, ...options });
}

describe("runPipeline", () => {
  it("drops and flags as the functions say, and opens as the rows that are left", async () => {
    const run = await runInto("clean");
    const i = (row: Record<string, unknown>) => Number(row.stats_approx_tokens) / 100;
    const expected = Array.from({ length: 5000 }, (_, n) => n).filter(
      (n) => n < 2000 && !`${n}`.includes("7"),
    );
    const rows = await (await run.rows())
      .select(["stats_approx_tokens", "shouts", "size", "last", "text"])
      .toArray();
    expect(rows.map(i)).toEqual(expected);
    expect(rows.at(-1)).toEqual({
      stats_approx_tokens: 199_900,
      shouts: false,
      size: "<|start|>user<|message|>q1999<|end|>".length,
      last: "9<|end|>",
      text: "<|start|>user<|message|>q1999<|end|>",
    });
    expect(rows[3]!.last).toBeNull(); // row 3 is too short, by a flag of the input
    const all = await open(run.out, { dropped: true });
    const seen = await all
      .select(["stats_approx_tokens", "kept", "dropped_by", "drop_reason", "size"])
      .toArray();
    expect(seen.length).toBe(5000);
    expect(seen[2507]).toMatchObject({
      kept: false,
      dropped_by: "not_shouting@1",
      drop_reason: "shouts",
      size: 33,
    });
    expect(seen[1500]).toMatchObject({
      kept: false,
      dropped_by: "keep_short@1",
      drop_reason: "keep_short",
      size: null,
    });
    // The folder "it's …" stands before "train".
    expect(seen.map(i)).toEqual(Array.from({ length: 5000 }, (_, n) => (n + 2500) % 5000));
  });

  it("accounts for every row at every step and split", async () => {
    const { ledger } = await runInto("clean");
    const sevens = Array.from({ length: 2000 }, (_, n) => n).filter((n) => `${n}`.includes("7")).length;
    expect(
      ledger.splits.map(({ stage, split, rows_in, rows_out, rejected }) => [
        stage,
        split,
        rows_in,
        rows_out,
        rejected,
      ]),
    ).toEqual([
      ["keep_short@1", "train", 2500, 2000, { keep_short: 500 }],
      ["keep_short@1", "it's [a] split=1 <b>", 2500, 0, { keep_short: 2500 }],
      ["shout@1", "train", 2000, 2000, {}],
      ["shout@1", "it's [a] split=1 <b>", 0, 0, {}],
      ["not_shouting@1", "train", 2000, 2000 - sevens, { shouts: sevens }],
      ["not_shouting@1", "it's [a] split=1 <b>", 0, 0, {}],
    ]);
    expect(ledger.totals).toEqual({
      rows_in: 5000,
      rows_out: 2000 - sevens,
      rejected: { keep_short: 3000, shouts: sevens },
      quarantined: {},
    });
  });

  it("writes the same bytes with 1, 2 and 8 workers, and when it is resumed", async () => {
    const one = hashes((await runInto("clean", { workers: 1 })).out);
    expect(hashes((await runInto("clean", { workers: 8 })).out)).toEqual(one);
    const again = await runInto("clean");
    expect(
      hashes(
        (
          await runPipeline(join(pipelines, "clean.json"), {
            input,
            out: again.out,
            partRows: 1200,
            resume: true,
          })
        ).out,
      ),
    ).toEqual(one);
    expect(Object.keys(one).filter((name) => name.startsWith("verdicts/")).length).toBeGreaterThan(2);
  });

  it("says in run.json which versions ran over which rows", async () => {
    const { out } = await runInto("clean");
    const { pipeline, inputs } = readJson<{ pipeline: Record<string, unknown>; inputs: unknown }>(
      out,
      "run.json",
    );
    expect(pipeline).toMatchObject({
      name: "clean",
      input: "../base",
      steps: [
        { step: "keep_short@1", kind: "filter", form: "function", params: { limit: 200_000 } },
        { step: "shout@1", kind: "flag" },
        { step: "not_shouting@1" },
      ],
    });
    expect(inputs).toEqual(readJson<{ inputs: unknown }>(input, "run.json").inputs);
  });
});
