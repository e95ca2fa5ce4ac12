/** Units of the columns that the field knows by name. */

const UNITS: Readonly<Record<string, string>> = {
  stats_approx_tokens: "estimated tokens",
  stats_char_len: "characters",
  completion_token_count: "tokens",
  token_count: "tokens",
  max_length: "tokens",
  nll_sum: "nats",
  nll_mean: "nats per token",
  ppl: "perplexity",
  percentile_within_split: "percentile",
  meta_correctness: "share of attempts solved, 0..1",
  meta_pass_k: "attempts",
  meta_correct_count: "attempts solved",
  source_tools_count: "tools",
};

/** The unit of a column, also of one that was attached under a prefix (`judge_nll_mean`); null when it is not known. */
export function unitOf(column: string): string | null {
  if (Object.hasOwn(UNITS, column)) return UNITS[column]!;
  if (/^meta_correctness_\w+$/.test(column)) return UNITS.meta_correctness!;
  const ending = Object.keys(UNITS).find((name) => column.endsWith(`_${name}`));
  return ending === undefined ? null : UNITS[ending]!;
}
