/** `corpuslab run`: pinned steps over all rows of a run, as a layer of verdicts, flags and texts over it. */
import { existsSync, mkdirSync, realpathSync, rmSync, statSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";
import { Db } from "../db";
import { statePath, writeFileDurably } from "../engine/commit";
import type { Engine, Stage, TaskFailure, TaskResult } from "../engine/engine";
import { LocalEngine } from "../engine/local";
import { lockRun } from "../engine/lock";
import { runStage } from "../engine/run-stage";
import { InputError, ShardError } from "../errors";
import { interruptSignal } from "../interrupt";
import { withProgress } from "../notebook/progress";
import { observeRun } from "../openlineage/observe-run";
import { JOBS } from "../progress";
import { assertBalanced, type LedgerEntry, makeLedger } from "../run/ledger";
import { MAX_ERRORS, ROW_TIMEOUT_S, TooManyErrors, writeLimits } from "../run/limits";
import { codeIdentity, openRunFolder, type RunManifest } from "../run/manifest";
import { openRun, type Run } from "../run/run";
import { inheritedMark, markFields } from "../run-folder/research-mode";
import { verdictSlice } from "../run-folder/verdict-slice";
import { damage, digestOf } from "../steps/versions";
import type { GroupMapSpec } from "./group-map-task";
import type { GroupReduceSpec } from "./group-reduce-task";
import type { GroupSpec } from "./group-task";
import { type InputRun, readInputRun } from "./input-run";
import { checkWritten, removeLayerOrphans } from "./layer-files";
import { writeLayerView } from "./layer-view";
import { partRows } from "./part-rows";
import type { PartSpec, SegmentSummary } from "./part-spec";
import { type Part, planParts } from "./parts";
import { type Pipeline, readPipeline } from "./pipeline-file";
import { failureMessage, pipelineLineage, pipelineOutcome } from "./pipeline-lineage";
import type { RunPipelineOptions } from "./run-pipeline-options";
import { planSegments, type Segment } from "./segments";
import { errorsIn, stepEntries } from "./step-counts";
import { takeTimes } from "./step-times";
import { checkVerdicts } from "./verdict-check";

/**
 * The folder `out` is a layer over the input (see docs/contracts.md): a verdict for each of its rows, the values of flags,
 * rewritten texts, the rows on which a step threw, and a ledger that accounts for each row at each step. `open(out)` gives
 * the rows that were kept. The bytes depend on the input and the pinned steps alone, not on workers, kills or resumption.
 * Memory: 300 to 500 MB a worker.
 * @throws InputError for a step that was changed, a column that is not there, or an answer outside a step's schema, and when
 *   steps threw on more than `maxErrors` rows: the run is unfinished, and `resume` continues it.
 * @throws ShardError when tasks failed otherwise: the others are written, and `resume` runs the failed ones again.
 * @example
 * const run = await runPipeline("pipelines/clean.json", { input: "out/demo", out: "out/clean" });
 * await (await run.rows()).count();
 */
export async function runPipeline(pipeline: Pipeline | string, options: RunPipelineOptions): Promise<Run> {
  const pinned = typeof pipeline === "string" ? readPipeline(pipeline) : pipeline;
  for (const step of pinned.steps) {
    const damaged = damage(step);
    if (damaged.length === 0 && digestOf(step) === step.digest) continue;
    const what = damaged.join("; ") || `${step.folder} is another version than the one that was pinned`;
    throw new InputError(`step ${step.ref}: ${what}; restore it from git, a version is never edited`);
  }
  return withProgress(JOBS.run, options.onProgress, (report) =>
    new PipelineJob(pinned, { ...options, onProgress: report }).run(),
  );
}

const PART_ROWS = 1_000_000;
const PART_BYTES = 32 * 1024 * 1024;

class PipelineJob {
  private readonly out: string;
  private readonly input: string;
  private readonly signal: AbortSignal;
  private readonly written = new Set<string>();
  private readonly maxErrors: number;
  /** Rows on which steps threw so far. */
  private errors = 0;
  private readonly timings: { stage: string; milliseconds: number }[] = [];

  constructor(
    private readonly pipeline: Pipeline,
    private readonly options: RunPipelineOptions,
  ) {
    this.out = resolve(options.out);
    this.input = resolve(options.input);
    this.maxErrors = options.maxErrors ?? MAX_ERRORS;
    this.signal = options.signal ?? interruptSignal();
  }

  async run(): Promise<Run> {
    const { resume = false, overwrite = false, workers } = this.options;
    const input = await this.readInput();
    this.checkOut(input);
    const segments = planSegments(this.pipeline.steps, input.folder);
    const parts = this.parts(input, segments);
    const manifest = this.manifest(input);
    const unlock = lockRun(this.out);
    const engine = new LocalEngine(workers === undefined ? {} : { workers });
    try {
      openRunFolder(this.out, manifest, { resume, overwrite });
      writeLimits(this.out, {
        maxErrors: this.maxErrors,
        rowTimeoutMs: 1000 * (this.options.taskTimeout ?? ROW_TIMEOUT_S),
      });
      const { out, pipeline, signal } = this;
      const runSegments = async () => {
        const entries: LedgerEntry[] = [];
        for (const [i, segment] of segments.entries()) {
          entries.push(...(await this.runSegment(engine, input, parts, segments, i, segment)));
        }
        return await this.finish(manifest, input, entries);
      };
      return await observeRun(pipelineLineage(out, pipeline, { input, manifest }), runSegments, {
        ...{ out, signal },
        messageOf: failureMessage,
        outcome: ({ ledger }) => pipelineOutcome(out, pipeline, { input, ledger }),
      });
    } finally {
      await engine.close();
      unlock();
    }
  }

  private async readInput(): Promise<InputRun> {
    const db = await Db.open({ signal: this.signal });
    try {
      return await readInputRun(db, this.input);
    } finally {
      db.close();
    }
  }

  /** A run never writes where its input stands, under whatever name: --overwrite would delete it. */
  private checkOut({ folder }: InputRun): void {
    const below = [folder.path, ...folder.layers.map(({ path }) => path)].map((path) => realpathSync(path));
    const out = existsSync(this.out) ? realpathSync(this.out) : this.out;
    if (!below.some((path) => path === out || path.startsWith(out + sep))) return;
    throw new InputError(
      `${this.options.out}: is the input, a run below it, or a folder around one; name a folder of its own with --out`,
    );
  }

  private parts(input: InputRun, segments: readonly Segment[]): Part[] {
    const { partRows: rows = PART_ROWS, partBytes = PART_BYTES } = this.options;
    const readsText = segments.some((segment) => segment.readsText);
    const bytes = readsText ? partBytes : Number.POSITIVE_INFINITY;
    const bytesOf = (name: string) => statSync(join(input.folder.path, "rows", name)).size;
    return planParts(input.shards, ({ name }) => (readsText ? bytesOf(name) : 0), { rows, bytes });
  }

  private async runSegment(
    engine: Engine,
    input: InputRun,
    parts: readonly Part[],
    segments: readonly Segment[],
    index: number,
    segment: Segment,
  ): Promise<LedgerEntry[]> {
    const name = `${index + 1}-${segment.form}`;
    const isLast = index === segments.length - 1;
    const specs = parts.map((part): PartSpec => {
      const rows = partRows(part, segment, {
        base: input.folder.path,
        aligned: input.aligned,
        overlays: input.folder.layers.flatMap(({ overlays }) => overlays),
        verdicts:
          index === 0
            ? verdictSlice(input.verdicts, part)
            : { files: [verdictPath(index - 1, false, part)], from: null },
      });
      return {
        ...{ part, rows, steps: segment.steps, splits: input.splits.length, basis: input.stamp },
        verdicts: verdictPath(index, isLast, part),
        quarantine: segments.length === 1 ? "quarantine" : `quarantine/${name}`,
      };
    });
    const module = `pipeline/${segment.form}-task`;
    const last = segment.form === "group" ? await this.reduceGroups(engine, name, specs) : specs;
    const results = await this.stage(engine, name, module, last.map(partTask));
    const tallies = [...results.values()].map(({ summary }) => (summary as SegmentSummary).tally);
    return stepEntries(
      segment.steps.map(({ ref }) => ref),
      input.splits,
      tallies,
    );
  }

  /** A rule over groups needs all rows before it can say anything of one. */
  private async reduceGroups(engine: Engine, name: string, specs: readonly PartSpec[]): Promise<GroupSpec[]> {
    const folder = `.run/groups/${name}`;
    const maps = specs.map((spec): GroupMapSpec => ({ ...spec, to: `${folder}/${spec.part.id}.parquet` }));
    await this.stage(engine, `${name}-map`, "pipeline/group-map-task", maps.map(partTask));
    const dropped = `${folder}/dropped.parquet`;
    const [first] = specs;
    if (!first) return [];
    const rows = specs.reduce((sum, { part }) => sum + part.rows, 0);
    const reduce: GroupReduceSpec = {
      ...{ step: first.steps[0]!, from: maps.map(({ to }) => to), to: dropped, rows, basis: first.basis },
    };
    await this.stage(engine, `${name}-reduce`, "pipeline/group-reduce-task", [
      { id: "all", spec: reduce, weight: rows },
    ]);
    return specs.map((spec) => ({ ...spec, dropped }));
  }

  private async stage(
    engine: Engine,
    name: string,
    module: string,
    tasks: readonly { id: string; spec: unknown; weight: number }[],
  ): Promise<ReadonlyMap<string, TaskResult>> {
    const started = Date.now();
    const stage: Stage = { name, module, tasks, weights: tasks.map(({ weight }) => weight), out: this.out };
    const { onProgress } = this.options;
    const stop = new AbortController();
    const { results, failures } = await runStage(engine, stage, {
      signal: AbortSignal.any([this.signal, stop.signal]),
      onProgress: onProgress && ((progress) => onProgress({ ...progress, stage: "run" })),
      onTask: (end) => {
        // What the caller has to mend first would stop the other tasks too.
        if ("message" in end) {
          if (end.isInput) stop.abort(new InputError(end.message));
        } else this.countErrors(end, stop);
      },
    });
    for (const { files } of results.values()) for (const file of files) this.written.add(file.name);
    this.timings.push({ stage: name, milliseconds: Date.now() - started });
    if (failures.length > 0) throw failureError(failures);
    return results;
  }

  /** Stops the run when all its tasks together have too many rows on which steps threw. */
  private countErrors({ summary }: TaskResult, stop: AbortController): void {
    const { tally = [] } = summary as Partial<SegmentSummary>;
    this.errors += errorsIn(tally);
    if (this.errors > this.maxErrors) stop.abort(new TooManyErrors(this.errors, this.maxErrors, null));
  }

  private async finish(
    manifest: RunManifest,
    input: InputRun,
    entries: readonly LedgerEntry[],
  ): Promise<Run> {
    const ledger = makeLedger(entries, []);
    const { milliseconds, steps } = takeTimes(this.out);
    const inSteps = Object.values(steps).reduce((sum, spent) => sum + spent, 0);
    const timings = {
      ...{ workers: this.options.workers ?? null, stages: this.timings },
      // Of the tasks whose steps look at rows: in all, in the steps' own code, and that code's share.
      tasks: { milliseconds, steps, steps_share: milliseconds > 0 ? inSteps / milliseconds : null },
    };
    writeFileDurably(join(this.out, "timings.json"), json(timings));
    writeFileDurably(join(this.out, "ledger.json"), json(ledger));
    assertBalanced(ledger);
    mkdirSync(join(this.out, "verdicts"), { recursive: true }); // an input without shards is a layer too
    checkWritten(this.out, this.written);
    removeLayerOrphans(this.out, this.written);
    await checkVerdicts(this.out, input, ledger);
    rmSync(statePath(this.out, "limits.json"), { force: true });
    await writeLayerView(this.out, input.folder, manifest.pipeline!);
    writeFileDurably(join(this.out, "run.json"), json(manifest));
    return openRun(this.out);
  }

  private manifest(input: InputRun): RunManifest {
    const { partRows: rows = PART_ROWS, partBytes = PART_BYTES } = this.options;
    return {
      format: "corpuslab.run",
      version: 1,
      config: { part_rows: rows, part_bytes: partBytes },
      code: codeIdentity(),
      inputs: input.run.manifest.inputs,
      ...markFields(
        inheritedMark(this.options.researchMode ?? false, {
          [relative(this.out, this.input).split(sep).join("/")]: [this.input],
        }),
      ),
      pipeline: {
        name: this.pipeline.name,
        input: relative(this.out, this.input).split(sep).join("/"),
        basis: input.basis,
        steps: this.pipeline.steps.map(({ ref, digest, manifest, params }) => ({
          ...{ step: ref, digest, code: manifest.code, config: manifest.config },
          ...{ kind: manifest.kind, form: manifest.form, params },
        })),
      },
    };
  }
}

function partTask(spec: PartSpec): { id: string; spec: PartSpec; weight: number } {
  return { id: spec.part.id, spec, weight: spec.part.rows };
}

function verdictPath(segment: number, isLast: boolean, part: Part): string {
  return isLast ? `verdicts/${part.id}.parquet` : `.run/verdicts/${segment + 1}/${part.id}.parquet`;
}

function failureError(failures: readonly TaskFailure[]): Error {
  const shown = failures.slice(0, 5).map(({ message }) => message);
  return new ShardError(
    `${failures.length} of the run's tasks failed; mend the cause and run again with --resume:\n${shown.join("\n")}`,
  );
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
