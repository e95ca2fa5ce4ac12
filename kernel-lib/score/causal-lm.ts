/** A causal language model: the NLL of tokens after those before them. */
import { errorText, InputError } from "../errors";
import type { ModelFiles } from "../model/model-files";
import { type Device, type ModelSession, openSession, type Tensor, type TensorInfo } from "../model/session";

import { emptyCacheSizes, isKnownInput, type LmInputs, lmInputs } from "./lm-inputs";
import { type Logits, LogSoftmax } from "./log-sum-exp";
import { pack } from "./pack";

export interface CausalLmOptions {
  readonly device?: Device;
  /** Threads of one run; default 1. */
  readonly threads?: number;
  /** Most tokens in a run, padding included; default 1,024, on a GPU 16,384. */
  readonly batchTokens?: number;
  /** Most memory that the logits of one run may take, in bytes; default 128 MiB. */
  readonly logitsBytes?: number;
}

/** Tokens of one text, and which of them are asked for. */
export interface LmRow {
  readonly ids: Int32Array;
  /** 1 where the token's NLL is wanted. The first token has none: nothing stands before it. */
  readonly wanted: Uint8Array;
}

/** NLL in nats of the wanted tokens, in their order, or why there is none. */
export type LmResult =
  | { readonly nll: Float64Array }
  | { readonly reason: "too_long" | "nan_logits" | "model_failed"; readonly detail: string };

export const BATCH_TOKENS: Readonly<Record<Device, number>> = { cpu: 1024, cuda: 16_384 };
const LOGITS_BYTES = 128 * 2 ** 20;
/** Least positions that a long row is cut into. */
const LEAST_CHUNK = 16;
const BYTES: Readonly<Record<string, number>> = { float16: 2, float32: 4, float64: 8 };

/**
 * A loaded model that tells the NLL of tokens. Only the positions that are asked for are normalized; a row is fed up to
 * its last wanted token. Rows run together by length with padding on the right, which no token before it sees. Where the
 * logits of a run would take more than `logitsBytes`, fewer rows run together; one long row is fed in pieces, with the
 * model's cache, where it has one, else at once.
 */
export class CausalLm {
  /** Positions that the model has; found out when a row is beyond them, where its config.json does not say. */
  positions: number | null;
  private softmax: LogSoftmax | null;
  /** Longest row that ran. */
  private longest = 0;

  private constructor(
    private readonly files: ModelFiles,
    private readonly session: ModelSession,
    private readonly inputs: LmInputs,
    private readonly batchTokens: number,
    private readonly logitsBytes: number,
  ) {
    this.positions = files.contextLength;
    this.softmax = inputs.vocabulary === null ? null : new LogSoftmax(inputs.vocabulary);
  }

