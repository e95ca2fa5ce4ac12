/** How a dataset on the Hub is opened. */

import type { ProgressListener } from "../progress";
import type { RequestPolicy } from "./request";
import type { HubSettings } from "./settings";

export interface HubRepoOptions extends HubSettings, RequestPolicy {
  /** Branch, tag or commit; default `main`. */
  readonly revision?: string;
  /** Told about downloads in bytes, at most 10 times a second. */
  readonly onProgress?: ProgressListener;
  /** Names to compare a mistyped name with. */
  readonly knownDatasets?: readonly string[];
  /** Files loaded at the same time; default 4. */
  readonly concurrency?: number;
}
