/** The main job: sources → canonical rows, refused rows, decisions, quarantine, sidecars and a ledger. */
import { createHash } from "node:crypto";
import { rmSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { statePath, writeFileDurably } from "../engine/commit";
import type { Engine, Stage, TaskFailure, TaskResult } from "../engine/engine";
import { LocalEngine } from "../engine/local";
import { lockRun } from "../engine/lock";
import { runStage } from "../engine/run-stage";
import { InputError, nearestNames, ShardError } from "../errors";
import { DEFAULT_FLAGS, FLAGS } from "../flag";
import { interruptSignal } from "../interrupt";
import { withProgress } from "../notebook/progress";
import { observeRun } from "../openlineage/observe-run";
import { JOBS } from "../progress";
import { writeCard } from "../publish/card";
import { writeHfLayout } from "../publish/hf-layout";
import type { Source } from "../source/source";
import { ledgerEntries, limitPlans, orEmptyShard } from "./by-split";
import { type AdapterChoice, chooseAdapters } from "./choose-adapters";
import type { ExactDuplicatesSpec } from "./exact-duplicates-task";
import type { FlagSpec } from "./flag-task";
import { foreignSidecars } from "./foreign-sidecars";
import { addUp, assertBalanced, type LedgerEntry, makeLedger, sum } from "./ledger";
import { openRunFolder, type RunManifest } from "./manifest";
import type { MarkDuplicatesSpec, MarkDuplicatesSummary } from "./mark-duplicates-task";
import { normalizeManifest } from "./normalize-manifest";
import type { NormalizeOptions } from "./normalize-options";
import type { NormalizeSpec, NormalizeSummary } from "./normalize-task";
import { setOutdatedAside } from "./outdated-sidecars";
import { type PlannedFile, partName, plannedFiles } from "./parts";
import type { PlanSpec, PlanSummary } from "./plan-task";
import { researchMarkOf } from "./research-mark";
import { openRun, type Run } from "./run";
import { assertRowCounts, removeOrphans, writeToolsCatalog } from "./run-files";
import { normalizeLineage, normalizeOutcome } from "./run-lineage";
import { writeView } from "./view";

type Input = Source | { readonly source: Source };

/**
 * Writes the run folder (see docs/contracts.md): every parseable source row once in rows/, refused ones in rejected/
 * with a line in decisions/, unreadable ones with their bytes in quarantine/, sidecars in flags/, and a ledger that
 * accounts for each. The bytes depend on the sources and options alone. A run killed at any moment and started again
 * with `resume` ends with the same bytes. Memory: some 400 MB a worker, whatever the size of the files.
 *
 * @throws InputError for options and sources that the caller can mend.
 * @throws ShardError when files or shards failed (the others are written and `resume` retries the failed ones), or
 *   when the ledger does not balance.
 * @example
 * const run = await normalize(await open("demo"), { out: "out/demo", limit: 500 });
 * run.ledger.totals;
 */
export async function normalize(input: Input | readonly Input[], options: NormalizeOptions): Promise<Run> {
  const inputs = (Array.isArray(input) ? input : [input]) as readonly Input[];
  const sources = inputs
    .map((one) => ("source" in one ? one.source : one))
    .map((source) => onlySplits(source, options.splits));
  const { onProgress, ...rest } = options;
  return withProgress(JOBS.normalize, onProgress, (report) =>
    new NormalizeJob(sources, { ...rest, out: resolve(options.out), onProgress: report }).run(),
  );
}

function onlySplits(source: Source, wanted: readonly string[] | undefined): Source {
  if (!wanted) return source;
  const known = source.splits.map(({ split }) => split);
  for (const name of wanted) {
    if (known.includes(name)) continue;
    const near = nearestNames(name, known);
    throw new InputError(
      `${source.dataset} has no split "${name}", it has ${known.join(", ")}${near.length ? `; did you mean ${near[0]}?` : ""}`,
    );
  }
  return { ...source, splits: source.splits.filter(({ split }) => wanted.includes(split)) };
}

interface Shard {
  readonly planned: PlannedFile;
  readonly name: string;
  readonly rows: number;
}

class NormalizeJob {
  private readonly files: readonly PlannedFile[];
  private readonly failures: TaskFailure[] = [];
  private readonly timings: { stage: string; milliseconds: number }[] = [];
  private readonly out: string;
  private readonly signal: AbortSignal;

  constructor(
    private readonly sources: readonly Source[],
    private readonly options: NormalizeOptions,
  ) {
    this.out = options.out;
    this.signal = options.signal ?? interruptSignal();
    this.files = plannedFiles(sources);
    if (this.files.length === 0) {
      throw new InputError(
        `${sources.map((s) => s.dataset).join(", ")}: no data file found, expected at least one`,
      );
    }
    for (const flag of options.flags ?? []) {
      if (!FLAGS.has(flag)) {
        throw new InputError(`unknown flag "${flag}", expected one of ${[...FLAGS.keys()].join(", ")}`);
      }
    }
  }

  async run(): Promise<Run> {
    const { resume = false, overwrite = false } = this.options;
    const adapters = await chooseAdapters(this.sources, {
      ...(this.options.adapter ? { adapter: this.options.adapter } : {}),
      ...(this.options.descriptions ? { folders: this.options.descriptions } : {}),
    });
    this.options.onAdapters?.(adapters);
    const mark = await researchMarkOf(this.sources, this.options);
    const manifest = normalizeManifest(this.sources, this.files, adapters, this.options, mark);
    const unlock = lockRun(this.out);
    const engine = new LocalEngine(
      this.options.workers === undefined ? {} : { workers: this.options.workers },
    );
    try {
      openRunFolder(this.out, manifest, { resume, overwrite });
      const { out, signal } = this;
      return await observeRun(
        normalizeLineage(out, manifest),
        () => this.stages(engine, manifest, adapters),
        { out, signal, outcome: (run) => normalizeOutcome(out, run.manifest, run.ledger) },
      );
    } finally {
      await engine.close();
      unlock();
    }
  }

  private async stages(
    engine: Engine,
    manifest: RunManifest,
    adapters: readonly AdapterChoice[],
  ): Promise<Run> {
    const plans = await this.plan(engine);
    const entries = await this.normalize(engine, plans, adapters);
    const shards = this.shardsOf(plans);
    const done = shards.filter(({ name }) => !this.failedShards.has(name));
    entries.push(...(await this.markDuplicates(engine, done)));
    await this.flag(engine, done);
    return await this.finish(manifest, plans, entries);
  }

  private readonly failedShards = new Set<string>();
  /** Identity of all shards that normalize wrote: what is made from them is made anew when one of them changed. */
  private basis = "";
  /** Every file that the run's tasks wrote, relative to the run folder. */
  private readonly written = new Set<string>();

  private async plan(engine: Engine): Promise<ReadonlyMap<PlannedFile, PlanSummary>> {
    const { rowsPerShard = 20_000, shardBytes = 32 * 1024 * 1024, limit } = this.options;
    const tasks = this.files.map((planned) => {
      const { mtimeMs } = statSync(planned.file.path);
      const spec: PlanSpec = {
        file: planned.file,
        mtimeMs,
        rowsPerShard,
        shardBytes,
        maxRows: limit ?? null,
      };
      return { id: taskId(planned), spec, weight: planned.file.bytes };
    });
    const results = await this.stage(engine, "plan", tasks);
    const plans = new Map<PlannedFile, PlanSummary>();
    for (const planned of this.files) {
      const result = results.get(taskId(planned));
      if (result) plans.set(planned, orEmptyShard(result.summary as PlanSummary));
    }
    return limit === undefined ? plans : limitPlans(plans, limit);
  }

  private async normalize(
    engine: Engine,
    plans: ReadonlyMap<PlannedFile, PlanSummary>,
    adapters: readonly AdapterChoice[],
  ): Promise<LedgerEntry[]> {
    const { minCompletionChars = 1, specials = "reject", dedup = false } = this.options;
    const shards = this.shardsOf(plans);
    const tasks: { id: string; spec: NormalizeSpec; weight: number; planned: PlannedFile }[] = [];
    for (const [planned, plan] of plans) {
      const { source, subset, split, file } = planned;
      const names = shards.filter((shard) => shard.planned === planned).map((shard) => shard.name);
      const common = {
        dataset: source.dataset,
        subset,
        split,
        revision: source.revision,
        file: { ...file, sha256: plan.sha256 },
        adapter: adapterOf(adapters, planned),
        rowsFolder: dedup ? STAGED_ROWS : "rows",
        drop: {
          invalidHarmony: this.options.dropInvalidHarmony ?? false,
          emptyCompletion: this.options.dropEmptyCompletion ?? false,
          invalidTools: this.options.dropInvalidTools ?? false,
        },
        minCompletionChars,
        specials,
      };
      const units = plan.seekable
        ? plan.shards.map((range, i) => ({ range, shards: [range], parts: [names[i]!] }))
        : [{ range: null, shards: plan.shards, parts: names }];
      for (const unit of units) {
        if (unit.parts.length === 0) continue;
        tasks.push({
          id: unit.parts[0]!,
          spec: { ...common, ...unit },
          weight: sum(unit.shards.map((shard) => shard.rows)),
          planned,
        });
      }
    }
    const results = await this.stage(engine, "normalize", tasks);
    for (const { id, spec } of tasks) {
      if (!results.has(id)) for (const name of spec.parts) this.failedShards.add(name);
    }
    this.basis = sha256(tasks.filter(({ id }) => results.has(id)).map(({ spec }) => spec));
    return ledgerEntries(this.files, (planned) => {
      const mine = tasks.filter((task) => task.planned === planned && results.has(task.id));
      const summaries = mine.map((task) => results.get(task.id)!.summary as NormalizeSummary);
      return {
        stage: "normalize",
        rows_in: sum(mine.map((task) => task.weight)),
        rows_out: sum(summaries.map(({ kept }) => kept)),
        rejected: addUp(summaries.map(({ rejected }) => rejected)),
        quarantined: addUp(summaries.map(({ quarantined }) => quarantined)),
      };
    });
  }

  private async markDuplicates(engine: Engine, shards: readonly Shard[]): Promise<LedgerEntry[]> {
    const { dedup = false } = this.options;
    if (shards.length === 0) return [];
    const from = dedup ? STAGED_ROWS : "rows";
    const parts = shards.map(({ name }) => `${from}/${name}`);
    const { basis } = this;
    const find: ExactDuplicatesSpec = { parts, basis, datasets: this.sources.map(({ dataset }) => dataset) };
    await this.stage(engine, "exact-duplicates", [{ id: "all", spec: find, weight: 1 }]);
    if (this.failures.some(({ task }) => task === "exact-duplicates/all")) return [];
    const tasks = shards.map(({ planned, name, rows }) => {
      const spec: MarkDuplicatesSpec = { part: `${from}/${name}`, name, drop: dedup, basis };
      return { id: name, spec, weight: rows, planned };
    });
    const results = await this.stage(engine, "mark-duplicates", tasks);
    if (!dedup) return [];
    return ledgerEntries(this.files, (planned) => {
      const mine = tasks.filter((task) => task.planned === planned && results.has(task.id));
      const summaries = mine.map((task) => results.get(task.id)!.summary as MarkDuplicatesSummary);
      const [rows, duplicates] = [sum(summaries.map((s) => s.rows)), sum(summaries.map((s) => s.duplicates))];
      return {
        stage: "exact_duplicate",
        rows_in: rows,
        rows_out: rows - duplicates,
        rejected: duplicates > 0 ? { exact_duplicate: duplicates } : {},
        quarantined: {},
      };
    });
  }

  private async flag(engine: Engine, shards: readonly Shard[]): Promise<void> {
    const flags = (this.options.flags ?? DEFAULT_FLAGS).map((flag) => ({ flag, params: {} }));
    const tasks = (flags.length === 0 ? [] : shards).map(({ name, rows }) => {
      const spec: FlagSpec = { flags, rows: `rows/${name}`, part: name, basis: this.basis };
      return { id: name, spec, weight: rows };
    });
    await this.stage(engine, "flag", tasks);
  }

  private async finish(
    manifest: RunManifest,
    plans: ReadonlyMap<PlannedFile, PlanSummary>,
    entries: readonly LedgerEntry[],
  ): Promise<Run> {
    const ledger = makeLedger(
      entries,
      this.failures.map(({ task, message }) => ({ task, message })),
    );
    const hashes = new Map(
      [...plans].map(([{ source, file }, plan]) => [`${source.dataset}/${file.name}`, plan.sha256]),
    );
    const finished: RunManifest = {
      ...manifest,
      inputs: manifest.inputs.map((input) => ({
        ...input,
        files: input.files.map((file) => ({
          ...file,
          sha256: hashes.get(`${input.dataset}/${file.name}`) ?? file.sha256,
        })),
      })),
    };
    writeFileDurably(
      join(this.out, "timings.json"),
      json({ workers: this.options.workers ?? null, stages: this.timings }),
    );
    writeFileDurably(join(this.out, "ledger.json"), json(ledger));
    if (this.failures.length > 0) throw failureError(this.failures, this.out);
    assertBalanced(ledger);
    removeOrphans(this.out, this.written, await foreignSidecars(this.out, this.written));
    await assertRowCounts(this.out, ledger);
    const outdated = setOutdatedAside(this.out);
    if (outdated.length > 0)
      process.emitWarning(
        `${this.out}: rows changed since ${outdated.join(", ")} were computed; they are in .run/outdated now`,
      );
    await writeToolsCatalog(this.out);
    await writeView(this.out);
    writeFileDurably(join(this.out, "run.json"), json(finished));
    const { allowResearchData } = this.options;
    if (this.options.hfLayout) await writeHfLayout(this.out, { allowResearchData });
    if (this.options.writeReadme || this.options.hfLayout) await writeCard(this.out, { allowResearchData });
    rmSync(statePath(this.out, "staged"), { recursive: true, force: true });
    return openRun(this.out);
  }

  private shardsOf(plans: ReadonlyMap<PlannedFile, PlanSummary>): Shard[] {
    const next = new Map<string, number>();
    const shards: Shard[] = [];
    for (const [planned, plan] of plans) {
      for (const { rows } of plan.shards) {
        const index = next.get(planned.folder) ?? 0;
        next.set(planned.folder, index + 1);
        shards.push({ planned, name: partName(planned.folder, index), rows });
      }
    }
    return shards;
  }

  /** Runs a stage to its end; failures are noted and the run goes on with what succeeded. */
  private async stage(
    engine: Engine,
    name: string,
    tasks: readonly { id: string; spec: unknown; weight: number }[],
  ): Promise<ReadonlyMap<string, TaskResult>> {
    const started = Date.now();
    const weights = tasks.map(({ weight }) => weight);
    const stage: Stage = { name, module: `run/${name}-task`, tasks, weights, out: this.out };
    const { signal, options } = this;
    const { results, failures } = await runStage(engine, stage, { signal, onProgress: options.onProgress });
    for (const { files } of results.values()) for (const file of files) this.written.add(file.name);
    this.failures.push(...failures.map((failure) => ({ ...failure, task: `${name}/${failure.task}` })));
    this.timings.push({ stage: name, milliseconds: Date.now() - started });
    return results;
  }
}

const STAGED_ROWS = ".run/staged/rows";

function taskId({ source, file }: PlannedFile): string {
  return `${source.dataset.replaceAll("/", "--")}/${file.name}`;
}

function adapterOf(adapters: readonly AdapterChoice[], { source, subset, split }: PlannedFile): string {
  const choice = adapters.find(
    (c) => c.dataset === source.dataset && c.subset === subset && c.split === split,
  );
  if (!choice) throw new InputError(`no adapter was chosen for ${source.dataset} ${subset}/${split}`);
  return choice.adapter;
}

function failureError(failures: readonly TaskFailure[], out: string): ShardError {
  const shown = failures.slice(0, 5).map(({ message }) => message);
  const more =
    failures.length > shown.length
      ? `\n… and ${failures.length - shown.length} more in ${out}/ledger.json`
      : "";
  return new ShardError(
    `${failures.length} of the run's tasks failed, the others are written; mend the cause and run again with --resume:\n` +
      shown.join("\n") +
      more,
  );
}

function sha256(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex");
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
