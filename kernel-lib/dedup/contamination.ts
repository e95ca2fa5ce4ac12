/** What decontamination found. */

/** One row and the item it holds most of. */
export interface Contamination {
  readonly row_key: string;
  readonly id: string | null;
  /** File of the evaluation set. */
  readonly eval: string;
  readonly item: string;
  /** 13 words in a row are the same; or 8, of at least half of the item; or most 3-grams; or a whole short message. */
  readonly kind: "13-gram" | "8-gram" | "near" | "whole";
  /** Share of the item's n-grams (13, 8 or 3 words, as the kind says) that stand in the row, 0..1. */
  readonly coverage: number;
  /** The longest piece of the row that stands in the item, lower-cased, at most 400 characters. */
  readonly span: string;
}

export interface DecontaminationResult {
  readonly rows: number;
  /** Sorted by row_key, then by set and item. */
  readonly contaminated: readonly Contamination[];
  /** Of each set: items, and how many were only compared whole because they are short. */
  readonly evals: readonly { readonly eval: string; readonly items: number; readonly short: number }[];
}
