/** What counts of everything that reviewers said: by row, and by the text that they looked at. */

import type { ReviewAct } from "./review-act";
import { readReviewLogs } from "./review-log";
import { type SafetyLabel, SEVERITIES, type Severity } from "./review-values";

export interface RowReview {
  /** Null where reviewers disagree. */
  readonly label: SafetyLabel | null;
  /** The highest that was stated. */
  readonly severity: Severity | null;
  readonly status: "decided" | "disputed";
  /** The last decision of each reviewer who has one, by name. */
  readonly decisions: readonly ReviewAct[];
}

/** By row_key, then by text_id. */
export type Reviews = ReadonlyMap<string, ReadonlyMap<string, RowReview>>;

/**
 * What the logs in the folder of labels say now. Of a reviewer the last decision on a row and its text counts. Reviewers
 * agree when their labels are the same; what a decision that adjudicates says counts over all others.
 */
export function readReviews(labels: string): Reviews {
  return reviewsOf(readReviewLogs(labels).flatMap(({ acts }) => acts));
}

export function reviewsOf(acts: readonly ReviewAct[]): Reviews {
  const last = new Map<string, Map<string, Map<string, ReviewAct>>>();
  for (const act of acts) {
    const texts = getOrMake(last, act.row_key, () => new Map<string, Map<string, ReviewAct>>());
    getOrMake(texts, act.text_id, () => new Map<string, ReviewAct>()).set(act.reviewer, act);
  }
  const reviews = new Map<string, Map<string, RowReview>>();
  for (const [key, texts] of last) {
    for (const [textId, byReviewer] of texts) {
      const decisions = [...byReviewer.values()].filter(({ act }) => act === "decided");
      if (decisions.length === 0) continue;
      getOrMake(reviews, key, () => new Map<string, RowReview>()).set(textId, together(decisions));
    }
  }
  return reviews;
}

function together(decisions: readonly ReviewAct[]): RowReview {
  const sorted = [...decisions].sort((a, b) => (a.reviewer < b.reviewer ? -1 : 1));
  const settled = latest(sorted.filter(({ adjudicates }) => adjudicates));
  const counting = settled === null ? sorted : [settled];
  const labels = new Set(counting.map(({ safety_label }) => safety_label));
  const severities = counting.map(({ severity }) => (severity === null ? -1 : SEVERITIES.indexOf(severity)));
  const [label] = labels;
  return {
    label: labels.size === 1 ? (label ?? null) : null,
    severity: SEVERITIES[Math.max(...severities)] ?? null,
    status: labels.size === 1 ? "decided" : "disputed",
    decisions: sorted,
  };
}

function latest(acts: readonly ReviewAct[]): ReviewAct | null {
  return acts.reduce<ReviewAct | null>(
    (last, act) => (last === null || Date.parse(act.time) >= Date.parse(last.time) ? act : last),
    null,
  );
}

function getOrMake<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const found = map.get(key);
  if (found !== undefined) return found;
  const made = make();
  map.set(key, made);
  return made;
}
