/** What a page with review buttons and the kernel say to each other: values, never code. */

import { z } from "zod";
import { SAFETY_LABELS, type SafetyLabel, SEVERITIES } from "../label/review-values";

const seq = z.int().nonnegative();
const labels = Object.keys(SAFETY_LABELS) as [SafetyLabel, ...SafetyLabel[]];

/** A message of the page. `sha256` names what it shows, so that nothing is decided about another row. */
export const reviewAsk = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("hello"), seq }),
  z.strictObject({
    kind: z.literal("decide"),
    seq,
    sha256: z.string(),
    label: z.enum(labels),
    severity: z.enum(SEVERITIES).nullable(),
    note: z.string().max(2_000).nullable(),
  }),
  z.strictObject({ kind: z.enum(["skip", "more"]), seq, sha256: z.string() }),
  z.strictObject({ kind: z.literal("undo"), seq }),
]);
export type ReviewAsk = z.infer<typeof reviewAsk>;

export interface ShownMessage {
  readonly title: string;
  readonly learned: boolean;
  readonly body: string;
}

/** Where the review stands. */
export interface ReviewState {
  /** Number of the ask that this answers; 0 where nobody asked. */
  readonly seq: number;
  /** Null when all rows are done. */
  readonly row: {
    readonly sha256: string;
    readonly rowKey: string;
    readonly place: string;
    readonly messages: readonly ShownMessage[];
    readonly flags: readonly string[];
    readonly source: string | null;
    /** Characters that are not shown. */
    readonly hidden: number;
    /** What reviewers said, where that is to be settled. */
    readonly said: readonly string[];
  } | null;
  readonly position: number;
  readonly total: number;
  readonly reviewer: string;
  /** What stands in the log, in words. */
  readonly summary: string;
  /** What was done last, or why it was not. */
  readonly last: string;
  readonly isError: boolean;
}
