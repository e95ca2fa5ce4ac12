/** Options of every command that takes a dataset reference, and what is told about the sources they name. */
import type { Command } from "commander";
import type { ResolveOptions } from "../source/resolve";
import { nameList } from "./options";
import type { ProgressDisplay } from "./progress";

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

/** What the flags say, with downloads shown on `progress`. */
export function resolveOptions(
  { hubDir, revision, splits }: SourceFlags,
  signal: AbortSignal,
  progress: ProgressDisplay,
): ResolveOptions {
  return {
    signal,
    onProgress: ({ filesDone, files, bytesDone, bytes }) =>
      progress.update({
        stage: "download",
        tasksDone: filesDone,
        tasks: files,
        rowsDone: 0,
        share: bytes === 0 ? 1 : bytesDone / bytes,
      }),
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
