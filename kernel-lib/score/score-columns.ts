/** The columns of scores on disk, and what has to be the same for two scores to be compared. */

/** A sidecar of scores: DuckDB types, in the order of the files. `reason` says why a row has no score, else it is null. */
export const SCORE_COLUMNS = {
  row_key: "VARCHAR",
  id: "VARCHAR",
  model: "VARCHAR",
  template: "VARCHAR",
  loss_mode: "VARCHAR",
  include_stop: "BOOLEAN",
  max_length: "INTEGER",
  truncated: "BOOLEAN",
  nll_sum: "DOUBLE",
  nll_mean: "DOUBLE",
  ppl: "DOUBLE",
  completion_token_count: "INTEGER",
  percentile_within_split: "DOUBLE",
  reason: "VARCHAR",
} as const;

/** More columns of scores that were asked for the completion without its prompt, see `ifd` in score-options.ts. */
export const IFD_COLUMNS = { nll_unconditioned: "DOUBLE", ifd: "DOUBLE" } as const;

/** More columns of scores that were compared with a reference checkpoint's. */
export const REFERENCE_COLUMNS = {
  reference_model: "VARCHAR",
  nll_delta: "DOUBLE",
  nll_delta_percentile: "DOUBLE",
} as const;

/** A score belongs to one rendering, one mask and one choice about the stop token: these make two scores comparable. */
export const SETTING_COLUMNS = ["template", "loss_mode", "include_stop"] as const;

/** Last part of a model's name in lower case, for folders and columns: `HuggingFaceTB/SmolLM2-135M` → `smollm2-135m`. */
export function modelSlug(model: string): string {
  const last = model.split(/[\\/]/).findLast((part) => part !== "") ?? "";
  const slug = last
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, "-")
    .replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, "")
    .slice(0, 80);
  return slug === "" ? "model" : slug;
}
