/** Pools over the runs of pipelines: kept rows alone, with their flags and rewritten texts. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { Db } from "../../kernel-lib/db";
import { why } from "../../kernel-lib/lineage/why";
import { runPipeline } from "../../kernel-lib/pipeline/run-pipeline";
import type { Run } from "../../kernel-lib/run/run";
import { readParquet } from "../../kernel-lib/run-folder";
import { buildPools, pools } from "../../kernel-lib/select/pools";
import { open } from "../../kernel-lib/table/open";
import { makeRun } from "../fixtures/make-run";
import { writePipeline, writeStep } from "../fixtures/write-step";
import { hashes, readJson, temporaryFolder } from "../run/run-cli";

const folder = temporaryFolder();
const pipelines = join(folder, "pipelines");
const base = join(folder, "base");
let layer: Run;
let second: Run;

const POOLS = {
  every: "true",
  sevens: "has_seven",
  loud: "contains(text, '!') and contains(messages[1].content, '!')",
};
const ALL = ["every", "sevens", "loud"];

beforeAll(async () => {
  await makeRun(base, { rows: 900 });
  await writeStep(pipelines, "keep_short", "(row) => row.stats_approx_tokens < 40_000", {
    reads: { stats_approx_tokens: "number" },
  });
  await writeStep(pipelines, "seven", "(row) => ({ has_seven: row.text.includes('7') })", {
    ...{ kind: "flag", reads: { text: "string" }, writes: { has_seven: "boolean" } },
  });
  await writeStep(
    pipelines,
    "louder",
    "(row) => row.messages !== null && row.stats_approx_tokens % 300 === 0 ? { messages: row.messages.map((m) => ({ ...m, content: m.content + '!' })) } : null",
    { kind: "rewrite", reads: { messages: { type: ["array", "null"] }, stats_approx_tokens: "number" } },
  );
  await writeStep(pipelines, "keep_even", "(row) => row.source_row % 2 === 0", {
    reads: { source_row: "integer" },
  });
  const options = { workers: 2, partRows: 250 };
  const first = writePipeline(pipelines, "loud", ["keep_short@1", "seven@1", "louder@1"]);
  layer = await runPipeline(first, { input: base, out: join(folder, "loud"), ...options });
  const even = writePipeline(pipelines, "even", ["keep_even@1"]);
  second = await runPipeline(even, { input: layer.out, out: join(folder, "even"), ...options });
});

/** Row numbers of a pool's rows, with what is in them. */
async function read(out: string, files: readonly { readonly file: string }[]) {
  const db = await Db.open({ threads: 1 });
  try {
    return await db.all<Record<string, unknown>>(
      `select source_row::INT as i, text_id, text, messages[1].content as content, has_seven, stats_char_len, too_short
       from ${readParquet(files.map(({ file }) => join(out, file)))}`,
    );
  } finally {
    db.close();
  }
}

test("hold the kept rows as the layer shows them, in order, and count what its ledger counts", async () => {
  for (const run of [layer, second]) {
    const out = join(folder, `pools-${run.manifest.pipeline!.name}`);
    const made = await buildPools([run.out], { out, pools: POOLS, only: ALL, rowsPerShard: 110 });
    const shown = await (await open(run.out))
      .sql(
        `select source_row::INT as i, text_id, text, messages[1].content as content, has_seven, stats_char_len, too_short
         from this`,
      )
      .toArray();
    expect(shown.length).toBe(run.ledger.totals.rows_out);
    const expected = {
      every: shown,
      sevens: shown.filter((row) => row.has_seven),
      loud: shown.filter((row) => Number(row.i) % 3 === 0 && Number(row.i) % 7 !== 6),
    };
    for (const { name, rows, shards } of made.pools) {
      const found = await read(out, shards);
      expect([name, found]).toEqual([name, expected[name as keyof typeof expected]]);
      expect(rows).toBe(found.length);
    }
    expect(expected.loud.every((row) => String(row.content).endsWith("!"))).toBe(true);
    expect(made.rows).toBe(run.ledger.totals.rows_out);
    expect(made.inputs.reduce((sum, { rows }) => sum + rows, 0)).toBe(run.ledger.totals.rows_out);
  }
});

test("pools.json names the layers, with their steps and counts", async () => {
  const made = await pools(second, { pools: POOLS, only: ALL });
  expect(made.layers).toEqual([
    {
      pipeline: "loud",
      run: "../../loud",
      steps: ["keep_short@1", "seven@1", "louder@1"],
      rows_in: 900,
      rows_out: 400,
    },
    { pipeline: "even", run: "..", steps: ["keep_even@1"], rows_in: 400, rows_out: 200 },
  ]);
  expect(made.summary().split("\n")[0]).toBe("Pools of 200 rows that the pipelines loud, even kept");
  expect(readJson(join(second.out, "pools", "pools.json"))).toEqual(JSON.parse(JSON.stringify(made)));
});

test("the bytes do not depend on workers", async () => {
  const bytes = async (workers: number) => {
    const out = join(folder, `workers-${workers}`);
    await buildPools([layer.out], { out, pools: POOLS, only: ALL, rowsPerShard: 37, workers });
    return hashes(out);
  };
  expect(await bytes(3)).toEqual(await bytes(1));
});

test("a layer whose verdicts differ from its ledger is refused, and so is a run beside its layer", async () => {
  const out = join(folder, "refused");
  await expect(buildPools([base, layer.out], { out })).rejects.toThrow(
    `pools: ${layer.out} is given twice, or beside a run over the same rows; they would count twice`,
  );
  const path = join(layer.out, "ledger.json");
  const text = readFileSync(path, "utf8");
  const ledger = JSON.parse(text);
  ledger.totals.rows_out = 399;
  writeFileSync(path, JSON.stringify(ledger));
  await expect(buildPools([layer.out], { out })).rejects.toThrow(
    "its verdicts keep 400 rows, its ledger.json says 399",
  );
  writeFileSync(path, text);
});

test("why says which pools hold a row of a layer, by its flags and its rewritten text", async () => {
  const out = join(folder, "told");
  await buildPools([second.out], { out, pools: POOLS, only: ALL });
  const told = async (i: number) => {
    const key = `acme/quo'te"d@0123456789abcdef0123456789abcdef01234567/data.jsonl#${i}`;
    const { rows } = await why(key, { run: second.out, pools: out, pipelines });
    return rows[0]!.pools?.verdicts.map(({ pool, holds, satisfies, note }) => [pool, holds, satisfies, note]);
  };
  expect(await told(72)).toEqual(ALL.map((pool) => [pool, true, true, null]));
  expect(await told(50)).toEqual([
    ["every", true, true, null],
    ["sevens", false, false, null],
    ["loud", false, false, null],
  ]);
  expect(await told(51)).toBeUndefined(); // dropped by keep_even
});
