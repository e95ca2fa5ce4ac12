import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { beforeAll, describe, expect, it } from "vitest";
import { Db, quoteText } from "../../kernel-lib/db";
import { listFiles, writeFileDurably } from "../../kernel-lib/engine/commit";
import { imbalance, type Ledger } from "../../kernel-lib/run/ledger";
import { type Planted, writeRows } from "./make-rows";
import { cli, hashes, readJson, startCli, temporaryFolder } from "./run-cli";

const folder = temporaryFolder();
const source = join(folder, "rows.jsonl");
const ROWS = 4000;
const base = ["normalize", source, "--rows-per-shard", "300"];
let planted: Planted;

beforeAll(() => {
  planted = writeRows(source, ROWS);
});

describe("a run", () => {
  const out = join(folder, "run");

  it("accounts for every line", () => {
    const result = cli([...base, "--out", out, "--workers", "2"]);
    expect(result.stderr).not.toMatch(/\bat .*\.js:/);
    expect(result.code).toBe(0);
    const ledger = readJson<Ledger>(out, "ledger.json");
    expect(ledger.totals).toEqual({
      rows_in: ROWS,
      rows_out: planted.parseable - planted.specials,
      rejected: { special_in_body: planted.specials },
      quarantined: planted.quarantined,
    });
    expect(ledger.splits.map(imbalance)).toEqual([0]);
    expect(ledger.balanced).toBe(true);
  });

  it("keeps the bytes of every unreadable line and where it stood", () => {
    const text = readFileSync(source);
    const bad = listFiles(join(out, "quarantine")).flatMap((name) =>
      readFileSync(join(out, "quarantine", name), "utf8")
        .trimEnd()
        .split("\n")
        .map(
          (line) => JSON.parse(line) as { row: number; offset: number; reason: string; bytes_base64: string },
        ),
    );
    expect(bad.length).toBe(ROWS / 50);
    for (const { row, offset, bytes_base64 } of bad) {
      expect(row % 50).toBe(7);
      const bytes = Buffer.from(bytes_base64, "base64");
      expect(text.subarray(offset, offset + bytes.length).equals(bytes)).toBe(true);
      expect(text[offset + bytes.length]).toBe(10);
    }
  });

  it("leads from every row back to its line", async () => {
    const db = await Db.open();
    const lines = readFileSync(source, "latin1").split("\n");
    const rows = await db.all<{ source_row: number; source_uuid: string; row_key: string }>(
      `SELECT source_row, source_uuid, row_key FROM read_parquet(${quoteText(`${out}/rows/**/*.parquet`)})`,
    );
    expect(rows.length).toBe(planted.parseable - planted.specials);
    for (const { source_row, source_uuid, row_key } of rows) {
      expect(lines[source_row]).toContain(`"uuid":"${source_uuid}"`);
      expect(row_key.endsWith(`/rows.jsonl#${source_row}`)).toBe(true);
    }
    db.close();
  });

  it("has sidecars with the same rows in the same order", async () => {
    const db = await Db.open();
    for (const name of listFiles(join(out, "rows"))) {
      const keys = async (path: string) =>
        (await db.all(`SELECT row_key FROM read_parquet(${quoteText(path)})`)).map(({ row_key }) => row_key);
      const rows = await keys(join(out, "rows", name));
      for (const sidecar of ["exact_duplicate.v1", "length.v1"]) {
        expect(await keys(join(out, "flags", sidecar, name))).toEqual(rows);
      }
    }
    db.close();
  });

  it("marks exact duplicates and says of which row", async () => {
    const db = await Db.open();
    const marked = await db.all<{ row_key: string; quality_duplicate_of: string }>(
      `SELECT row_key, quality_duplicate_of FROM read_parquet(${quoteText(`${out}/flags/exact_duplicate.v1/**/*.parquet`)})
       WHERE quality_is_duplicate`,
    );
    expect(marked.length).toBe(planted.duplicates);
    for (const { row_key, quality_duplicate_of } of marked) {
      expect(row_key > quality_duplicate_of).toBe(true); // equal in all else: the smaller row_key is kept
    }
    db.close();
  });

  it("writes the same bytes with another number of workers", () => {
    const other = join(folder, "one-worker");
    expect(cli([...base, "--out", other, "--workers", "1"]).code).toBe(0);
    expect(hashes(other)).toEqual(hashes(out));
  });

  it("ends with the same bytes when it is killed five times and resumed", async () => {
    const killed = join(folder, "killed");
    const wholeRun = Date.now();
    cli([...base, "--out", join(folder, "timing"), "--workers", "2"]);
    const duration = Date.now() - wholeRun;
    for (let i = 0; i < 5; i++) {
      const child = startCli([...base, "--out", killed, "--workers", "2", "--resume"]);
      await new Promise((resolve) => setTimeout(resolve, duration * (0.3 + 0.15 * i)));
      child.kill("SIGKILL");
      await new Promise((resolve) =>
        child.exitCode !== null || child.signalCode ? resolve(null) : child.once("exit", resolve),
      );
    }
    const result = cli([...base, "--out", killed, "--workers", "2", "--resume"]);
    expect(result.stderr).not.toContain("corpuslab:");
    expect(result.code).toBe(0);
    expect(hashes(killed)).toEqual(hashes(out));
  });

  it("removes what a kill left between writing a file and renaming it", () => {
    const torn = join(folder, "torn");
    expect(cli([...base, "--out", torn]).code).toBe(0);
    const places = [".run/done/normalize/train/part-00000.parquet.json", "ledger.json"];
    for (const place of places) writeFileSync(join(torn, `${place}.tmp-${randomUUID()}`), "half");
    expect(cli([...base, "--out", torn, "--resume"]).code).toBe(0);
    expect(hashes(torn)).toEqual(hashes(out));
  });

  it("makes way for the next one with --overwrite, with pools, scores and vectors, and leaves what is not its own", () => {
    const twice = join(folder, "twice");
    expect(cli([...base, "--out", twice, "--limit", "300"]).code).toBe(0);
    expect(cli(["pools", twice]).code).toBe(0);
    const beside = ["scores/tiny.v1/score.json", "embeddings/words.prompt.v1/embed.json", "notes/mine.txt"];
    for (const name of beside) writeFileDurably(join(twice, name), "{}");
    expect(cli([...base, "--out", twice, "--limit", "200"]).code).toBe(1);
    expect(cli([...base, "--out", twice, "--limit", "200", "--overwrite"]).code).toBe(0);
    expect(readJson<Ledger>(twice, "ledger.json").totals.rows_in).toBe(200);
    expect(listFiles(twice).filter((name) => /^(pools|scores|embeddings|notes)\//.test(name))).toEqual([
      "notes/mine.txt",
    ]);
  });

  it("lets one process at a time write, and takes over from one that was killed", async () => {
    const shared = join(folder, "shared");
    const first = startCli([...base, "--out", shared, "--rows-per-shard", "50"]);
    while (!existsSync(join(shared, ".run", "lock"))) await new Promise((resolve) => setTimeout(resolve, 20));
    const second = cli([...base, "--out", shared, "--rows-per-shard", "50", "--resume"]);
    expect(second.stderr).toContain(`is being written by process ${first.pid}`);
    expect(second.code).toBe(1);
    first.kill("SIGKILL");
    await new Promise((resolve) => first.once("exit", resolve));
    expect(cli([...base, "--out", shared, "--rows-per-shard", "50", "--resume"]).code).toBe(0);
    expect(existsSync(join(shared, ".run", "lock"))).toBe(false);
  });

  it("stops on Ctrl-C, says how to go on, and goes on", async () => {
    const stopped = join(folder, "stopped");
    const child = startCli([...base, "--out", stopped, "--rows-per-shard", "50"]);
    while (!existsSync(join(stopped, ".run", "done", "normalize")))
      await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill("SIGINT");
    const code = await new Promise((resolve) => child.once("exit", resolve));
    expect(code).toBe(130);
    expect(existsSync(join(stopped, "run.json"))).toBe(false);
    expect(existsSync(join(stopped, ".run", "lock"))).toBe(false);
    expect(cli([...base, "--out", stopped, "--rows-per-shard", "50", "--resume"]).code).toBe(0);
  });

  it("stops on Ctrl-C within seconds while one worker is idle and the other deep in a file", async () => {
    const place = join(folder, "packed");
    mkdirSync(place);
    const text = readFileSync(source);
    writeFileSync(join(place, "a.jsonl.gz"), gzipSync(text.subarray(0, text.indexOf("\n", 20_000) + 1)));
    writeFileSync(join(place, "b.jsonl.gz"), gzipSync(Buffer.concat(Array.from({ length: 60 }, () => text))));
    for (const delay of [0, 150, 400]) {
      const stopped = join(folder, `packed-${delay}`);
      const child = startCli(["normalize", place, "--out", stopped, "--workers", "2"]);
      const marker = join(stopped, ".run", "done", "normalize", "train", "part-00000.parquet.json");
      while (!existsSync(marker)) await new Promise((resolve) => setTimeout(resolve, 20));
      await new Promise((resolve) => setTimeout(resolve, delay));
      const asked = Date.now();
      child.kill("SIGINT");
      const code = await new Promise((resolve) => child.once("exit", resolve));
      expect([code, Date.now() - asked < 5000]).toEqual([130, true]);
    }
  });

  it("does not write over a run unless told so", () => {
    const again = cli([...base, "--out", out]);
    expect(again.code).toBe(1);
    expect(again.stderr).toContain("already holds a finished run of the same job: --resume continues it");
    const other = cli([...base, "--out", out, "--resume", "--drop-empty-completion"]);
    expect(other.code).toBe(1);
    expect(other.stderr).toContain("drop_empty_completion: was false, now true");
  });
});

