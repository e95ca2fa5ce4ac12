/** What an adapter does: one source shape in, the parts of a canonical row that depend on the shape out. */

import type { SourceRow } from "../json-text";
import type { Difficulty, Domain, LossMode, Message } from "../row";
import type { Columns } from "./columns";
import type { ToolEvent } from "./conversation";
import type { ToolsInfo } from "./tools";

/** Which source column plays which part; where a part is not named, the adapter's usual names are tried. */
export interface ColumnMapping {
  readonly messages?: string;
  readonly system?: string;
  readonly prompt?: string;
  readonly context?: string;
  readonly response?: string;
  readonly text?: string;
  readonly tokens?: string;
  readonly cluster?: string;
}

/** Where a row stands; adapters may use the split (difficulty) but never the row number. */
export interface RowPlace {
  readonly dataset: string;
  readonly subset: string;
  readonly split: string;
  /** Domain of the dataset as its description states it; adapters that know better per row may differ. */
  readonly domain?: Domain;
  readonly mapping?: ColumnMapping;
}

/**
 * What the shape decides. Columns that mean the same everywhere (uuid, license, used_in, tools …) are read by
 * `buildRow`; what stands here wins over them.
 */
export interface Adapted {
  /** Conversation, or null when the source has text only (or no conversation at all). */
  readonly messages: Message[] | null;
  /** Text that is already rendered; then it stays as it is. `messages` come from it or stay null. */
  readonly text?: { readonly kind: "harmony" | "plain"; readonly value: string };
  readonly lossMode: LossMode;
  readonly domain: Domain;
  readonly difficulty?: Difficulty | null;
  /** Name of the column that holds the evaluation block, if any. */
  readonly evaluationColumn?: string;
  /** Text that identifies the problem; default: the first user message. */
  readonly problem?: string | null;
  readonly cluster?: string | null;
  readonly tags?: readonly string[];
  readonly dataSource?: string | null;
  /** Tool declarations that do not stand in the `tools` column. */
  readonly tools?: ToolsInfo | null;
  /** Calls and results in order, to be checked against the declarations. */
  readonly toolEvents?: readonly ToolEvent[];
  /** Source position of a message → its keys without a column → canonical JSON: kept in source_extra_json. */
  readonly messageExtras?: ReadonlyMap<number, ReadonlyMap<string, string>> | null;
  /** Soft tags, e.g. `nonstring_content`, `null_messages`. */
  readonly reasons: readonly string[];
}

/** One source shape. Pure: the same row gives the same result; never throws on data, says so in `reasons`. */
export interface Adapter {
  readonly name: string;
  /** The shape in words: what a row has, and what becomes of it. */
  readonly shape: string;
  /** True when the columns look like this shape; used for datasets without a description. */
  detect(columns: ReadonlySet<string>, sample: readonly SourceRow[]): boolean;
  /** Reads the row; marks each column it finds a place for, all others go to source_extra_json. */
  adapt(columns: Columns, place: RowPlace): Adapted;
}
