/** From what people type to sources: any reference, the word `demo`, or every described dataset that can be reached. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { ensureDemo } from "./demo/ensure-demo";
import { errorText, InputError } from "./errors";
import { bundledDescriptions, loadDescriptions } from "./normalize/description";
import { type ResolvedSource, type ResolveOptions, resolveSource } from "./source/resolve";
import { type OpenOptions, open as openTable } from "./table/open";
import type { Table } from "./table/table";
import { findWorkspace } from "./workspace";

/**
 * The files that `ref` names are on this machine, as `resolveSource` says; `demo` is the dataset that the project
 * generates (on first use, about 2,000 rows), and mistyped names are compared with the described datasets.
 * @throws InputError with the nearest names for what is not there.
 * @example const source = await resolveDataset("demo"); source.splits.map(({ split }) => split);
 */
export async function resolveDataset(ref: string, options: ResolveOptions = {}): Promise<ResolvedSource> {
  if (ref === "demo" && !existsSync(ref)) {
    const { signal, onProgress } = options; // told of downloads alone
    const hubDir = await ensureDemo({
      ...(signal ? { signal } : {}),
      ...(onProgress === undefined ? {} : { onProgress: null }),
    });
    return resolveSource("corpuslab/demo", { ...options, hubDir });
  }
  const knownDatasets = [...loadDescriptions(descriptionFolders()).keys(), "demo"];
  return resolveSource(ref, { knownDatasets, ...options });
}

/** The sources of several references, in the order given. */
export async function resolveDatasets(
  refs: readonly string[],
  options: ResolveOptions = {},
): Promise<ResolvedSource[]> {
  const sources: ResolvedSource[] = [];
  for (const ref of refs) sources.push(await resolveDataset(ref, options));
  return sources;
}

/** Every described dataset that can be reached, and for the others why not. */
export async function resolveDescribed(options: ResolveOptions = {}): Promise<{
  readonly sources: ResolvedSource[];
  readonly unreachable: { readonly dataset: string; readonly reason: string }[];
}> {
  const sources: ResolvedSource[] = [];
  const unreachable: { dataset: string; reason: string }[] = [];
  for (const dataset of loadDescriptions(descriptionFolders()).keys()) {
    if (dataset === "corpuslab/demo") continue;
    try {
      sources.push(await resolveDataset(dataset, options));
    } catch (error) {
      options.signal?.throwIfAborted();
      unreachable.push({ dataset, reason: errorText(error) });
    }
  }
  if (sources.length === 0) {
    throw new InputError(
      `none of the ${unreachable.length} described datasets can be reached; the first says: ${unreachable[0]?.reason}`,
    );
  }
  return { sources, unreachable };
}

/**
 * A lazy table over a dataset (any reference, or `demo`) or over a finished run's rows with their sidecars (of a pipeline's
 * run those that it kept; with `dropped: true` all, with `kept`, `dropped_by` and `drop_reason`). Nothing is
 * read until it is asked for, but files on the Hub are downloaded first, all of the wanted `splits`.
 * @throws InputError with the nearest names for what is not there, and with what to do for network errors.
 * @example const ds = await open("demo"); await ds.sample(5, { seed: 1 });
 */
export async function open(ref: string, options: OpenOptions = {}): Promise<Table> {
  if (existsSync(join(ref, "ledger.json"))) return openTable(ref, options);
  return openTable(await resolveDataset(ref, options));
}

/** Folders with dataset descriptions: the library's own, then the workspace's. */
export function descriptionFolders(): string[] {
  const workspace = findWorkspace();
  return [bundledDescriptions(), ...(workspace ? [join(workspace, "datasets")] : [])];
}
