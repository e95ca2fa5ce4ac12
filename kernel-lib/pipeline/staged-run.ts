/** A pipeline over a few rows, run by the executor itself in a folder that is gone afterwards: for proofs. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Db, quoteText } from "../db";
import { makeLedger } from "../run/ledger";
import { codeIdentity } from "../run/manifest";
import { readParquet } from "../run-folder";
import type { PinnedStep } from "../steps/pinned-step";
import { open } from "../table/open";
import { lastRun, rememberRun } from "../table/row-run";
import { runPipeline } from "./run-pipeline";

export interface StagedRun {
  /** The step that was run. */
  readonly step: (folder: string) => PinnedStep;
  /** Writes a Parquet file with `row_key` and all that the step reads, at the path. */
  readonly write: (path: string) => Promise<unknown>;
  /** Columns to read afterwards, beside `kept` and `drop_reason`. */
  readonly columns: readonly string[];
  readonly signal?: AbortSignal;
}

/** What the executor said of a row. */
export interface StagedAnswer {
  readonly kept: boolean;
  readonly drop_reason: string | null;
  readonly [column: string]: unknown;
}

/** Rows of a shard of the second pass: another batch size than that of the first, which is one shard. */
export const FEW = 7;

/**
 * The executor's answers to the rows, in their order, twice: all rows in one shard, and in another order in shards of a
 * few rows. Worker thread, Parquet in and out; nothing is left behind, and `why` still asks the run it asked before.
 */
export async function stagedRun({ step, write, columns, signal }: StagedRun): Promise<{
  readonly inOrder: readonly StagedAnswer[];
  readonly shuffled: readonly StagedAnswer[];
}> {
  const folder = mkdtempSync(join(tmpdir(), "corpuslab-proof-"));
  const before = lastRun();
  try {
    const input = join(folder, "input");
    const rows = join(input, "rows", "proof");
    mkdirSync(rows, { recursive: true });
    await write(join(rows, "a.parquet"));
    const count = await shuffle(rows, signal);
    writeManifests(input, 2 * count);
    const out = join(folder, "out");
    await runPipeline(
      { name: "proof", steps: [step(folder)] },
      {
        // Two parts, and so two tasks: a batch ends where its shard does, whatever the part.
        ...{ input, out, workers: 1, partRows: Math.max(1, count), onProgress: null },
        maxErrors: Number.MAX_SAFE_INTEGER,
        ...(signal ? { signal } : {}),
      },
    );
    const answers = (await (
      await open(out, { dropped: true })
    )
      .select(["row_key", "kept", "drop_reason", ...columns])
      .toArray()) as unknown as (StagedAnswer & { row_key: string })[];
    const byKey = new Map(answers.slice(count).map((answer) => [answer.row_key, answer]));
    return {
      inOrder: answers.slice(0, count),
      shuffled: answers.slice(0, count).map(({ row_key }) => byKey.get(again(row_key))!),
    };
  } finally {
    if (before !== null) rememberRun(before);
    rmSync(folder, { recursive: true, force: true });
  }
}

const again = (key: string) => `${key} again`;

/** The rows of a.parquet once more in another order, in shards of a few. */
async function shuffle(rows: string, signal?: AbortSignal): Promise<number> {
  const db = await Db.open({ threads: 1, ...(signal ? { signal } : {}) });
  try {
    const from = readParquet([join(rows, "a.parquet")]);
    const { n } = await db.one<{ n: number }>(`select count(*) as n from ${from}`);
    await db.run(
      `create temp table mixed as select * replace (row_key || ' again' as row_key), row_number() over (order by hash(row_key)) - 1 as n__ from ${from}`,
    );
    for (let start = 0; start < n; start += FEW) {
      const path = join(rows, `b-${String(start).padStart(9, "0")}.parquet`);
      await db.run(
        `copy (select * exclude (n__) from mixed where n__ >= ${start} and n__ < ${start + FEW} order by n__) to ${quoteText(path)} (format parquet)`,
      );
    }
    return n;
  } finally {
    db.close();
  }
}

function writeManifests(input: string, rows: number): void {
  const split = { dataset: "proof", subset: "default", split: "proof" };
  const ledger = makeLedger(
    [{ stage: "proof", ...split, rows_in: rows, rows_out: rows, rejected: {}, quarantined: {} }],
    [],
  );
  const run = {
    ...{ format: "corpuslab.run", version: 1, config: {}, code: codeIdentity() },
    inputs: [{ dataset: "proof", revision: "proof", license: null, origin: "proof", adapter: {}, files: [] }],
  };
  writeFileSync(join(input, "ledger.json"), JSON.stringify(ledger));
  writeFileSync(join(input, "run.json"), JSON.stringify(run));
}
