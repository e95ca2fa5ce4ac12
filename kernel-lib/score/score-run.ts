/** `scoreRun(run, model)`: the NLL of what is learned of each row, beside the rows. */
import { mkdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { lockRun } from "../engine/lock";
import { InputError } from "../errors";
import { interruptSignal } from "../interrupt";
import { type ModelFiles, resolveModel } from "../model/model-files";
import { counted, thousands } from "../notebook/counts";
import { withProgress } from "../notebook/progress";
import { JOBS } from "../progress";
import { parquetFiles } from "../run-folder";
import { runFolder } from "./import-scores";
import type { ScoreCounts } from "./put-scores";
import type { ReferenceFacts } from "./reference";
import { modelSlug } from "./score-columns";
import { type ScoreOptions, scoreSettings } from "./score-options";
import { runScoreStage } from "./score-stage";

export interface ScoreRunOptions extends ScoreOptions {
  /** Folder that gets `scores/<name>.v1/`; default the run itself, where `open` then shows the columns. */
  readonly out?: string;
  /** Name of the scores; default the model's, in small letters. */
  readonly as?: string;
  /** Scores of the same rows under another checkpoint, by name: adds `nll_delta` and its percentile. */
  readonly reference?: string;
  /** Whether these scores get the plain column names; default true. */
  readonly use?: boolean;
  /** Replace scores, or an unfinished scoring, of that name. Default false. */
  readonly overwrite?: boolean;
  /** Continue what a stopped call left. Default false. */
  readonly resume?: boolean;
}

/** What a scoring came to. Shows itself in a notebook. */
export class ScoredRun {
  constructor(
    /** Absolute: the folder that holds `scores/`. */
    readonly out: string,
    /** Of the scores. */
    readonly name: string,
    readonly model: string,
    readonly counts: ScoreCounts,
    /** Tokens that the rows have, without those that were cut away. */
    readonly tokensSeen: number,
    readonly seconds: number,
    readonly reference: ReferenceFacts | null,
  ) {}

  toString(): string {
    const { rows, scored, unscored, truncated, tokens } = this.counts;
    const none = Object.entries(unscored).map(([reason, n]) => `${thousands(n)} ${reason}`);
    return [
      `${thousands(scored)} of ${counted(rows, "row")} scored by ${this.model}: ${thousands(tokens)} learned tokens of ${thousands(this.tokensSeen)}` +
        (this.seconds > 0 ? `, ${thousands(Math.round(this.tokensSeen / this.seconds))} tokens/s` : ""),
      ...(none.length > 0 ? [`no score: ${none.join(", ")}`] : []),
      ...(truncated > 0 ? [`cut at the longest length: ${counted(truncated, "row")}`] : []),
      ...(this.reference ? [this.reference.words] : []),
      `scores/${this.name}.v1 in ${this.out}`,
    ].join("\n");
  }

  [Symbol.for("corpuslab.display")](): Record<string, string> {
    return { "text/plain": this.toString() };
  }
}

/**
 * `<run>/scores/<name>.v1` holds, for each row of the run in its order, the negative log-likelihood in nats of the tokens that
 * are learned under its loss mode, given those before them: sum, mean, perplexity, count, percentile within the split, and a
 * reason where there is none. `score.json` beside it says model, settings and counts. `model`: see `resolveModel`.
 *
 * A stopped call is continued by the same one with `resume`: 1,024 rows at most are scored again. The bytes depend on rows,
 * model and settings, not on workers. Memory: a copy of the model a worker, and twice 128 MiB of logits; of a model without a
 * cache (past_key_values) twice those of its longest row: 3.2 GB for 2,048 tokens of a vocabulary of 200,000, so give `maxLength`.
 * @throws InputError for what `resolveModel` and `openSession` refuse, and where such scores are there already.
 * @throws ShardError when tasks failed; the others are kept for `resume`.
 * @example console.log(String(await scoreRun("out/demo", "demo", { includeStop: true })))
 */
export async function scoreRun(
  run: string | { readonly out: string },
  model: string | ModelFiles,
  options: ScoreRunOptions = {},
): Promise<ScoredRun> {
  const { signal = interruptSignal(), as, use = true, overwrite = false, resume = false } = options;
  const folder = runFolder(run);
  const shards = parquetFiles(join(folder, "rows"));
  if (shards.length === 0) throw new InputError(`score: ${folder} holds no rows`);
  const out = options.out === undefined ? folder : resolve(options.out);
  return await withProgress(JOBS.score, options.onProgress, async (report) => {
    const files = await scorerOf(model, { ...options, signal, onProgress: report });
    const settings = scoreSettings(options, files);
    const name = as ?? modelSlug(files.name);
    const basis = shards.map((shard) => {
      const { size, mtimeMs } = statSync(join(folder, "rows", shard));
      return `${shard} ${size} ${mtimeMs}`;
    });
    mkdirSync(out, { recursive: true });
    const unlock = lockRun(out);
    try {
      const columns = { text: "text", lossMode: "loss_mode", template: "template" };
      const { counts, tokensSeen, seconds, reference } = await runScoreStage(
        { folder, shards, columns, basis },
        { out, name, use, overwrite, resume, reference: options.reference ?? null },
        files,
        settings,
        { ...options, signal },
        report,
      );
      return new ScoredRun(out, name, files.name, counts, tokensSeen, seconds, reference);
    } finally {
      unlock();
    }
  });
}

/** The model's files, found now where a name was given. */
export async function scorerOf(
  model: string | ModelFiles,
  { revision, file, token, offline, endpoint, cacheDir, signal, onProgress }: ScoreOptions,
): Promise<ModelFiles> {
  if (typeof model !== "string") return model;
  const given = {
    revision,
    file,
    token,
    offline,
    endpoint,
    cacheDir,
    signal,
    onProgress: onProgress ?? undefined,
  };
  return await resolveModel(
    model,
    Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
  );
}
