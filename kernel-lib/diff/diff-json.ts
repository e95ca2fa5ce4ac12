/** A difference as plain data: what `--json` prints and every picture is made of. */
import type { StepKind } from "../steps/outcome";
import type { Cause } from "./attribution";

export interface DiffSide {
  /** `keep_short@2` */
  readonly ref: string;
  /** SHA-256 of the code, of the version's bytes. */
  readonly code: string;
  readonly digest: string;
  readonly params: Readonly<Record<string, unknown>>;
}

export interface DirectionCount {
  readonly id: string;
  readonly label: string;
  /** Whether the two versions say something else of these rows. */
  readonly differs: boolean;
  /** Whether they count as moved: they differ, and not in the reason of a drop alone. */
  readonly moved: boolean;
  readonly rows: number;
  /** Sum of the tokens of these rows; null where no column says how many. */
  readonly tokens: number | null;
  /** Rows by cause; null where nothing differs or the cause is not known. */
  readonly because: Readonly<Record<Cause, number>> | null;
  /** Of a sample: how many of all rows, from and to, at 95 %. */
  readonly interval: readonly [number, number] | null;
}

/** Rows of one group, by direction (in the order of `directions`). */
export interface GroupCount {
  /** Null for rows without a value. */
  readonly value: string | null;
  readonly rows: number;
  readonly directions: readonly number[];
}

export interface ColumnChange {
  readonly name: string;
  /** Rows with another value. */
  readonly rows: number;
  /** Of numbers: rows whose value rose or fell, and quantiles of new − old; null where no number changed. */
  readonly numbers: {
    readonly up: number;
    readonly down: number;
    readonly quantiles: readonly { readonly share: number; readonly change: number }[];
  } | null;
  /** Values as JSON, the most frequent first. */
  readonly pairs: readonly { readonly before: string; readonly after: string; readonly rows: number }[];
  /** How many pairs of values there are. */
  readonly differentPairs: number;
}

export interface AnswerChange {
  readonly direction: string;
  readonly before: string;
  readonly after: string;
  readonly rows: number;
}

export interface DiffExample {
  readonly direction: string;
  /** row_key, or the row's number in the table. */
  readonly key: string;
  readonly because: Cause | null;
  readonly before: string;
  readonly after: string;
}

export interface DiffJson {
  readonly format: "corpuslab.diff";
  readonly version: 1;
  readonly kind: StepKind;
  readonly old: DiffSide;
  readonly new: DiffSide;
  /** Where the rows come from. */
  readonly on: string;
  /** Rows that were compared. */
  readonly rows: number;
  /** Null: all rows were compared. */
  readonly sample: { readonly of: number; readonly seed: number } | null;
  readonly attribution: string;
  /** Those that differ first. */
  readonly directions: readonly DirectionCount[];
  /** Rows by value of a column, the largest group first; null where there is no such column or it has too many values. */
  readonly by: { readonly column: string; readonly groups: readonly GroupCount[] } | null;
  readonly tokens: { readonly column: string; readonly groups: readonly GroupCount[] } | null;
  readonly notes: readonly string[];
  /** Of flags, and of rewrites (the length of the text). */
  readonly columns: readonly ColumnChange[];
  /** Of filters: answers before and after, the most frequent first; of all kinds: messages of errors. */
  readonly answers: readonly AnswerChange[];
  readonly examples: readonly DiffExample[];
}
