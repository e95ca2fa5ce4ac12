/** From what a person calls a model to what an encoder is opened with. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../errors";
import { type ModelOptions, resolveModel } from "../model/model-files";
import type { EncoderSpec } from "./open-encoder";
import type { Pooling } from "./pooling";
import { WORD_ENCODER } from "./word-encoder";

export interface EncoderOptions extends Omit<ModelOptions, "file" | "onProgress"> {
  /** The ONNX file to take, relative to the model: `onnx/model_fp16.onnx`. Default: `model.onnx`, at the top or in onnx/. */
  readonly modelFile?: string;
  /**
   * Tokens of a text that the model sees, its own marks included. Default: what sentence_bert_config.json says, else 256.
   * Longer texts are cut, and `embedding_truncated` says so.
   */
  readonly maxTokens?: number;
  /** Padded tokens that go through the model at once. Default 4,096. Changes the last bits of vectors, nothing else. */
  readonly batchTokens?: number;
  /**
   * How the vectors of tokens become one: the mean over them, or the first token's (`cls`). Default: what
   * 1_Pooling/config.json says, else `mean`. Of no effect where the model gives a pooled output itself.
   */
  readonly pooling?: Pooling;
  /** Put before each text, for models that were trained so (E5: "passage: "). Default none. */
  readonly prefix?: string;
  /** Threads of one session. Default 1, as there is a session for each worker. */
  readonly threads?: number;
}

const MAX_TOKENS = 256;

/**
 * @param model `words`, or what `resolveModel` takes: a folder, or `owner/name` on the Hub.
 */
export async function resolveEncoder(model: string, options: EncoderOptions = {}): Promise<EncoderSpec> {
  const { maxTokens, batchTokens = 4096, pooling, prefix = "", threads = 1 } = options;
  for (const [name, value] of Object.entries({ maxTokens, batchTokens, threads })) {
    if (value !== undefined && (!Number.isSafeInteger(value) || value < 1))
      throw new InputError(`embed: ${name} ${value}, expected a whole number of at least 1`);
  }
  if (model === "words") return { ...WORD_ENCODER, maxTokens: maxTokens ?? WORD_ENCODER.maxTokens };
  const files = await resolveModel(model, pickModelOptions(options));
  const { folder, contextLength } = files;
  const stated = told(folder, "sentence_bert_config.json", "max_seq_length");
  if (maxTokens !== undefined && contextLength !== null && maxTokens > contextLength) {
    throw new InputError(`embed: maxTokens ${maxTokens}, but ${files.name} has ${contextLength} positions`);
  }
  return {
    kind: "onnx",
    files,
    maxTokens: maxTokens ?? stated ?? Math.min(MAX_TOKENS, contextLength ?? MAX_TOKENS),
    batchTokens,
    pooling: pooling ?? toldPooling(folder) ?? "mean",
    prefix,
    threads,
  };
}

function pickModelOptions({ modelFile, revision, token, offline, signal }: EncoderOptions): ModelOptions {
  return {
    ...(modelFile === undefined ? {} : { file: modelFile }),
    ...(revision === undefined ? {} : { revision }),
    ...(token === undefined ? {} : { token }),
    ...(offline === undefined ? {} : { offline }),
    ...(signal === undefined ? {} : { signal }),
  };
}

/** What a settings file of sentence-transformers says; undefined where there is none. */
function told(folder: string, file: string, field: string): number | undefined {
  const value = settings(folder, file)?.[field];
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0 ? value : undefined;
}

function toldPooling(folder: string): Pooling | undefined {
  const modes = settings(folder, "1_Pooling/config.json");
  if (modes === undefined) return undefined;
  if (modes.pooling_mode_mean_tokens === true) return "mean";
  if (modes.pooling_mode_cls_token === true) return "cls";
  throw new InputError(
    `embed: ${folder}: 1_Pooling/config.json wants neither the mean nor the first token; give pooling: "mean" or "cls"`,
  );
}

function settings(folder: string, file: string): Readonly<Record<string, unknown>> | undefined {
  const path = join(folder, file);
  if (!existsSync(path)) return undefined;
  return JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;
}
