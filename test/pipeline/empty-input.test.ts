/** Shards without rows, and runs without shards. */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { Db, quoteText } from "../../kernel-lib/db";
import { listFiles } from "../../kernel-lib/engine/commit";
import { runPipeline } from "../../kernel-lib/pipeline/run-pipeline";
import { makeRun } from "../fixtures/make-run";
import { writePipeline, writeStep } from "../fixtures/write-step";
import { temporaryFolder } from "../run/run-cli";

const folder = temporaryFolder();
const pipelines = join(folder, "pipelines");
const path = join(pipelines, "all.json");

beforeAll(async () => {
  await writeStep(pipelines, "odd", "(row) => ({ odd: row.source_row % 2 === 1 })", {
    ...{ kind: "flag", reads: { source_row: "number" }, writes: { odd: "boolean" } },
  });
  await writeStep(pipelines, "only_odd", "", {
    form: "sql",
    reads: { odd: "boolean" },
    files: { "step.sql": "odd" },
  });
  await writeStep(pipelines, "one", "", {
    form: "group",
    reads: { meta_domain: "string", source_row: "number" },
    group: { by: ["meta_domain"], keep: 1, order: [{ column: "source_row", descending: true }] },
  });
  writePipeline(pipelines, "all", ["odd@1", "only_odd@1", "one@1"]);
});

describe("an input", () => {
  it("with shards without rows has flags and verdicts all the same", async () => {
    const input = join(folder, "gaps");
    await makeRun(input, {
      rows: 90,
      splits: [["default", "train", "train"]],
      duplicates: false,
      length: false,
    });
    const rows = join(input, "rows", "train");
    const shard = (n: number) => join(rows, `part-0000${n}.parquet`);
    renameSync(shard(1), shard(2)); // 30 rows, none, 60 rows, none
    const db = await Db.open();
    for (const n of [1, 3]) {
      await db.run(
        `copy (from read_parquet(${quoteText(shard(0))}) limit 0) to ${quoteText(shard(n))} (format parquet)`,
      );
    }
    db.close();
    const run = await runPipeline(path, { input, out: join(folder, "over-gaps"), partRows: 30 });
    const kept = await (await run.rows()).select(["source_row", "odd"]).toArray();
    expect(kept).toEqual([{ source_row: 89, odd: true }]);
    expect(listFiles(join(run.out, "flags", "odd.v1"))).toEqual(
      [0, 1, 2, 3].map((n) => `train/part-0000${n}.parquet`),
    );
  });

  it("without shards gives a run without rows", async () => {
    const input = join(folder, "none");
    await makeRun(input, {
      rows: 2,
      splits: [["default", "train", "train"]],
      duplicates: false,
      length: false,
    });
    for (const name of listFiles(join(input, "rows"))) rmSync(join(input, "rows", name));
    mkdirSync(join(input, "rows"), { recursive: true });
    const ledger = JSON.parse(readFileSync(join(input, "ledger.json"), "utf8"));
    Object.assign(ledger.splits[0], { rows_in: 0, rows_out: 0, rejected: {}, quarantined: {} });
    writeFileSync(join(input, "ledger.json"), JSON.stringify(ledger));
    await writeStep(pipelines, "any", "() => true");
    const run = await runPipeline(writePipeline(pipelines, "any", ["any@1"]), {
      input,
      out: join(folder, "over-none"),
    });
    expect(await (await run.rows()).count()).toBe(0);
    expect(run.ledger.totals).toEqual({ rows_in: 0, rows_out: 0, rejected: {}, quarantined: {} });
  });
});