describe("switches", () => {
  it("move what they refuse to rejected/ with a decision, and the ledger still balances", async () => {
    const out = join(folder, "dropped");
    const result = cli([
      ...base,
      "--out",
      out,
      "--drop-empty-completion",
      "--drop-invalid-harmony",
      "--dedup",
    ]);
    expect(result.code).toBe(0);
    const ledger = readJson<Ledger>(out, "ledger.json");
    expect(ledger.totals.rejected).toEqual({
      empty_completion: planted.emptyCompletions,
      exact_duplicate: planted.duplicates,
      special_in_body: planted.specials,
    });
    expect(ledger.splits.map(imbalance)).toEqual([0, 0]);
    const refused = Object.values(ledger.totals.rejected).reduce((a, b) => a + b);
    const db = await Db.open();
    const one = (sql: string) => db.one<{ n: number }>(sql);
    const all = `${out}/rejected/**/*.parquet`;
    expect(
      (await one(`SELECT count(*) n FROM read_parquet(${quoteText(all)}, union_by_name = true)`)).n,
    ).toBe(refused);
    expect(
      (
        await one(
          `SELECT count(*) n FROM read_parquet(${quoteText(`${out}/decisions/**/*.parquet`)}) WHERE action = 'reject'`,
        )
      ).n,
    ).toBe(refused);
    expect(
      (await one(`SELECT count(*) n FROM read_parquet(${quoteText(`${out}/rows/**/*.parquet`)})`)).n,
    ).toBe(ledger.totals.rows_out);
    db.close();
  });

  it("are understood as people's scripts spell them", () => {
    const out = join(folder, "aliases");
    const result = cli(
      `normalize --dataset ${source} --out_dir ${out} --max_records=100 --num_workers 1 --drop_invalid_harmony --drop_empty_completion --rows_per_shard 60 --hf_layout --write_readme`.split(
        " ",
      ),
    );
    expect(result.stderr).not.toContain("corpuslab:");
    expect(result.code).toBe(0);
    const ledger = readJson<Ledger>(out, "ledger.json");
    expect(ledger.totals.rows_in).toBe(100);
    expect(listFiles(join(out, "rows"))).toEqual(["train/part-00000.parquet", "train/part-00001.parquet"]);
    expect(readFileSync(join(out, "README.md"), "utf8")).toMatch(/^---\n/);
  });
});
