/** The verdicts that a report shows: what a flag catches, and by which measure rows are near to its threshold. */

export interface Verdict {
  readonly flag: string;
  /** Boolean column, or a SQL condition over the flag's columns. */
  readonly caught: string;
  /** Columns that it needs. */
  readonly columns: readonly string[];
  /** SQL of the measure that decides it, and the default threshold; null where a row is caught or not, without more or less. */
  readonly measure: { readonly sql: string; readonly name: string; readonly threshold: number } | null;
}

const yes = (flag: string, column: string): Verdict => ({
  flag,
  caught: column,
  columns: [column],
  measure: null,
});
const by = (flag: string, column: string, measure: string, threshold: number): Verdict => ({
  flag,
  caught: column,
  columns: [column, measure],
  measure: { sql: `"${measure}"`, name: measure, threshold },
});

const SHARES: readonly (readonly [string, number])[] = [
  ["dup_line_frac", 0.3],
  ["dup_para_frac", 0.3],
  ["dup_line_char_frac", 0.2],
  ["dup_para_char_frac", 0.2],
  ["top_2gram_char_frac", 0.2],
  ["top_3gram_char_frac", 0.18],
  ["top_4gram_char_frac", 0.16],
  ["dup_5gram_char_frac", 0.15],
  ["dup_6gram_char_frac", 0.14],
  ["dup_7gram_char_frac", 0.13],
  ["dup_8gram_char_frac", 0.12],
  ["dup_9gram_char_frac", 0.11],
  ["dup_10gram_char_frac", 0.1],
  ["loop_chars", 100],
];

/** Of the built-in flags, with the thresholds of their defaults. */
export const VERDICTS: readonly Verdict[] = [
  by("length", "too_short", "stats_char_len", 40),
  by("length", "too_long", "stats_approx_tokens", 8192),
  by("form", "completion_too_short", "completion_chars", 2),
  by("form", "completion_too_long", "completion_chars", 50_000),
  ...[
    "truncated_ending",
    "unbalanced_code_fence",
    "broken_latex",
    "invalid_json",
    "template_leftover",
    "html_boilerplate",
    "refusal",
    "apology",
    "ai_self_reference",
  ].map((column) => yes("form", column)),
  {
    flag: "repetition",
    caught: "repetitive",
    columns: ["repetitive", ...SHARES.map(([name]) => name)],
    measure: {
      sql: `greatest(${SHARES.map(([name, limit]) => `coalesce("${name}", 0) / ${limit}`).join(", ")})`,
      name: "worst share ÷ its limit",
      threshold: 1,
    },
  },
  {
    flag: "gopher_quality",
    caught: "len(gopher_quality_reasons) > 0",
    columns: ["gopher_quality_reasons", "gopher_words"],
    measure: { sql: "gopher_words", name: "gopher_words", threshold: 50 },
  },
  by("language", "not_english", "english_share", 0.15),
  yes("structure", "roles_out_of_order"),
  yes("structure", "media_reference"),
  {
    flag: "structure",
    caught: "tool_errors > 0",
    columns: ["tool_errors"],
    measure: { sql: "tool_errors", name: "tool_errors", threshold: 0.5 },
  },
  {
    flag: "private_data",
    caught: "private_data_count > 0",
    columns: ["private_data_count"],
    measure: { sql: "private_data_count", name: "private_data_count", threshold: 0.5 },
  },
  yes("safety", "unsafe_request"),
  yes("safety", "jailbreak"),
  yes("safety", "profanity"),
  by("alignment", "misaligned", "prompt_overlap", 0),
  { flag: "grounding", caught: "len(grounding_faults) > 0", columns: ["grounding_faults"], measure: null },
  {
    flag: "quality_score",
    caught: "quality_score < 0.5",
    columns: ["quality_score"],
    measure: { sql: "quality_score", name: "quality_score", threshold: 0.5 },
  },
  by("tokens", "too_few_tokens", "completion_tokens", 150),
  by("tokens", "too_many_tokens", "completion_tokens", 2048),
  by("tokens", "row_too_long", "body_tokens", 8192),
];
