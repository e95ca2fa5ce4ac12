/** What the main job can be told. */
import type { OnProgress } from "../notebook/progress";
import type { AdapterChoice } from "./choose-adapters";

export interface NormalizeOptions {
  /** Folder of the run; made when absent, must be empty or hold this very job. */
  readonly out: string;
  /** Only these splits; default all. */
  readonly splits?: readonly string[];
  /** Only the first N source rows of each split. */
  readonly limit?: number;
  /** Adapter by name, for datasets without a description or to override it. */
  readonly adapter?: string;
  /** Refuse rows whose text is not valid Harmony (they go to rejected/). Default false, as for all refusals. */
  readonly dropInvalidHarmony?: boolean;
  readonly dropEmptyCompletion?: boolean;
  readonly dropInvalidTools?: boolean;
  /** Refuse exact duplicates instead of marking them. */
  readonly dedup?: boolean;
  /** A completion with fewer non-space characters counts as empty; default 1. */
  readonly minCompletionChars?: number;
  /** What to do with a Harmony special inside a body: refuse the row (default) or escape it. */
  readonly specials?: "reject" | "escape";
  /** Flags to compute as sidecars; default all built-in ones. */
  readonly flags?: readonly string[];
  /** Rows in a shard; default 20,000. A shard also ends after `shardBytes`. */
  readonly rowsPerShard?: number;
  /** Unpacked source bytes in a shard; default 32 MiB. */
  readonly shardBytes?: number;
  /** Worker threads; default one per core. The bytes written do not depend on it. */
  readonly workers?: number;
  readonly resume?: boolean;
  readonly overwrite?: boolean;
  /** Also lay the shards out as `data/<split>-00000-of-00001.parquet` (hard links), as the Hub expects them. */
  readonly hfLayout?: boolean;
  /** Also write a dataset card. */
  readonly writeReadme?: boolean;
  /**
   * Marks the run: it, and everything made from it, may hold rows that nobody reviewed or that are not safe, and is not
   * published or blended until that is wanted in so many words. Default: inherited from the sources.
   */
  readonly researchMode?: boolean;
  /** "yes, publish research data": lays out, and writes the card of, a run with that mark. */
  readonly allowResearchData?: string;
  /** Folders with dataset descriptions beside the built-in ones. */
  readonly descriptions?: readonly string[];
  /** Stops the run; what is committed stays and `resume` goes on. Default: the notebook's interrupt button. */
  readonly signal?: AbortSignal;
  /** Told about each stage, in place of the display that a notebook shows by itself; null: nothing is shown. */
  readonly onProgress?: OnProgress;
  /** Told which adapter was chosen for each split, and why, before any row is read. */
  readonly onAdapters?: (choices: readonly AdapterChoice[]) => void;
}
