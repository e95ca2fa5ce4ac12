/** How far a share in a sample may be from the share of all rows. */

/** 97.5th percentile of the normal distribution: intervals of 95 %. */
const Z = 1.959963984540054;

/**
 * The 95 % score interval of a share of which `count` of `n` sampled rows were seen (E. B. Wilson, "Probable inference,
 * the law of succession, and statistical inference", JASA 22, 1927). Never outside 0 and 1, and not empty at 0 and n.
 * The rows are drawn without repetition, so the true coverage is a little higher.
 */
export function wilson(count: number, n: number): readonly [low: number, high: number] {
  if (n === 0) return [0, 1];
  const share = count / n;
  const square = Z * Z;
  const middle = share + square / (2 * n);
  const half = Z * Math.sqrt((share * (1 - share)) / n + square / (4 * n * n));
  const scale = 1 + square / n;
  return [count === 0 ? 0 : (middle - half) / scale, count === n ? 1 : (middle + half) / scale];
}
