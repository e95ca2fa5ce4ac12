/** How a model scores rows. */
import { availableParallelism, totalmem } from "node:os";
import { InputError } from "../errors";
import type { ModelFiles, ModelOptions } from "../model/model-files";
import type { Device } from "../model/session";
import type { OnProgress } from "../notebook/progress";
import type { LossMode } from "../row";
import { BATCH_TOKENS } from "./causal-lm";

export interface ScoreOptions
  extends Pick<ModelOptions, "revision" | "file" | "token" | "offline" | "endpoint" | "cacheDir"> {
  /** Tokens of a row that are seen; a longer row is cut, and `truncated` says so. Default: all, up to the model's positions. */
  readonly maxLength?: number;
  /** Most tokens of one run of the model, padding included. Default 1,024, on a GPU 16,384. */
  readonly batchTokens?: number;
  /** What is learned: `row` (default), the row's own column loss_mode; or one mode for all rows. */
  readonly lossMode?: LossMode | "row";
  /** Whether the special that ends a learned message counts. Default false. */
  readonly includeStop?: boolean;
  /** Whether the tokenizer adds what its post-processor asks for, such as a begin-of-text token. Default false. */
  readonly addSpecialTokens?: boolean;
  /**
   * Also score the learned messages alone, without the prompt and tool results that they answer: adds `nll_unconditioned`
   * (mean NLL of the same tokens, in nats) and `ifd` = `nll_mean` / `nll_unconditioned`, the instruction-following
   * difficulty of Li et al. 2023, "From Quantity to Quality" (arXiv 2308.12032). Above 1, the prompt makes the completion
   * less likely; near 0, it says it all. Null where there is no prompt. Costs a second pass. Default false.
   */
  readonly ifd?: boolean;
  /** Default `cpu`. */
  readonly device?: Device;
  /** Threads of one run of the model. Default 1, for weights above 1 GiB one per core. */
  readonly threads?: number;
  /** Copies of the model that run side by side. Default as many as cores and memory allow; changes no byte. */
  readonly workers?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: OnProgress;
}

/** What a score depends on, beside the model and the row. */
export interface ScoreSettings {
  readonly lossMode: LossMode | "row";
  readonly includeStop: boolean;
  readonly addSpecialTokens: boolean;
  readonly maxLength: number | null;
  readonly ifd: boolean;
  readonly batchTokens: number;
  readonly device: Device;
}

/** @throws InputError for numbers that cannot be, and a length beyond the model's positions. */
export function scoreSettings(options: ScoreOptions, model: ModelFiles): ScoreSettings {
  const { device = "cpu", maxLength, batchTokens = BATCH_TOKENS[device] } = options;
  for (const [name, value, least] of [
    ["maxLength", maxLength, 2],
    ["batchTokens", batchTokens, 1],
    ["threads", options.threads, 1],
    ["workers", options.workers, 1],
  ] as const) {
    if (value !== undefined && !(Number.isSafeInteger(value) && value >= least))
      throw new InputError(`score: ${name} ${value}, expected a whole number of at least ${least}`);
  }
  const { contextLength } = model;
  if (maxLength !== undefined && contextLength !== null && maxLength > contextLength) {
    throw new InputError(
      `score: a length of ${maxLength} tokens is beyond the ${contextLength} positions of ${model.name}; give at most that`,
    );
  }
  return {
    lossMode: options.lossMode ?? "row",
    includeStop: options.includeStop ?? false,
    addSpecialTokens: options.addSpecialTokens ?? false,
    maxLength: maxLength ?? null,
    ifd: options.ifd ?? false,
    batchTokens,
    device,
  };
}

const LARGE = 2 ** 30;

/** How many copies of the model run, each with how many threads: many of a small one, one of a large one. */
export function lanes(
  { threads, workers, device = "cpu" }: ScoreOptions,
  { bytes }: ModelFiles,
): { readonly workers: number; readonly threads: number } {
  const cores = availableParallelism();
  const perRun = threads ?? (device === "cpu" && bytes > LARGE ? cores : 1);
  const fitting = Math.floor((totalmem() * 0.5) / (bytes * 1.5 + 400 * 2 ** 20));
  const usual = device === "cuda" ? 1 : Math.min(Math.floor(cores / perRun), fitting);
  return { threads: perRun, workers: workers ?? Math.max(1, usual) };
}
