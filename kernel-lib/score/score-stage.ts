/** Rows in Parquet → their scores in `scores/<name>.v1`, in tasks that a kill does not undo. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { Db, quoteText } from "../db";
import { statePath, writeFileDurably } from "../engine/commit";
import { LocalEngine } from "../engine/local";
import { runStage } from "../engine/run-stage";
import { InputError, ShardError } from "../errors";
import type { ModelFiles } from "../model/model-files";
import type { ProgressListener } from "../progress";
import { readParquet } from "../run-folder";
import { rowCounts } from "../run-folder/row-counts";
import { CausalLm } from "./causal-lm";
import { checkPlace, putScores, type ScoreCounts } from "./put-scores";
import { checkStopChoice, comparedSql, type ReferenceFacts, readReference } from "./reference";
import { lanes, type ScoreOptions, type ScoreSettings } from "./score-options";
import { type RowColumns, type ScoreSpec, type ScoreSummary, THREADS_FILE } from "./score-task";

/** Rows of a task: so much is done again after a kill, and sorted by length. */
const TASK_ROWS = 1024;

export interface StageInput {
  /** A folder with rows/: row_key, id, dataset, subset, split and the columns that are read. */
  readonly folder: string;
  /** Below rows/, in order. */
  readonly shards: readonly string[];
  readonly columns: RowColumns;
  /** Identity of each shard. */
  readonly basis: readonly string[];
}

export interface StageOutput {
  /** Folder that gets `scores/<name>.v1`. */
  readonly out: string;
  readonly name: string;
  /** Scores of the folder with which these are compared. */
  readonly reference: string | null;
  readonly use: boolean;
  readonly overwrite: boolean;
  readonly resume: boolean;
}

/** What a finished scoring says of itself in score.json. */
const finished = z.looseObject({
  fingerprint: z.string().optional(),
  tokens_seen: z.number().default(0),
  rows: z.number(),
  scored: z.number(),
  unscored: z.record(z.string(), z.number()),
  tokens: z.number(),
  truncated: z.number(),
});

export interface StageResult {
  readonly counts: ScoreCounts;
  /** Tokens that the rows have, without those that were cut away. */
  readonly tokensSeen: number;
  readonly seconds: number;
  readonly reference: ReferenceFacts | null;
}

/** Folder of a scoring that is not done; the caller holds the lock of `out`. */
export function workFolder(out: string, name: string): string {
  return join(out, ".scores-work", `${name}.v1`);
}

/**
 * The scores are in their place, whole; until then the finished tasks stand in a work folder, and the same call continues
 * with them. Tasks are cut from the rows alone and each has its own batches, so workers change no byte.
 */
export async function runScoreStage(
  input: StageInput,
  output: StageOutput,
  model: ModelFiles,
  settings: ScoreSettings,
  options: ScoreOptions & { readonly signal: AbortSignal },
  report: ProgressListener,
): Promise<StageResult> {
  const started = performance.now();
  const { out, name } = output;
  const facts = { model: model.digest, settings, basis: input.basis, reference: output.reference };
  const done = output.resume ? finishedBefore(out, name, facts) : null;
  if (done) return done;
  checkPlace(out, name, output.overwrite);
  const { workers, threads } = lanes(options, model);
  const db = await Db.open({ threads: 2, memoryLimit: "2GB", signal: options.signal });
  const engine = new LocalEngine({ workers });
  try {
    const reference = output.reference === null ? null : await readReference(db, out, output.reference, name);
    if (reference !== null) await checkStopChoice(db, reference, settings.includeStop);
    const work = openWork(output, facts);
    // Here, so that a fault of the model is told once, before any thread is started.
    await (await CausalLm.open(model, { device: settings.device, threads })).close();
    writeFileDurably(statePath(work, THREADS_FILE), JSON.stringify(threads));
    const tasks = await plan(db, input, model, settings);
    const stage = {
      ...{ name: "score", module: "score/score-task", out: work, unit: "tokens" as const, tasks },
      weights: tasks.map(({ spec }) => spec.to - spec.from),
    };
    const { results, failures } = await runStage(engine, stage, {
      signal: options.signal,
      onProgress: report,
    });
    if (failures.length > 0) {
      const [first] = failures;
      const text = `score: ${failures.length} of ${tasks.length} tasks failed, the others are kept: --resume continues. First: ${first!.task}: ${first!.message}`;
      throw failures.every(({ isInput }) => isInput) ? new InputError(first!.message) : new ShardError(text);
    }
    const tokensSeen = [...results.values()].reduce(
      (sum, { summary }) => sum + (summary as ScoreSummary).tokens,
      0,
    );
    const parts = tasks.map(({ spec }) => join(work, spec.part));
    const scored = scoredSql(parts, model, settings);
    const compared = reference === null ? null : await comparedSql(db, scored, reference);
    const seconds = (performance.now() - started) / 1000;
    const counts = await putScores(db, {
      ...{ run: { path: input.folder, shards: input.shards }, target: out, name, absent: "not_scored" },
      ...{
        scored: compared?.sql ?? scored,
        compared: compared !== null,
        ifd: settings.ifd,
        use: output.use,
        overwrite: output.overwrite,
      },
      manifest: {
        ...manifestOf(model, settings),
        fingerprint: fingerprintOf(facts),
        ...{ tokens_seen: tokensSeen, seconds: Number(seconds.toFixed(1)) },
        ...(compared ? { reference: compared.facts } : {}),
      },
    });
    closeWork(output);
    return { counts, tokensSeen, seconds, reference: compared?.facts ?? null };
  } finally {
    await engine.close();
    db.close();
  }
}

