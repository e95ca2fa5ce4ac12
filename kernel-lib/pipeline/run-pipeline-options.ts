import type { OnProgress } from "../notebook/progress";

export interface RunPipelineOptions {
  /** Folder of a finished run, of normalize or of another pipeline. */
  readonly input: string;
  /** Folder of this run: a layer over the input, whose rows stay where they are. */
  readonly out: string;
  /** Worker threads; default one per core. Does not change the bytes. */
  readonly workers?: number;
  /** Continue a run that was stopped. */
  readonly resume?: boolean;
  /** Delete the run that stands in `out` first. */
  readonly overwrite?: boolean;
  /** Rows on which steps may throw before the run stops, unfinished; default 100. */
  readonly maxErrors?: number;
  /** Seconds that a step may take for one row before it counts as hanging; default 60. */
  readonly taskTimeout?: number;
  /** Rows of a part, which has one verdict file, at most (a shard is never cut); default 1,000,000. */
  readonly partRows?: number;
  /** Bytes of the shards of a part at most, where texts are read; default 32 MiB. */
  readonly partBytes?: number;
  /** Marks the run as research data, see `normalize`. Default: inherited from the input. */
  readonly researchMode?: boolean;
  readonly signal?: AbortSignal;
  /** Told how far it is, in place of the display that a notebook shows by itself; null: nothing is shown. */
  readonly onProgress?: OnProgress;
}
