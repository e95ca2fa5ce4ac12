/**
 * What the explorer's page and the kernel say to each other. Messages carry values, never code or SQL; each is checked
 * where it arrives. Imports zod alone, and the page imports its types only.
 *
 * The page is one sandboxed frame in a static output. Where a kernel is there, a widget without a view of its own
 * (`bridge` in page/) hands messages through: the frame's asks with `model.send(ask)`, the kernel's answers back.
 */
import { z } from "zod";

/** What becomes of rows whose score is null, or NaN: nobody but the analyst knows, so it starts undecided. */
export const missing = z.enum(["undecided", "keep", "drop"]);
export type Missing = z.infer<typeof missing>;

/** Kept: lower <= value < upper. A bound that is null is no bound; with `upper: null` the largest value is kept. */
export const bounds = z.strictObject({
  lower: z.number().nullable(),
  upper: z.number().nullable(),
  nulls: missing,
  nans: missing,
});
export type Bounds = z.infer<typeof bounds>;

/** Bounds of each explored column, by name; a row is kept when every column keeps it. Undecided counts as dropped. */
export const selection = z.record(z.string().max(1000), bounds);
export type Selection = z.infer<typeof selection>;

/** From the page. `seq` grows by one with each message; an answer names the one it answers. */
export const ask = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("ping"), seq: z.int() }),
  /** The page was opened or reloaded: answered by `hello` with the selection that the kernel holds. */
  z.strictObject({ kind: z.literal("hello"), seq: z.int() }),
  z.strictObject({ kind: z.literal("count"), seq: z.int(), selection }),
  /** Rows nearest to one bound of one column, on both sides of it, among rows that the other columns keep. */
  z.strictObject({
    kind: z.literal("rows"),
    seq: z.int(),
    selection,
    column: z.string().max(1000),
    side: z.enum(["lower", "upper"]),
  }),
]);
export type Ask = z.infer<typeof ask>;

export interface Totals {
  readonly rows: number;
  /** Sum of the token column; null where there is none. */
  readonly tokens: number | null;
}

/** A row near a bound, cut to what a page needs. */
export interface RowExcerpt {
  /** row_key, id or another key of the row; "" when it has none. */
  readonly key: string;
  readonly value: number;
  readonly group: string | null;
  readonly tokens: number | null;
  /** At most 600 characters. */
  readonly text: string;
  /** How many characters of the text are not shown. */
  readonly cut: number;
}

/** As a message carries it: JSON has no infinity. */
export interface SentExcerpt extends Omit<RowExcerpt, "value"> {
  readonly value: number | "Infinity" | "-Infinity";
}

export type Answer =
  | { readonly kind: "pong"; readonly seq: number }
  /** Also unasked, with seq 0: a cell changed the selection. */
  | { readonly kind: "hello"; readonly seq: number; readonly selection: Selection }
  | {
      readonly kind: "count";
      readonly seq: number;
      /** Time the kernel took. */
      readonly ms: number;
      readonly kept: Totals;
      /** Kept rows and tokens of each group, in the order of `Sketch.groups`. */
      readonly groups: readonly Totals[];
      /** Kept rows of each cell of each column, by column, in the order of `ColumnSketch.edges` (see there). */
      readonly columns: Readonly<Record<string, readonly number[]>>;
      /** The policy for this selection: a SQL predicate and a line of TypeScript. */
      readonly sql: string;
      readonly code: string;
    }
  | {
      readonly kind: "rows";
      readonly seq: number;
      readonly column: string;
      readonly side: "lower" | "upper";
      readonly kept: readonly SentExcerpt[];
      readonly dropped: readonly SentExcerpt[];
    }
  | { readonly kind: "error"; readonly seq: number; readonly message: string };

/** One explored column, counted into cells: the bins between edges, then null, then NaN. */
export interface ColumnSketch {
  readonly name: string;
  /** For axis titles: "tokens", "nats", "percentile"; null when unknown. */
  readonly unit: string | null;
  /** Bins are spaced by the logarithm. */
  readonly log: boolean;
  /** Ascending, bins + 1 of them. Bin i holds edges[i] <= value < edges[i+1]; the last one also holds its upper edge. */
  readonly edges: readonly number[];
  readonly min: number;
  readonly max: number;
  /** Rows of each cell, over all groups: bins, null, NaN. */
  readonly rows: readonly number[];
  readonly nulls: number;
  readonly nans: number;
}

/** Everything the page draws without a kernel. JSON; the counts are exact. */
export interface Sketch {
  readonly version: 1;
  /** Unique in the notebook. */
  readonly id: string;
  /** Where the rows come from, for people. */
  readonly origin: string;
  readonly columns: readonly ColumnSketch[];
  /** Column the groups are values of; null when there is one group only. */
  readonly by: string | null;
  /**
   * Names of the groups, largest first; null is a name. At most 20; how many more there are says `others`, and these are
   * one group more (index `groups.length`) in groupTotals, in the cube and in answers, there only when `others` > 0.
   */
  readonly groups: readonly (string | null)[];
  readonly others: number;
  readonly tokensColumn: string | null;
  readonly total: Totals;
  readonly groupTotals: readonly Totals[];
  /**
   * Joint counts of at most two columns: cells that hold rows, each as [group, cell of column 0, (cell of column 1,)
   * rows, tokens] flattened in `cube`; tokens 0 where there is no token column. Empty beyond two columns: such an
   * explorer is live only.
   */
  readonly cube: readonly number[];
  readonly selection: Selection;
}
