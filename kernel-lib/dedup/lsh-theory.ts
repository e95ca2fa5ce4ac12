/** What banding finds, in theory: Leskovec, Rajaraman, Ullman, Mining of Massive Datasets, 3.4. */

/** Share of pairs of Jaccard similarity `jaccard` that share a band: the S-curve. */
export function shareFound(jaccard: number, bands: number, rowsPerBand: number): number {
  return 1 - (1 - jaccard ** rowsPerBand) ** bands;
}

/**
 * How many of `hashes` values of 8 bits must agree for a pair to be verified, so that of pairs at `jaccard` fewer than
 * `lost` (default 1 in 5,000) are passed over.
 */
export function leastAgreement(jaccard: number, hashes: number, lost = 1 / 5000): number {
  const p = jaccard + (1 - jaccard) / 256;
  let below = 0;
  let term = (1 - p) ** hashes;
  for (let k = 0; k <= hashes; k++) {
    below += term;
    if (below > lost) return k;
    term *= ((hashes - k) / (k + 1)) * (p / (1 - p));
  }
  return hashes;
}
