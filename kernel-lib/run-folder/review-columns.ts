/** The columns that reviewers' decisions give, and that nothing else gives: a bucket of rows rests on them. */

/** Names and DuckDB types, in order. */
export const REVIEW_COLUMNS = {
  _safety_label: "VARCHAR",
  _severity: "VARCHAR",
  _reviewed: "BOOLEAN",
  _review_status: "VARCHAR",
  _reviewed_by: "VARCHAR",
  _reviewed_at: "VARCHAR",
  _review_note: "VARCHAR",
} as const;

/** The sidecar that holds the decisions of an earlier moment. */
export const REVIEWS_SIDECAR = "flags/reviews.v1";
