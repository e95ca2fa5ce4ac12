/**
 * The canonical row: what every source shape becomes, and what pools, scorers and trainers read.
 * A change of a column's name, type or meaning is a new version of the row (`ROW_VERSION`). Imports nothing.
 */

export const ROW_VERSION = 1;

/** Name of the rendering in `text`. Any change of the rendered bytes is a new name. */
export const TEMPLATE = "harmony-1";

/**
 * Which parts of `text` the trainer learns: every assistant body, the final assistant body, all assistant bodies
 * after the last user message, or the whole text (plain corpora).
 */
export const LOSS_MODES = ["assistant_all", "assistant_last", "assistant_last_turn", "all_text"] as const;
export type LossMode = (typeof LOSS_MODES)[number];

export const DOMAINS = [
  "math",
  "proof",
  "science",
  "agentic",
  "chat_if",
  "code",
  "safety",
  "multilingual",
  "other",
] as const;
export type Domain = (typeof DOMAINS)[number];

export type Difficulty = "low" | "medium" | "high";

/** One message of a conversation. Absent parts are null; `content` is always text (non-strings as canonical JSON). */
export interface Message {
  role: string;
  name: string | null;
  channel: string | null;
  content: string | null;
  reasoning_content: string | null;
  /** JSON array of `{ id?, name, arguments }`; `arguments` is the JSON text that is rendered. */
  tool_calls: string | null;
}

/** One row of `rows/…parquet`. Column docs: docs/contracts.md. */
export interface CanonicalRow {
  row_key: string;
  id: string;
  text_id: string;
  dataset: string;
  subset: string;
  split: string;
  source_revision: string;
  source_file: string;
  source_row: number;
  messages: Message[] | null;
  text: string;
  template: string;
  loss_mode: LossMode;
  meta_domain: Domain;
  meta_difficulty_bin: Difficulty | null;
  meta_correctness: number | null;
  meta_correctness_low: number | null;
  meta_correctness_medium: number | null;
  meta_correctness_high: number | null;
  meta_correctness_high_with_tool: number | null;
  meta_correctness_high_no_tool: number | null;
  meta_eval_best_setting: string | null;
  meta_pass_k: number | null;
  meta_correct_count: number | null;
  meta_eval_json: string | null;
  meta_problem_id: string | null;
  meta_cluster: string | null;
  meta_tags: string[];
  source_extra_json: string | null;
  source_uuid: string | null;
  source_license: string | null;
  source_data_source: string | null;
  source_capability_target: string | null;
  source_reasoning: string | null;
  source_url: string | null;
  source_used_in: string[] | null;
  source_changed_answer_to_majority: boolean | null;
  source_tools_id: string | null;
  source_tools_count: number | null;
  quality_valid_harmony: boolean;
  quality_completion_nonempty: boolean;
  quality_has_tool: boolean;
  quality_valid_tool_schema: boolean;
  quality_reasons: string[];
  stats_char_len: number;
  stats_approx_tokens: number;
}

/** DuckDB (and so Parquet) type of each canonical column, in column order. */
export const ROW_COLUMNS = {
  row_key: "VARCHAR",
  id: "VARCHAR",
  text_id: "VARCHAR",
  dataset: "VARCHAR",
  subset: "VARCHAR",
  split: "VARCHAR",
  source_revision: "VARCHAR",
  source_file: "VARCHAR",
  source_row: "BIGINT",
  messages:
    "STRUCT(role VARCHAR, name VARCHAR, channel VARCHAR, content VARCHAR, reasoning_content VARCHAR, tool_calls VARCHAR)[]",
  text: "VARCHAR",
  template: "VARCHAR",
  loss_mode: "VARCHAR",
  meta_domain: "VARCHAR",
  meta_difficulty_bin: "VARCHAR",
  meta_correctness: "DOUBLE",
  meta_correctness_low: "DOUBLE",
  meta_correctness_medium: "DOUBLE",
  meta_correctness_high: "DOUBLE",
  meta_correctness_high_with_tool: "DOUBLE",
  meta_correctness_high_no_tool: "DOUBLE",
  meta_eval_best_setting: "VARCHAR",
  meta_pass_k: "BIGINT",
  meta_correct_count: "BIGINT",
  meta_eval_json: "VARCHAR",
  meta_problem_id: "VARCHAR",
  meta_cluster: "VARCHAR",
  meta_tags: "VARCHAR[]",
  source_extra_json: "VARCHAR",
  source_uuid: "VARCHAR",
  source_license: "VARCHAR",
  source_data_source: "VARCHAR",
  source_capability_target: "VARCHAR",
  source_reasoning: "VARCHAR",
  source_url: "VARCHAR",
  source_used_in: "VARCHAR[]",
  source_changed_answer_to_majority: "BOOLEAN",
  source_tools_id: "VARCHAR",
  source_tools_count: "BIGINT",
  quality_valid_harmony: "BOOLEAN",
  quality_completion_nonempty: "BOOLEAN",
  quality_has_tool: "BOOLEAN",
  quality_valid_tool_schema: "BOOLEAN",
  quality_reasons: "VARCHAR[]",
  stats_char_len: "BIGINT",
  stats_approx_tokens: "BIGINT",
} as const satisfies Record<keyof CanonicalRow, string>;

/**
 * The unique key of a row, and of every sidecar: where in which revision of which dataset it stands. `row` is 0-based.
 * @example rowKey("nvidia/Nemotron-Math-v2", "local", "data/low.jsonl", 3) // "nvidia/Nemotron-Math-v2@local/data/low.jsonl#3"
 */
export function rowKey(dataset: string, revision: string, file: string, row: number): string {
  return `${dataset}@${revision}/${file}#${row}`;
}

/** The parts of a row_key, `dataset@revision/file#row`; null for a text that is none. */
export function splitRowKey(key: string): { readonly dataset: string; readonly row: number } | null {
  const match = /^(.+?)@[^/]*\/.*#(\d{1,15})$/s.exec(key);
  return match ? { dataset: match[1]!, row: Number(match[2]) } : null;
}
