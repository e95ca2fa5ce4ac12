/** A sentence model in ONNX: tokens in batches of like length, pooled to one vector a text. */
import { InputError } from "../errors";
import { CHARACTERS_A_TOKEN, cutTokens, lengthBatches, openMarkedTokens } from "../model/cut-tokens";
import type { ModelFiles } from "../model/model-files";
import { openSession } from "../model/session";
import { ENCODER_INPUTS, tokenFeeds } from "../model/token-feeds";
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

/** Outputs that hold one vector a text, as exporters name them; `pooler_output` is another thing. */
const POOLED = ["sentence_embedding", "embedding", "embeddings", "text_embeds"];
const HIDDEN = ["last_hidden_state", "token_embeddings"];

export async function openOnnxEncoder(spec: OnnxEncoderSpec): Promise<Encoder> {
  const { files } = spec;
  const tokens = await openMarkedTokens(files.tokenizer);
  const session = await openSession(files, {
    threads: spec.threads,
    knows: (name) => ENCODER_INPUTS.includes(name),
  });
  const names = session.outputs.map(({ name }) => name);
  const output = [...POOLED, ...HIDDEN].find((name) => names.includes(name));
  if (output === undefined) {
    throw new InputError(
      `model ${files.name}: has the outputs ${names.join(", ")}, expected one of ${[...POOLED, ...HIDDEN].join(", ")}: export it for feature extraction`,
    );
  }

  /** Pooled vectors, not yet of length 1, for sequences that are padded to the longest. */
  async function run(batch: readonly Int32Array[]): Promise<Float32Array> {
    const longest = batch.reduce((most, ids) => Math.max(most, ids.length), 0);
    const { [output!]: result } = await session.run(tokenFeeds(session, batch), [output!]);
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
      for (const batch of lengthBatches(cut, spec.batchTokens)) {
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
