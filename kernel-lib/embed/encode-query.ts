/** Texts of today beside vectors of then: by the same model, or not at all. */
import { InputError } from "../errors";
import type { EmbeddingsManifest } from "./embeddings-folder";
import type { Encoder } from "./encoder";
import { digestOf, openEncoder } from "./open-encoder";
import { resolveEncoder } from "./resolve-encoder";

interface QueryOptions {
  /** Where the model is now. Default: where it was. */
  readonly model?: string | undefined;
  readonly prefix?: string | undefined;
}

/** The encoder that made the vectors. @throws InputError when the model is gone, or another one now. */
export async function encoderOf(manifest: EmbeddingsManifest, options: QueryOptions = {}): Promise<Encoder> {
  const { encoder, model } = manifest;
  const { maxTokens } = encoder;
  const spec = await resolveEncoder(options.model ?? model, {
    maxTokens,
    ...(encoder.kind === "words"
      ? {}
      : { pooling: encoder.pooling, prefix: options.prefix ?? encoder.prefix }),
  });
  if (digestOf(spec) !== encoder.digest) {
    throw new InputError(
      `similar: ${options.model ?? model} is not the model that made the vectors (${encoder.name}, sha256 ${encoder.digest.slice(0, 12)}): vectors of two models do not compare; embed again, or give { model } of that one`,
    );
  }
  return await openEncoder(spec);
}

/** The vector of one text. @throws InputError for a text that has none. */
export async function encodeQuery(
  text: string,
  manifest: EmbeddingsManifest,
  options: QueryOptions = {},
): Promise<Float32Array> {
  const encoder = await encoderOf(manifest, options);
  const {
    vectors: [vector],
    reasons: [reason],
  } = await encoder.encode([text]);
  if (!/\S/.test(text) || !vector)
    throw new InputError(`similar: the text "${text.slice(0, 40)}" has no vector (${reason ?? "no_text"})`);
  return vector;
}
