/** Rows of like length together, so that little of a batch is padding. */

export interface PackOptions {
  /** Most tokens of a batch, padding included. A row that is longer makes a batch of its own. */
  readonly batchTokens: number;
}

/**
 * Batches of row numbers, the longest rows first; each holds at most `batchTokens` positions (rows × the longest of them).
 * Rows of length 0 are in no batch. The same lengths give the same batches.
 */
export function pack(lengths: readonly number[], { batchTokens }: PackOptions): number[][] {
  const order = lengths.map((_, i) => i).filter((i) => lengths[i]! > 0);
  order.sort((a, b) => lengths[b]! - lengths[a]! || a - b);
  const batches: number[][] = [];
  let batch: number[] = [];
  for (const i of order) {
    const longest = batch.length === 0 ? lengths[i]! : lengths[batch[0]!]!;
    if (batch.length > 0 && (batch.length + 1) * longest > batchTokens) {
      batches.push(batch);
      batch = [];
    }
    batch.push(i);
  }
  if (batch.length > 0) batches.push(batch);
  return batches;
}
