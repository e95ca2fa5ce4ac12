/** Flags over a run: sidecars beside its rows. */
import { existsSync, rmSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
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
import { isLayer } from "../run-folder/layers";
import { inheritedMark, markFields } from "../run-folder/research-mode";
import { chosenFlags, type FlagChoice } from "./choose-flags";
import type { ChosenFlag } from "./chosen-flag";
import { addErrors, type ErrorsByFlag } from "./flag-batches";
import { flagSources } from "./flag-sources";
import type { FlagSpec, FlagSummary } from "./flag-task";
import { MAX_ERRORS, ROW_TIMEOUT_S, writeLimits } from "./limits";
import { readRun } from "./run";
import { tooManyErrors } from "./too-many-errors";
import { writeView } from "./view";

export interface FlagRunOptions {
  /**
   * Names of built-in flags, versions of promoted ones (`my_flag@2`), either with parameters, or what `promote` answered;
   * default all built-in flags.
   */
  readonly flags?: readonly FlagChoice[];
  /** Folder of promoted steps; default `pipelines/` of the workspace. */
  readonly pipelines?: string;
  /** Rows on which promoted flags may throw before the call fails; default 100. */
  readonly maxErrors?: number;
  /** Seconds that a promoted flag may take for one row; default 60. */
  readonly taskTimeout?: number;
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
  /** Rows on which promoted flags threw, by flag; `<name>_error` says why for each. */
  readonly errors: ErrorsByFlag;
  summary(): string;
}

/**
 * `flags/<name>.v<N>/` holds each flag's values for every row of the run, in the order of its rows. All flags are computed
 * in one pass; nothing is dropped and no row changes. What is there already for the same rows, flags and parameters is
 * kept, so a stopped call is continued by the same call. A promoted flag runs as in a pipeline: every byte compared with its
 * checksum, in its realm or program, with a time limit; a row on which it throws has no values, and what it threw stands in
 * `<name>_error`. Memory: some 400 MB a worker.
 *
 * @throws InputError for a folder that holds no finished run, an unknown flag and parameters that a flag refuses.
 * @throws ShardError when shards failed; the others are written.
 * @example await flagRun("out/demo", { flags: ["repetition", { flag: "form", params: { minChars: 20 } }, "my_flag@2"] })
 */
export async function flagRun(
  run: string | { readonly out: string },
  options: FlagRunOptions = {},
): Promise<FlaggedRun> {
  const { flags: choices = [...FLAGS.keys()], out: target, workers, signal = interruptSignal() } = options;
  const { maxErrors = MAX_ERRORS, taskTimeout = ROW_TIMEOUT_S, onProgress } = options;
  const from = readRun(typeof run === "string" ? resolve(run) : run.out).out;
  const out = target === undefined ? from : resolve(target);
  const flags = chosenFlags(choices, { pipelines: options.pipelines });
  const parts = parquetFiles(join(from, "rows"));
  if (parts.length === 0)
    throw new InputError(`flag ${from}: ${isLayer(from) ? LAYER : "the run holds no rows"}`);
  const beside = await flagSources(from, flags);
  const tasks = parts.map((part) => {
    const rows = join(from, "rows", part);
    const { size, mtimeMs } = statSync(rows);
    const versions = flags.map(({ folder }) => folder.replace(/^.*\.v/, "")).join(",");
    const spec: FlagSpec = {
      flags: flags.map(({ plan }) => plan),
      rows,
      part,
      basis: `${size} ${mtimeMs} ${versions}`,
      ...(beside.sidecars.length > 0 ? { beside: { ...beside, run: from } } : {}),
    };
    return { id: `${flags.map(({ ref }) => ref).join("+")}/${part}`, spec, weight: size };
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
      writeLimits(out, { maxErrors, rowTimeoutMs: 1000 * taskTimeout });
      for (const { id, spec } of tasks) {
        const isWhole = flags.every(({ folder }) => existsSync(join(out, folder, spec.part)));
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
      const summaries = tasks.map(({ id }) => results.get(id)!.summary as FlagSummary);
      const errors = summaries.reduce<ErrorsByFlag>((sum, one) => addErrors(sum, one.errors ?? {}), {});
      for (const flag of flags) writeFacts(out, flag, { run: from === out ? null : from, errors });
      if (out === from) await writeView(out);
      const problem = tooManyErrors(errors, () => maxErrors);
      if (problem) throw problem;
      const rows = summaries.reduce((sum, one) => sum + one.rows, 0);
      const sidecars = flags.map(({ folder, columns }) => ({
        folder,
        columns: columns.map(({ name }) => name),
      }));
      return { out, rows, sidecars, errors, summary: () => summaryOf({ out, rows, sidecars, errors }) };
    } finally {
      await engine.close();
      unlock();
    }
  });
}

const LAYER =
  "is the run of a pipeline, a layer over other rows; flag the run below it (its input), whose flags show in the layer too";

/** `flag.json`: what made the sidecar. */
function writeFacts(
  out: string,
  { ref, folder, facts, errorColumn }: ChosenFlag,
  { run, errors }: { readonly run: string | null; readonly errors: ErrorsByFlag },
): void {
  const own = errorColumn === null ? {} : { errors: errors[ref] ?? { rows: 0 } };
  const mark = markFields(run === null ? null : inheritedMark(false, { [basename(run)]: [run] }));
  writeFileDurably(
    join(out, folder, "flag.json"),
    `${JSON.stringify({ ...facts, run, ...own, ...mark }, null, 2)}\n`,
  );
}

function summaryOf({ out, rows, sidecars, errors }: Omit<FlaggedRun, "summary">): string {
  return [
    ...sidecars.map(({ folder, columns }) => `${folder}: ${columns.join(", ")}`),
    ...Object.entries(errors).map(
      ([ref, { rows: failed, first }]) =>
        `${ref} threw on ${failed} of ${rows} rows, which have no values (${ref.split("@")[0]}_error says why); first: ${first.row_key}: ${first.message}`,
    ),
    `${rows} rows flagged, nothing dropped; ${out}`,
  ].join("\n");
}
