/** How a dataset on the Hub is opened. */

import type { RequestPolicy } from "./request";
import type { HubSettings } from "./settings";

export interface HubProgress {
  readonly repo: string;
  /** The file that was last worked on. */
  readonly file: string;
  readonly filesDone: number;
  readonly files: number;
  readonly bytesDone: number;
  readonly bytes: number;
}

export interface HubRepoOptions extends HubSettings, RequestPolicy {
  /** Branch, tag or commit; default `main`. */
  readonly revision?: string;
  readonly onProgress?: (progress: HubProgress) => void;
  /** Names to compare a mistyped name with. */
  readonly knownDatasets?: readonly string[];
  /** Files loaded at the same time; default 4. */
  readonly concurrency?: number;
}
