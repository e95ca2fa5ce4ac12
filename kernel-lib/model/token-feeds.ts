import type { ModelSession } from "./session";

/** Inputs of an encoder model that `tokenFeeds` feeds. */
export const ENCODER_INPUTS: readonly string[] = ["input_ids", "attention_mask", "token_type_ids"];

/** The tensors that an encoder model wants for sequences of tokens, padded to the longest; the mask says what is padding. */
export function tokenFeeds(
  session: ModelSession,
  batch: readonly Int32Array[],
): Parameters<ModelSession["run"]>[0] {
  const types = new Map(session.inputs.map(({ name, type }) => [name, type]));
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
  return {
    input_ids: words("input_ids", (ids, i) => ids[i]!),
    ...(types.has("attention_mask") ? { attention_mask: words("attention_mask", () => 1) } : {}),
    ...(types.has("token_type_ids") ? { token_type_ids: words("token_type_ids", () => 0) } : {}),
  };
}