async function plan(
  db: Db,
  { folder, shards, columns, basis }: StageInput,
  model: ModelFiles,
  settings: ScoreSettings,
): Promise<{ id: string; spec: ScoreSpec }[]> {
  const paths = shards.map((shard) => join(folder, "rows", shard));
  const counts = await rowCounts(db, paths);
  return shards.flatMap((shard, s) =>
    Array.from({ length: Math.ceil(counts[s]! / TASK_ROWS) }, (_, i) => {
      const id = `${shard.replace(/\.parquet$/, "")}/${String(i).padStart(6, "0")}`;
      const [from, to] = [i * TASK_ROWS, Math.min(counts[s]!, (i + 1) * TASK_ROWS)];
      const spec = { version: 1 as const, model, settings, rows: paths[s]!, from, to, columns };
      return { id, spec: { ...spec, part: `parts/${id}.parquet`, basis: basis[s]! } };
    }),
  );
}

/** What makes two scorings the same. */
interface ScoringFacts {
  readonly model: string;
  readonly settings: ScoreSettings;
  readonly basis: readonly string[];
  readonly reference: string | null;
}

function fingerprintOf(facts: ScoringFacts): string {
  return createHash("sha256").update(JSON.stringify(facts)).digest("hex");
}

/** The result of the same scoring, where it was finished before. */
function finishedBefore(out: string, name: string, facts: ScoringFacts): StageResult | null {
  const path = join(out, "scores", `${name}.v1`, "score.json");
  if (!existsSync(path)) return null;
  const parsed = finished.safeParse(JSON.parse(readFileSync(path, "utf8")));
  if (!parsed.success || parsed.data.fingerprint !== fingerprintOf(facts)) return null;
  const { rows, scored, unscored, tokens, truncated, tokens_seen: tokensSeen } = parsed.data;
  return { counts: { rows, scored, unscored, tokens, truncated }, tokensSeen, seconds: 0, reference: null };
}

/** The work folder, empty or with what a stopped call left of the same scoring. */
function openWork({ out, name, resume, overwrite }: StageOutput, facts: ScoringFacts): string {
  const work = workFolder(out, name);
  const stated = join(work, "started.json");
  if (existsSync(stated) && (!overwrite || resume)) {
    const before = JSON.parse(readFileSync(stated, "utf8")) as ScoringFacts;
    const changed = [
      ...(before.model === facts.model ? [] : ["the model"]),
      ...(JSON.stringify(before.basis) === JSON.stringify(facts.basis) ? [] : ["the rows"]),
      ...Object.keys(facts.settings).filter(
        (key) => before.settings[key as keyof ScoreSettings] !== facts.settings[key as keyof ScoreSettings],
      ),
    ];
    if (changed.length === 0 && resume) return work;
    if (changed.length > 0 && !overwrite) {
      throw new InputError(
        `${out} holds a scoring ${name} that was started differently (${changed.join(", ")}): --overwrite deletes it, --as NAME writes beside it`,
      );
    }
    if (!overwrite)
      throw new InputError(
        `${out} holds an unfinished scoring ${name} of the same job: --resume continues it, --overwrite deletes it`,
      );
  }
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  writeFileDurably(stated, JSON.stringify(facts));
  return work;
}

function closeWork({ out, name }: StageOutput): void {
  rmSync(workFolder(out, name), { recursive: true, force: true });
  const all = join(out, ".scores-work");
  if (readdirSync(all).length === 0) rmdirSync(all);
}

/** A line for each row, as `putScores` wants it. */
function scoredSql(
  parts: readonly string[],
  model: ModelFiles,
  { includeStop, maxLength, ifd }: ScoreSettings,
): string {
  if (parts.length === 0) {
    return "select null::varchar as row_key, null::varchar as model, null::varchar as template, null::varchar as loss_mode, null::boolean as include_stop, null::integer as max_length, null::boolean as truncated, null::double as nll_sum, null::double as nll_mean, null::double as ppl, null::integer as completion_token_count, null::double as nll_unconditioned, null::double as ifd, null::varchar as reason where false";
  }
  const mean = "nll_sum / completion_token_count";
  const alone = "nll_unconditioned_sum / completion_token_count";
  const both = ifd
    ? `, ${alone} as nll_unconditioned, nll_sum / nullif(nll_unconditioned_sum, 0) as ifd`
    : "";
  return `select row_key, ${quoteText(model.name)} as model, template, loss_mode, ${includeStop} as include_stop,
    ${maxLength ?? "null::integer"} as max_length, truncated, nll_sum, ${mean} as nll_mean,
    case when ${mean} < 700 then exp(${mean}) end as ppl, completion_token_count, reason${both} from ${readParquet(parts)}`;
}

function manifestOf(model: ModelFiles, settings: ScoreSettings): Record<string, unknown> {
  return {
    ...{ model: model.name, digest: model.digest },
    settings: {
      template: "row",
      loss_mode: settings.lossMode,
      include_stop: settings.includeStop,
      max_length: settings.maxLength,
      ifd: settings.ifd,
      batch_tokens: settings.batchTokens,
      add_special_tokens: settings.addSpecialTokens,
      device: settings.device,
    },
  };
}
