/** A sentence model in ONNX: tokens in batches of like length, pooled to one vector a text. */
import { InputError } from "../errors";
import type { ModelFiles } from "../model/model-files";
import { openSession } from "../model/session";
import { openTokenizer, type Tokenizer } from "../model/tokenizer";
import type { Encoded, Encoder } from "./encoder";
import { normalizeRows, type Pooling, pool } from "./pooling";

export interface OnnxEncoderSpec {
  readonly kind: "onnx";
  readonly files: ModelFiles;
  readonly maxTokens: number;
  /** Padded tokens of a batch. */
  readonly batchTokens: number;
  /** How `last_hidden_state` is pooled; of no effect on a model that gives a pooled output. */
  readonly pooling: Pooling;
  /** Put before each text: some models want "passage: ". */
  readonly prefix: string;
  readonly threads: number;
}

const INPUTS = ["input_ids", "attention_mask", "token_type_ids"];
/** Outputs that hold one vector a text, as exporters name them; `pooler_output` is another thing. */
const POOLED = ["sentence_embedding", "embedding", "embeddings", "text_embeds"];
const HIDDEN = ["last_hidden_state", "token_embeddings"];
/** Characters that are read for each token a model takes: more is cut before tokens are made. */
const CHARACTERS_A_TOKEN = 64;

export async function openOnnxEncoder(spec: OnnxEncoderSpec): Promise<Encoder> {
  const { files } = spec;
  const tokens = await openTokens(files.tokenizer);
  const session = await openSession(files, {
    threads: spec.threads,
    knows: (name) => INPUTS.includes(name),
  });
  const names = session.outputs.map(({ name }) => name);
  const output = [...POOLED, ...HIDDEN].find((name) => names.includes(name));
  if (output === undefined) {
    throw new InputError(
      `model ${files.name}: has the outputs ${names.join(", ")}, expected one of ${[...POOLED, ...HIDDEN].join(", ")}: export it for feature extraction`,
    );
  }
  const types = new Map(session.inputs.map(({ name, type }) => [name, type]));

  /** Pooled vectors, not yet of length 1, for sequences that are padded to the longest. */
  async function run(batch: readonly Int32Array[]): Promise<Float32Array> {
    const longest = batch.reduce((most, ids) => Math.max(most, ids.length), 0);
    const size = batch.length * longest;
    // Tensors of 64-bit integers are written by halves: a bigint for each token would cost more than the tokens.
    const words = (name: string, value: (ids: Int32Array, i: number) => number) => {
      const is64 = types.get(name) === "int64";
      const data = new Int32Array(size * (is64 ? 2 : 1));
      for (const [row, ids] of batch.entries()) {
        for (let i = 0; i < ids.length; i++) data[(row * longest + i) * (is64 ? 2 : 1)] = value(ids, i);
      }
      const dims = [batch.length, longest];
      return is64
        ? session.tensor("int64", new BigInt64Array(data.buffer), dims)
        : session.tensor("int32", data, dims);
    };
    const feeds = {
      input_ids: words("input_ids", (ids, i) => ids[i]!),
      ...(types.has("attention_mask") ? { attention_mask: words("attention_mask", () => 1) } : {}),
      ...(types.has("token_type_ids") ? { token_type_ids: words("token_type_ids", () => 0) } : {}),
    };
    const { [output!]: result } = await session.run(feeds, [output!]);
    if (!(result?.data instanceof Float32Array)) {
      throw new InputError(
        `model ${files.name}: gives ${result?.type ?? "nothing"} as ${output}, expected float32: take a file of it with float32 outputs`,
      );
    }
    if (result.dims.length === 2) return result.data;
    return pool(
      result.data,
      { tokens: longest, dimensions: result.dims.at(-1)!, lengths: batch.map(({ length }) => length) },
      spec.pooling,
    );
  }

  const dimensions = (await run([await cutTokens(tokens, ["a"], spec).then(([first]) => first!.ids)])).length;
  return {
    dimensions,
    mostCharacters: spec.maxTokens * CHARACTERS_A_TOKEN,
    async encode(texts): Promise<Encoded> {
      const places = new Map<string, number>();
      for (const text of texts) if (!places.has(text)) places.set(text, places.size);
      const cut = await cutTokens(tokens, [...places.keys()], spec);
      const vectors: (Float32Array | null)[] = new Array(cut.length);
      for (const batch of batches(cut, spec.batchTokens)) {
        const pooled = await run(batch.map((i) => cut[i]!.ids));
        const sound = normalizeRows(pooled, dimensions);
        for (const [row, i] of batch.entries()) {
          vectors[i] = sound[row] ? pooled.slice(row * dimensions, (row + 1) * dimensions) : null;
        }
      }
      const at = texts.map((text) => places.get(text)!);
      return {
        vectors: at.map((i) => vectors[i]!),
        reasons: at.map((i) => (vectors[i] ? null : "not_finite")),
        tokens: at.map((i) => cut[i]!.ids.length),
        truncated: at.map((i) => cut[i]!.truncated),
      };
    },
  };
}

/** Token ids of texts, and the marks that the model wants around them. */
interface TokenSource {
  readonly tokenizer: Tokenizer;
  readonly before: readonly number[];
  readonly after: readonly number[];
}

async function openTokens(path: string): Promise<TokenSource> {
  const tokenizer = await openTokenizer(path);
  const bare = [...(await tokenizer.encode("a")).ids];
  const marked = [...(await tokenizer.encode("a", { addSpecialTokens: true })).ids];
  const at = marked.findIndex((_, i) => bare.every((id, k) => marked[i + k] === id));
  if (at < 0)
    throw new InputError(`tokenizer ${path}: puts marks into the text, expected them before and after it`);
  return { tokenizer, before: marked.slice(0, at), after: marked.slice(at + bare.length) };
}

interface CutText {
  readonly ids: Int32Array;
  readonly truncated: boolean;
}

/** Tokens of each text between the model's own marks, at most `maxTokens` with them. */
async function cutTokens(
  tokens: TokenSource,
  texts: readonly string[],
  { prefix, maxTokens }: OnnxEncoderSpec,
): Promise<CutText[]> {
  const most = maxTokens * CHARACTERS_A_TOKEN;
  const room = maxTokens - tokens.before.length - tokens.after.length;
  const clipped = texts.map((text) => (text.length > most ? text.slice(0, most) : text));
  const encoded = await tokens.tokenizer.encodeBatch(clipped.map((text) => prefix + text));
  return encoded.map(({ ids }, i) => {
    const kept = ids.subarray(0, room);
    return {
      ids: Int32Array.from([...tokens.before, ...kept, ...tokens.after]),
      truncated: ids.length > room || texts[i]!.length > most,
    };
  });
}

/** Indexes sorted by length, cut so that a batch padded to its longest has at most `most` tokens. */
function batches(texts: readonly CutText[], most: number): number[][] {
  const order = texts.map((_, i) => i).sort((a, b) => texts[a]!.ids.length - texts[b]!.ids.length || a - b);
  const found: number[][] = [];
  let batch: number[] = [];
  for (const i of order) {
    if (batch.length > 0 && (batch.length + 1) * texts[i]!.ids.length > most) {
      found.push(batch);
      batch = [];
    }
    batch.push(i);
  }
  if (batch.length > 0) found.push(batch);
  return found;
}
