/** A file of a pinned source, found again on this machine; nothing is asked of the network. */

import { existsSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { RepoCache } from "../hub/cache";
import { hubSettings } from "../hub/settings";
import { describeFile } from "./describe-file";
import { isGlob } from "./glob";
import { LOCAL_REVISION } from "./repository";
import type { SourceFile } from "./source";

export interface PinnedFile {
  readonly dataset: string;
  /** Commit, or `local`. */
  readonly revision: string;
  /** Where the source said it came from. */
  readonly origin: string;
  /** Path in the dataset repository. */
  readonly name: string;
}

/** The file as the readers want it, or null; `looked` are the places where it was sought, the one of the run first. */
export async function findPinnedFile(
  { dataset, revision, origin, name }: PinnedFile,
  { hubDir }: { readonly hubDir?: string | undefined } = {},
): Promise<{ readonly file: SourceFile | null; readonly looked: readonly string[] }> {
  const looked: string[] = [];
  if (name.split(/[\\/]/).includes("..")) return { file: null, looked };
  if (revision === LOCAL_REVISION) {
    if (basename(origin) === name) looked.push(origin);
    looked.push(join(isGlob(origin) && !existsSync(origin) ? fixedFolder(origin) : origin, name));
  } else looked.push(new RepoCache(hubSettings().cacheDir, dataset).pathOf(revision, name));
  if (hubDir !== undefined) looked.push(join(hubDir, dataset, name));
  const path = looked.find((one) => statSync(one, { throwIfNoEntry: false })?.isFile());
  return { file: path === undefined ? null : await describeFile(path, name), looked };
}

/** The folder of a glob pattern above its first wildcard. */
function fixedFolder(pattern: string): string {
  const parts = pattern.split("/");
  return parts.slice(0, parts.findIndex(isGlob)).join("/") || "/";
}
