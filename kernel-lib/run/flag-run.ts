/** Flags over a run: sidecars beside its rows. */
import { existsSync, rmSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { statePath, writeFileDurably } from "../engine/commit";
import { LocalEngine } from "../engine/local";
import { lockRun } from "../engine/lock";
import { runStage } from "../engine/run-stage";
import { InputError, ShardError } from "../errors";
import { FLAGS } from "../flag";
import { interruptSignal } from "../interrupt";
import { type OnProgress, withProgress } from "../notebook/progress";
import { JOBS } from "../progress";
import { parquetFiles } from "../run-folder";
import { sidecarOf, writtenColumns } from "../step";
import { chosenFlags, type FlagChoice } from "./flag-batches";
import type { FlagSpec, FlagSummary } from "./flag-task";
import { readRun } from "./run";
import { writeView } from "./view";

export interface FlagRunOptions {
  /** Names, or names with parameters; default all built-in flags. */
  readonly flags?: readonly FlagChoice[];
  /** Folder that gets `flags/<name>.v<N>/`; default the run itself, where `open` and view.sql then show the columns. */
  readonly out?: string;
  /** Worker threads; default one a core. Does not change the bytes. */
  readonly workers?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: OnProgress;
}

export interface FlaggedRun {
  /** Absolute path of the folder that holds `flags/`. */
  readonly out: string;
  readonly rows: number;
  readonly sidecars: readonly { readonly folder: string; readonly columns: readonly string[] }[];
  summary(): string;
}

/**
 * `flags/<name>.v<N>/` holds each flag's values for every row of the run, in the order of its rows. All flags are computed
 * in one pass; nothing is dropped and no row changes. What is there already for the same rows, flags and parameters is
 * kept, so a stopped call is continued by the same call. Memory: some 400 MB a worker.
 *
 * @throws InputError for a folder that holds no finished run, an unknown flag and parameters that a flag refuses.
 * @throws ShardError when shards failed; the others are written.
 * @example await flagRun("out/demo", { flags: ["repetition", { flag: "form", params: { minChars: 20 } }] })
 */
export async function flagRun(
  run: string | { readonly out: string },
  {
    flags: choices = [...FLAGS.keys()],
    out: target,
    workers,
    signal = interruptSignal(),
    onProgress,
  }: FlagRunOptions = {},
): Promise<FlaggedRun> {
  const from = readRun(typeof run === "string" ? resolve(run) : run.out).out;
  const out = target === undefined ? from : resolve(target);
  const flags = chosenFlags(choices);
  const parts = parquetFiles(join(from, "rows"));
  if (parts.length === 0) throw new InputError(`flag ${from}: the run holds no rows`);
  const tasks = parts.map((part) => {
    const rows = join(from, "rows", part);
    const { size, mtimeMs } = statSync(rows);
    const spec: FlagSpec = {
      flags: flags.map(({ step, params }) => ({ flag: step.name, params })),
      rows,
      part,
      basis: `${size} ${mtimeMs} ${flags.map(({ step }) => step.version).join(",")}`,
    };
    return { id: `${flags.map(({ step }) => step.name).join("+")}/${part}`, spec, weight: size };
  });
  const stage = {
    name: "flag",
    module: "run/flag-task",
    tasks,
    weights: tasks.map(({ weight }) => weight),
    out,
  };
  return await withProgress(JOBS.flag, onProgress, async (report) => {
    const unlock = lockRun(out);
    const engine = new LocalEngine(workers === undefined ? {} : { workers });
    try {
      for (const { id, spec } of tasks) {
        const isWhole = flags.every(({ step }) => existsSync(join(out, sidecarOf(step), spec.part)));
        if (!isWhole) rmSync(statePath(out, `done/flag/${id}.json`), { force: true });
      }
      const { results, failures } = await runStage(engine, stage, { signal, onProgress: report });
      if (failures.length > 0) {
        const [first] = failures;
        throw new ShardError(
          `flag: ${failures.length} of ${tasks.length} shards failed, the others are written; run the same command again. ` +
            `First: ${first!.task}: ${first!.message}`,
        );
      }
      for (const { step, params } of flags) {
        const facts = { flag: step.name, version: step.version, params, run: from === out ? null : from };
        writeFileDurably(join(out, sidecarOf(step), "flag.json"), `${JSON.stringify(facts, null, 2)}\n`);
      }
      if (out === from) await writeView(out);
      const rows = [...results.values()].reduce((sum, { summary }) => sum + (summary as FlagSummary).rows, 0);
      const sidecars = flags.map(({ step }) => ({
        folder: sidecarOf(step),
        columns: writtenColumns(step).map(({ name }) => name),
      }));
      return { out, rows, sidecars, summary: () => summaryOf(out, rows, sidecars) };
    } finally {
      await engine.close();
      unlock();
    }
  });
}

function summaryOf(out: string, rows: number, sidecars: FlaggedRun["sidecars"]): string {
  return [
    ...sidecars.map(({ folder, columns }) => `${folder}: ${columns.join(", ")}`),
    `${rows} rows flagged, nothing dropped; ${out}`,
  ].join("\n");
}
