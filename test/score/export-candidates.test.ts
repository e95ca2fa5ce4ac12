/** Candidates: what a scoring job gets, and that its answer finds its rows again. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { Db, quoteText } from "../../kernel-lib/db";
import { exportCandidates } from "../../kernel-lib/score/export-candidates";
import { importScores } from "../../kernel-lib/score/import-scores";
import { open } from "../../kernel-lib/table/open";
import { makeRun } from "../fixtures/make-run";
import { readJson, temporaryFolder } from "../run/run-cli";

const folder = temporaryFolder();
const run = join(folder, "run [1]");
const ROWS = 6000;

beforeAll(async () => {
  await makeRun(run, { rows: ROWS });
});

describe("exportCandidates", () => {
  it("writes the rows in order, the same bytes each time, with what a job needs", async () => {
    const out = join(folder, "candi'dates");
    const made = await exportCandidates(run, { out, rowsPerShard: 1500 });
    expect(made.manifest).toMatchObject({
      rows: ROWS,
      templates: { "harmony-1": ROWS },
      loss_modes: { assistant_all: ROWS },
      pool: null,
    });
    expect(made.manifest.shards.map(({ rows }) => rows)).toEqual([2048, 1952, 2000]);
    expect(readJson(join(out, "candidates.json"))).toEqual(made.manifest);
    const written = await open(join(out, "data"));
    const names = (await written.schema).map(({ name }) => name);
    expect(names.slice(0, 6)).toEqual(["id", "text", "loss_mode", "template", "text_id", "row_key"]);
    expect(names.slice(6).filter((name) => !/^(meta|quality)_|^stats_approx_tokens$/.test(name))).toEqual([]);
    const keys = async (table: typeof written) =>
      (await table.select(["row_key"]).toArray()).map(({ row_key }) => row_key);
    expect(await keys(written)).toEqual(await keys(await open(run)));
    const again = await exportCandidates({ out: run }, { out: join(folder, "again"), rowsPerShard: 1500 });
    expect(again.manifest.shards).toEqual(made.manifest.shards);
  });

  it("takes a pool, a condition, a table and more columns", async () => {
    const out = join(folder, "some");
    const table = (await open(run)).filter("source_row < 1000");
    const made = await exportCandidates(table, {
      out,
      pool: "verified_correct",
      where: "meta_domain = 'math'",
      columns: ["split"],
    });
    const want = await table.filter("meta_correct_count >= 1 and meta_domain = 'math'").count();
    expect(made.manifest).toMatchObject({
      rows: want,
      pool: "verified_correct",
      where: "meta_domain = 'math'",
    });
    expect(made.manifest.columns.at(-1)).toEqual({ name: "split", type: "VARCHAR" });
    expect(String(made)).toContain("pool verified_correct; meta_domain = 'math'");
    await expect(exportCandidates(run, { out })).rejects.toThrow("--overwrite");
    const none = await exportCandidates(run, { out, where: "false", overwrite: true });
    expect(none.manifest).toMatchObject({ rows: 0, loss_modes: {} });
    expect(await (await open(join(out, "data"))).count()).toBe(0);
  });

  it("refuses what it cannot do, and touches no file of others", async () => {
    const out = join(folder, "mine");
    mkdirSync(out);
    writeFileSync(join(out, "notes.txt"), "mine");
    await expect(exportCandidates(run, { out, overwrite: true })).rejects.toThrow("notes.txt");
    expect(readFileSync(join(out, "notes.txt"), "utf8")).toBe("mine");
    const elsewhere = join(folder, "new");
    await expect(exportCandidates(run, { out: elsewhere, pool: "verified" })).rejects.toThrow(
      "did you mean verified_correct",
    );
    await expect(exportCandidates(run, { out: elsewhere, columns: ["splt"] })).rejects.toThrow(
      "did you mean split",
    );
    const bare = (await open(run)).select(["id", "text"]);
    await expect(exportCandidates(bare, { out: elsewhere })).rejects.toThrow("corpuslab normalize");
  });

  it("gets its answer back by row_key", async () => {
    const out = join(folder, "there and back");
    await exportCandidates(run, { out, where: "source_row % 3 = 0" });
    const db = await Db.open();
    const answer = join(folder, "answer.parquet");
    await db.run(
      `copy (select row_key, text_id, template, loss_mode, 'job' as model, false as include_stop, 10 as completion_token_count,
         len(text)::float as nll_sum from read_parquet(${quoteText(`${out}/data/*.parquet`)})) to ${quoteText(answer)} (format parquet)`,
    );
    db.close();
    const { counts, report } = await importScores(run, answer);
    expect(counts).toMatchObject({ rows: ROWS, scored: ROWS / 3, unscored: { not_in_file: (2 * ROWS) / 3 } });
    expect(report).toMatchObject({ key: "row_key", used: ROWS / 3, notUsed: {} });
  });
});
