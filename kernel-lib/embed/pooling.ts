/** From the vectors of tokens to one vector of length 1 for the text. */

/** `mean`: of all tokens that are not padding; `cls`: the first token's. Which one a model wants, it was trained with. */
export type Pooling = "mean" | "cls";

/**
 * Pools `[rows, tokens, dimensions]` of which row i has `lengths[i]` tokens before its padding. Sums in float64.
 */
export function pool(
  hidden: Float32Array,
  { tokens, dimensions, lengths }: { tokens: number; dimensions: number; lengths: readonly number[] },
  pooling: Pooling,
): Float32Array {
  const out = new Float32Array(lengths.length * dimensions);
  const sum = new Float64Array(dimensions);
  for (const [row, length] of lengths.entries()) {
    const first = row * tokens * dimensions;
    const count = pooling === "cls" ? 1 : length;
    sum.fill(0);
    for (let at = first, token = 0; token < count; token++) {
      for (let i = 0; i < dimensions; i++) sum[i]! += hidden[at++]!;
    }
    for (let i = 0; i < dimensions; i++) out[row * dimensions + i] = sum[i]! / count;
  }
  return out;
}

/**
 * Divides each vector by its Euclidean length, in place, so that a dot product is a cosine. Says for each whether it has
 * one: not when it is all zeros or holds a number that is not finite.
 */
export function normalizeRows(vectors: Float32Array, dimensions: number): boolean[] {
  const rows = vectors.length / dimensions;
  const sound = new Array<boolean>(rows);
  for (let row = 0; row < rows; row++) {
    const vector = vectors.subarray(row * dimensions, (row + 1) * dimensions);
    let square = 0;
    for (const x of vector) square += x * x;
    const length = Math.sqrt(square);
    sound[row] = Number.isFinite(length) && length > 0;
    if (sound[row]) for (let i = 0; i < dimensions; i++) vector[i]! /= length;
  }
  return sound;
}
