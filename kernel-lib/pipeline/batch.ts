import type { NewText } from "./new-text";

/** Where a step rewrites texts: the column that says of which rows Harmony cannot be asked. */
export const FREE_TEXT = "__corpuslab_free_text";

/** Some rows of one shard on their way through the steps of a segment, column by column. */
export interface Batch {
  readonly rows: number;
  /** Which of the input's splits they belong to. */
  readonly split: number;
  /** Values by the steps' names for columns; a step's flags are added, a rewritten text takes the old one's place. */
  readonly columns: Map<string, unknown[]>;
  /** Number of the step that dropped a row, from 0; null for rows that are still in; `GONE` for those that never were. */
  readonly droppedBy: (number | null)[];
  readonly reasons: (string | null)[];
  /** Texts that steps rewrote, by step and row. */
  readonly overlays: Map<string, Map<number, NewText>>;
}

/** Dropped before this segment. */
export const GONE = -1;

/** Rows `from` to `to` of a batch. */
export function newBatch(kept: readonly unknown[], columns: Map<string, unknown[]>, split: number): Batch {
  return {
    rows: kept.length,
    split,
    columns,
    droppedBy: kept.map((value) => (value === true ? null : GONE)),
    reasons: new Array<string | null>(kept.length).fill(null),
    overlays: new Map(),
  };
}
