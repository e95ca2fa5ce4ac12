/** Options of every command that takes a dataset reference, and what is told about the sources they name. */
import type { Command } from "commander";
import type { ProgressListener } from "../progress";
import type { ResolveOptions } from "../source/resolve";
import { nameList } from "./options";

export interface SourceFlags {
  readonly hubDir?: string;
  readonly revision?: string;
  readonly splits?: readonly string[];
}

export function addSourceOptions(command: Command): Command {
  return command
    .option("--hub-dir <dir>", "folder of dataset repositories laid out as on the Hub (owner/name/…)")
    .option("--revision <name>", "branch, tag or commit on the Hub; default the main branch")
    .option("--splits <a,b>", "only these splits", nameList);
}

/** What the flags say. */
export function resolveOptions(
  { hubDir, revision, splits }: SourceFlags,
  signal: AbortSignal,
  onProgress: ProgressListener,
): ResolveOptions {
  return {
    signal,
    onProgress,
    ...(hubDir === undefined ? {} : { hubDir }),
    ...(revision === undefined ? {} : { revision }),
    ...(splits === undefined ? {} : { splits }),
  };
}

/** Files and splits that are not read, and why, are told on standard error: no row is left out in silence. */
export function tellNotes(
  sources: readonly { readonly dataset: string; readonly notes: readonly string[] }[],
): void {
  for (const { dataset, notes } of sources) for (const note of notes) console.error(`${dataset}: ${note}`);
}
