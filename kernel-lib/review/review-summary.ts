/** Where a review stands: what was decided, by whom, and on which rows people disagree. */

import { readReviews } from "../label/review-state";
import { SAFETY_LABELS, type SafetyLabel } from "../label/review-values";
import { counted, percent } from "../notebook/counts";
import { cutLine } from "../notebook/plain-text";

export interface ReviewSummary {
  /** Rows that have a decision. */
  readonly rows: number;
  /** Rows by the label that counts; disputed rows have none. */
  readonly labels: Readonly<Partial<Record<SafetyLabel, number>>>;
  /** Rows by reviewer. */
  readonly reviewers: Readonly<Record<string, number>>;
  /** Rows that several reviewers decided on, and those of them whose labels are the same. */
  readonly double: { readonly rows: number; readonly agreed: number };
  /** Rows on which reviewers disagree and nobody has settled it. */
  readonly disputed: readonly string[];
}

/** What the logs in the folder of labels say of the datasets (null: of all). */
export function reviewSummary(labels: string, datasets: readonly string[] | null = null): ReviewSummary {
  const byLabel = new Map<SafetyLabel, number>();
  const byReviewer = new Map<string, number>();
  const disputed: string[] = [];
  let [rows, double, agreed] = [0, 0, 0];
  for (const [key, texts] of readReviews(labels)) {
    if (datasets !== null && !datasets.some((name) => key.startsWith(`${name}@`))) continue;
    for (const { label, status, decisions } of texts.values()) {
      rows++;
      if (label !== null) byLabel.set(label, (byLabel.get(label) ?? 0) + 1);
      for (const { reviewer } of decisions) byReviewer.set(reviewer, (byReviewer.get(reviewer) ?? 0) + 1);
      if (status === "disputed") disputed.push(key);
      if (decisions.length < 2) continue;
      double++;
      if (new Set(decisions.map(({ safety_label }) => safety_label)).size === 1) agreed++;
    }
  }
  const names = Object.keys(SAFETY_LABELS) as SafetyLabel[];
  return {
    rows,
    labels: Object.fromEntries(
      names.flatMap((name) => (byLabel.has(name) ? [[name, byLabel.get(name)!]] : [])),
    ),
    reviewers: Object.fromEntries([...byReviewer].sort(([a], [b]) => (a < b ? -1 : 1))),
    double: { rows: double, agreed },
    disputed,
  };
}

/** The summary in two or three lines. */
export function summaryText({ rows, labels, reviewers, double, disputed }: ReviewSummary): string {
  if (rows === 0) return "no row was reviewed yet";
  const list = (of: Readonly<Record<string, number>>) =>
    Object.entries(of)
      .map(([name, n]) => `${cutLine(name, 60)} ${n}`)
      .join(", ");
  const agreement =
    double.rows === 0
      ? []
      : [
          `${counted(double.rows, "row")} by several reviewers: the same label on ${double.agreed} (${percent(double.agreed, double.rows)})`,
        ];
  const open =
    disputed.length === 0
      ? []
      : [
          `${counted(disputed.length, "row")} disputed, in no bucket until settled: --rows disputed shows them, --adjudicate settles them`,
        ];
  return [
    `${counted(rows, "row")} reviewed: ${[list(labels), disputed.length > 0 ? `disputed ${disputed.length}` : ""].filter(Boolean).join(", ")} · by ${list(reviewers)}`,
    ...agreement,
    ...open,
  ].join("\n");
}
