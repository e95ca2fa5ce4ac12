/** Which tokens of a text are learned. */

/** Where the tokens of a text stand, in UTF-16 offsets, as a tokenizer gives them. */
export interface TokenPlaces {
  readonly starts: ArrayLike<number>;
  readonly ends: ArrayLike<number>;
}

/**
 * 1 for each token that overlaps one of `spans` by at least a character, else 0. Tokens without width (those that a
 * tokenizer adds by itself) are 0. `spans` are half-open UTF-16 ranges, in order and without overlap, such as those of
 * `assistantSpans`; tokens are in text order, and several may share a character whose bytes they divide.
 *
 * @example tokenMask({ starts: [0, 9, 13], ends: [9, 13, 24] }, [{ start: 13, end: 20 }]) // 0, 0, 1
 */
export function tokenMask(
  { starts, ends }: TokenPlaces,
  spans: readonly { readonly start: number; readonly end: number }[],
): Uint8Array {
  const mask = new Uint8Array(starts.length);
  let at = 0;
  for (let i = 0; i < mask.length && at < spans.length; i++) {
    const start = starts[i]!;
    const end = ends[i]!;
    if (start === end) continue;
    while (at < spans.length && spans[at]!.end <= start) at++;
    if (at < spans.length && spans[at]!.start < end) mask[i] = 1;
  }
  return mask;
}