  /** @throws InputError for what is no causal language model, see `openSession`. */
  static async open(
    files: ModelFiles,
    {
      device = "cpu",
      threads = 1,
      batchTokens = BATCH_TOKENS[device],
      logitsBytes = LOGITS_BYTES,
    }: CausalLmOptions = {},
  ): Promise<CausalLm> {
    const session = await openSession(files, { device, threads, knows: isKnownInput });
    try {
      return new CausalLm(files, session, lmInputs(session, files), batchTokens, logitsBytes);
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  /** Sizes of the logits' last axis; null until the first run where the model does not state it. */
  get vocabulary(): number | null {
    return this.softmax?.vocabulary ?? null;
  }

  /**
   * The NLL of the wanted tokens of each row, in the order of the rows. `onRows` is told after each run how many rows and
   * tokens are done.
   * @throws InputError where the model cannot run at all, or a token is none of its vocabulary.
   */
  async nll(
    rows: readonly LmRow[],
    {
      onRows,
      signal,
    }: { readonly onRows?: (rows: number, tokens: number) => void; readonly signal?: AbortSignal } = {},
  ): Promise<LmResult[]> {
    const results: LmResult[] = rows.map(() => ({ nll: new Float64Array(0) }));
    const lengths = rows.map(({ wanted }) => Math.max(0, wanted.lastIndexOf(1)));
    for (const together of pack(lengths, { batchTokens: this.batchTokens })) {
      for (const batch of this.within(together, lengths)) {
        signal?.throwIfAborted();
        const answers = await this.run(batch.map((i) => rows[i]!));
        batch.forEach((i, at) => {
          results[i] = answers[at]!;
        });
        onRows?.(
          batch.length,
          batch.reduce((sum, i) => sum + rows[i]!.ids.length, 0),
        );
      }
    }
    return results;
  }

  close(): Promise<void> {
    return this.session.close();
  }

  /** The batch in parts whose logits fit. */
  private within(batch: readonly number[], lengths: readonly number[]): number[][] {
    const most = Math.max(1, Math.floor(this.positionsAtOnce() / lengths[batch[0]!]!));
    const parts: number[][] = [];
    for (let from = 0; from < batch.length; from += most) parts.push(batch.slice(from, from + most));
    return parts;
  }

  /** Positions whose logits fit in the memory that they may take. */
  private positionsAtOnce(): number {
    const bytes = (this.vocabulary ?? 1) * BYTES[this.inputs.logits.type]!;
    return Math.max(LEAST_CHUNK, Math.floor(this.logitsBytes / bytes));
  }

  private async run(rows: readonly LmRow[]): Promise<LmResult[]> {
    const { positions } = this;
    const length = Math.max(...rows.map(({ wanted }) => wanted.lastIndexOf(1)));
    if (positions !== null && length > positions) {
      if (rows.length === 1) return [tooLong(length, positions)];
      return (await Promise.all(rows.map((row) => this.run([row])))).flat();
    }
    try {
      const results = await this.forward(rows, length);
      this.longest = Math.max(this.longest, length);
      return results;
    } catch (error) {
      if (error instanceof InputError) throw error;
      if (rows.length > 1) {
        const each: LmResult[] = [];
        for (const row of rows) each.push(...(await this.run([row])));
        return each;
      }
      return [await this.failure(rows[0]!, length, error)];
    }
  }

  /** Why one row does not run: it is longer than the model allows, or something in it; the model itself is an error. */
  private async failure({ ids }: LmRow, length: number, error: unknown): Promise<LmResult> {
    const text = errorText(error).replace(/\s+/g, " ").trim();
    if (/alloc|out of memory/i.test(text)) {
      throw new InputError(
        `model ${this.files.name}: not enough memory for a row of ${length} tokens (${text}); give --max-length, or fewer --workers`,
        { cause: error },
      );
    }
    // Whether a row of so many tokens runs, whatever they are.
    const isFine = (most: number) =>
      this.forward(
        [{ ids: new Int32Array(most + 1), wanted: new Uint8Array(most + 1).fill(1, most) }],
        most,
      ).then(
        () => true,
        () => false,
      );
    if (length <= this.longest || (await isFine(length))) {
      this.longest = Math.max(this.longest, length);
      const { vocabulary } = this;
      const foreign = vocabulary === null ? undefined : ids.find((id) => id >= vocabulary);
      if (foreign !== undefined) throw this.foreignToken(foreign, vocabulary!);
      return { reason: "model_failed", detail: text };
    }
    let runs = this.longest;
    for (let fails = length; fails - runs > 1; ) {
      const middle = (runs + fails) >> 1;
      if (await isFine(middle)) runs = middle;
      else fails = middle;
    }
    if (runs === 0)
      throw new InputError(`model ${this.files.name}: does not run (onnxruntime: ${text})`, { cause: error });
    this.positions = runs;
    this.longest = runs;
    return tooLong(length, runs);
  }

  /** Runs the rows, cut at `length` tokens, together. */
  private async forward(rows: readonly LmRow[], length: number): Promise<LmResult[]> {
    const { cache, keep } = this.inputs;
    const found = rows.map(
      ({ wanted }) => new Float64Array(wanted.reduce((sum, bit, i) => (i > 0 ? sum + bit : sum), 0)),
    );
    const at = rows.map(() => 0);
    const first = Math.min(...rows.map(({ wanted }) => wanted.indexOf(1, 1))) - 1;
    const piece = cache.length > 0 && rows.length === 1 ? this.positionsAtOnce() : length;
    let past: Record<string, Tensor> = this.emptyCache(rows.length);
    for (let from = 0; from < length; from += piece) {
      const to = Math.min(length, from + piece);
      const kept = keep === null || piece < length ? to - from : to - first;
      const feeds = { ...this.feeds(rows, from, to, kept), ...past };
      const isLast = to === length;
      const names = [this.inputs.logits.name, ...(isLast ? [] : cache.map(({ output }) => output))];
      const outputs = await this.session.run(feeds, names);
      this.gather(rows, outputs[this.inputs.logits.name]!, from, to, found, at);
      if (!isLast)
        past = Object.fromEntries(cache.map(({ input, output }) => [input.name, outputs[output]!]));
    }
    return found.map((nll) =>
      nll.every(Number.isFinite)
        ? { nll }
        : {
            reason: "nan_logits",
            detail: `${nll.filter((value) => !Number.isFinite(value)).length} of ${nll.length} tokens`,
          },
    );
  }

  /** Takes the wanted NLLs of positions from … to out of the logits, which may be those of the last of them only. */
  private gather(
    rows: readonly LmRow[],
    logits: Tensor,
    from: number,
    to: number,
    found: readonly Float64Array[],
    at: number[],
  ): void {
    const [, given, vocabulary] = logits.dims as [number, number, number];
    if (this.softmax?.vocabulary !== vocabulary) this.softmax = new LogSoftmax(vocabulary);
    const { softmax } = this;
    const data = logits.data as Logits;
    rows.forEach(({ ids, wanted }, r) => {
      for (let i = Math.max(from, to - given); i < to && i + 1 < ids.length; i++) {
        if (wanted[i + 1] === 0) continue;
        const target = ids[i + 1]!;
        if (target >= vocabulary) throw this.foreignToken(target, vocabulary);
        found[r]![at[r]!++] = softmax.nll(data, (r * given + i - (to - given)) * vocabulary, target);
      }
    });
  }

  private feeds(rows: readonly LmRow[], from: number, to: number, kept: number): Record<string, Tensor> {
    const width = to - from;
    const feeds: Record<string, Tensor> = {};
    const fill = (info: TensorInfo, length: number, value: (row: number, i: number) => number) => {
      const sizes = info.shape.length === 1 ? [length] : [rows.length, length];
      feeds[info.name] = this.integers(info, sizes, (k) => value(Math.floor(k / length), k % length));
    };
    for (const input of this.session.inputs) {
      switch (input.name) {
        case "input_ids":
          fill(input, width, (r, i) => rows[r]!.ids[from + i] ?? 0);
          break;
        case "attention_mask":
          fill(input, to, (r, i) => (i < rows[r]!.ids.length ? 1 : 0));
          break;
        case "position_ids":
        case "cache_position":
          fill(input, width, (_, i) => from + i);
          break;
        case "token_type_ids":
          fill(input, width, () => 0);
          break;
        case "use_cache_branch":
          feeds[input.name] = this.session.tensor("bool", Uint8Array.of(from > 0 ? 1 : 0), [1]);
          break;
        default:
          if (input === this.inputs.keep)
            feeds[input.name] = this.integers(input, input.shape.length === 0 ? [] : [1], () => kept);
      }
    }
    return feeds;
  }

  private integers(info: TensorInfo, sizes: readonly number[], value: (k: number) => number): Tensor {
    const count = sizes.reduce((a, b) => a * b, 1);
    if (info.type === "int64") {
      const data = new BigInt64Array(count);
      for (let k = 0; k < count; k++) data[k] = BigInt(value(k));
      return this.session.tensor("int64", data, sizes);
    }
    if (info.type !== "int32") {
      throw new InputError(
        `model ${this.files.name}: its input ${info.name} is ${info.type}, expected int64 or int32`,
      );
    }
    return this.session.tensor(
      "int32",
      Int32Array.from({ length: count }, (_, k) => value(k)),
      sizes,
    );
  }

  private emptyCache(rows: number): Record<string, Tensor> {
    return Object.fromEntries(
      this.inputs.cache.map(({ input }) => {
        const sizes = emptyCacheSizes(input, rows);
        const count = sizes.reduce((a, b) => a * b, 1);
        const data = input.type === "float16" ? new Uint16Array(count) : new Float32Array(count);
        return [input.name, this.session.tensor(input.type as Tensor.Type, data, sizes)];
      }),
    );
  }

  private foreignToken(id: number, vocabulary: number): InputError {
    return new InputError(
      `model ${this.files.name}: its tokenizer gives the token ${id}, but the model knows ${vocabulary} tokens (0 to ${vocabulary - 1}): tokenizer.json belongs to another model`,
    );
  }
}

function tooLong(length: number, positions: number): LmResult {
  return { reason: "too_long", detail: `${length + 1} tokens, the model has ${positions} positions` };
}
