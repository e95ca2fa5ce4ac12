/** What an adapter does: one source shape in, the parts of a canonical row that depend on the shape out. */

import type { SourceRow } from "../json-text";
import type { Difficulty, Domain, LossMode, Message } from "../row";
import type { ToolsInfo } from "./tools";

/** Where a row stands; adapters may use the split (difficulty) but never the row number. */
export interface RowPlace {
  readonly dataset: string;
  readonly subset: string;
  readonly split: string;
}

/** Evaluation block as the source gives it: condition → { count, pass, accuracy }. */
export interface Adapted {
  /** Conversation, or null when the source has text only. */
  readonly messages: Message[] | null;
  /** Text that is already rendered (Harmony or plain); then `messages` come from it or stay null. */
  readonly text?: string;
  readonly lossMode: LossMode;
  readonly domain: Domain;
  readonly difficulty?: Difficulty | null;
  /** Name of the column that holds the evaluation block, if any. */
  readonly evaluationColumn?: string;
  /** Text that identifies the problem; default: the first user message. */
  readonly problem?: string | null;
  readonly cluster?: string | null;
  readonly tags?: readonly string[];
  readonly uuid?: string | null;
  readonly license?: string | null;
  readonly dataSource?: string | null;
  readonly capabilityTarget?: string | null;
  readonly reasoning?: string | null;
  readonly url?: string | null;
  readonly usedIn?: readonly string[] | null;
  readonly changedAnswerToMajority?: boolean | null;
  /** The row's tool schemas, parsed and checked once per distinct text. */
  readonly tools?: ToolsInfo | null;
  /** Message-level source keys without a column (message index → key → canonical JSON): kept in source_extra_json. */
  readonly messageExtras?: ReadonlyMap<number, ReadonlyMap<string, string>>;
  /** Soft tags, e.g. `nonstring_content`, `null_messages`. */
  readonly reasons: readonly string[];
}

/** One source shape. Pure: the same row gives the same result; never throws on data, says so in `reasons`. */
export interface Adapter {
  readonly name: string;
  /** Columns that have a place in the canonical row; all others go to source_extra_json. */
  readonly consumes: readonly string[];
  /** True when the columns look like this shape; used for datasets without a description. */
  detect(columns: ReadonlySet<string>, sample: readonly SourceRow[]): boolean;
  adapt(row: SourceRow, place: RowPlace): Adapted;
}
