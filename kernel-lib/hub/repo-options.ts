/** How a repository on the Hub is opened. */

import type { ProgressListener } from "../progress";
import type { RequestPolicy } from "./request";
import type { HubSettings } from "./settings";

/** What a repository on the Hub holds. */
export type RepoKind = "dataset" | "model";

/** Path of a repository below the Hub's address: datasets have a folder of their own, models stand at the top. */
export function repoPath(kind: RepoKind, repo: string): string {
  return kind === "dataset" ? `datasets/${repo}` : repo;
}

export interface HubRepoOptions extends HubSettings, RequestPolicy {
  /** Default `dataset`. */
  readonly kind?: RepoKind;
  /** Branch, tag or commit; default `main`. */
  readonly revision?: string;
  /** Told about downloads in bytes, at most 10 times a second. */
  readonly onProgress?: ProgressListener;
  /** Names to compare a mistyped name with. */
  readonly knownDatasets?: readonly string[];
  /** Files loaded at the same time; default 4. */
  readonly concurrency?: number;
}
