/** Chance that is the same on every machine. */

/** Numbers in 0..1 from a seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = (seed | 0) ^ 0x9e3779b9;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** The numbers 0 … n - 1 in an order that the seed gives. */
export function shuffled(n: number, seed: number): Int32Array {
  const random = seeded(seed);
  const order = Int32Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}

/** A number in 0..1 for a vector, the same for equal vectors: rows with the same text fall on the same side of a split. */
export function shareOf(vector: Float32Array, seed: number): number {
  const bits = new Uint32Array(vector.buffer, vector.byteOffset, vector.length);
  let hash = (0x811c9dc5 ^ seed) | 0;
  for (const word of bits) {
    hash = Math.imul(hash ^ word, 0x85ebca6b);
    hash ^= hash >>> 15;
  }
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 4294967296;
}
