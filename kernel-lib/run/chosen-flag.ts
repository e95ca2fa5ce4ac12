/** A flag as it is computed over batches of rows, wherever it comes from. */
import type { ClassifierChoice } from "../classify/classifier-flag";
import type { EncoderSpec } from "../embed/open-encoder";
import type { Columns } from "../step";
import type { PinnedStep } from "../steps/pinned-step";
import type { RunLimits } from "./limits";

/** What a worker is told of a flag; plain JSON. */
export type FlagPlan =
  | { readonly flag: string; readonly params: Readonly<Record<string, unknown>> }
  | { readonly step: PinnedStep }
  | ClassifierChoice
  | { readonly similarity: EncoderSpec };

export interface FlagColumn {
  readonly name: string;
  /** DuckDB type. */
  readonly type: string;
}

export interface ChosenFlag {
  readonly plan: FlagPlan;
  /** `repetition`, `my_flag` */
  readonly name: string;
  /** For people: `repetition`, `my_flag@2`. */
  readonly ref: string;
  /** Its sidecar below the run folder: `flags/my_flag.v2`. */
  readonly folder: string;
  /** Columns that it is handed. */
  readonly reads: readonly string[];
  /** Columns that it writes, one value a row. */
  readonly columns: readonly FlagColumn[];
  /** The one of them that says why a row has no values; null for flags that have an answer to every row. */
  readonly errorColumn: string | null;
  /** What flag.json says of it. */
  readonly facts: Readonly<Record<string, unknown>>;
  open(context: FlagContext): Promise<RunningFlag>;
}

export interface FlagContext {
  /** What a step of the user's own may do. */
  readonly limits: () => Pick<RunLimits, "rowTimeoutMs">;
  readonly signal: AbortSignal;
}

/** A flag that was loaded. */
export interface RunningFlag {
  /** Values in the order of `columns`, for rows of which the keys are given for messages. */
  values(
    columns: Columns,
    keys: readonly unknown[],
  ): readonly (readonly unknown[])[] | Promise<readonly (readonly unknown[])[]>;
  close(): Promise<void>;
}
