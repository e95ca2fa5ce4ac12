/** What a reviewer decides about a row: the values there are, and the line of the log that says it. */

import { z } from "zod";
import { wellFormed } from "./acts";
import { SAFETY_LABELS, type SafetyLabel, SEVERITIES } from "./review-values";

const text = z.string().transform(wellFormed);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** A line of `labels/reviews/<reviewer>.jsonl`. Of several lines of a reviewer about a row and its text the last counts. */
export const reviewAct = z.strictObject({
  /** Number of the line, from 1. */
  n: z.int().positive(),
  /** SHA-256 of the line before, as it stands in the file; of the first line 64 zeros. */
  prev: sha256,
  /** `undone` takes the reviewer's decision on the row back. */
  act: z.enum(["decided", "undone"]),
  row_key: text,
  dataset: text,
  /** The text that was looked at: a decision says nothing of a row whose text is another one. */
  text_id: text,
  /** SHA-256 of what was shown, see `reviewSheet`. */
  shown_sha256: sha256,
  safety_label: z.enum(Object.keys(SAFETY_LABELS) as [SafetyLabel, ...SafetyLabel[]]).nullable(),
  severity: z.enum(SEVERITIES).nullable(),
  note: text.nullable(),
  /** Settles a row on which reviewers disagree: it counts whatever they said. */
  adjudicates: z.boolean(),
  reviewer: text,
  /** ISO 8601, UTC. */
  time: z.iso.datetime({ offset: true }),
});
export type ReviewAct = z.infer<typeof reviewAct>;
