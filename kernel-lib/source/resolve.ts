/** From a reference to pinned files on this machine, grouped by subset and split. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { InputError, nearestNames } from "../errors";
import { openHubRepo } from "../hub/open-hub-repo";
import { hubSettings } from "../hub/settings";
import { interruptSignal } from "../interrupt";
import { type OnProgress, withProgress } from "../notebook/progress";
import { JOBS, type ProgressListener } from "../progress";
import { describeFile } from "./describe-file";
import { parseFrontMatter } from "./front-matter";
import { globTest, isGlob } from "./glob";
import { groupFiles } from "./group-files";
import { type HubRef, parseRef } from "./parse-ref";
import { hubDirRepository, LOCAL_REVISION, localRepository, type Repository, some } from "./repository";
import type { Source, SourceFile, SourceSplit } from "./source";
import { isDataFile } from "./splits-from-names";

export interface ResolveOptions {
  /** Branch, tag or commit on the Hub; default the reference's own, else `main`. Folders have no revisions. */
  readonly revision?: string;
  /** A folder of repositories laid out as on the Hub (`owner/name/…`), used in place of the network. */
  readonly hubDir?: string;
  /** Only these subsets (configs). Default: all, without those that repeat files of an earlier one. */
  readonly subset?: string | readonly string[];
  /** Only these splits. Default: all. */
  readonly splits?: readonly string[];
  /** Default HF_TOKEN, then the token file of `hf auth login`. Never written anywhere. */
  readonly token?: string;
  /** Default HF_ENDPOINT, else the public Hub. */
  readonly endpoint?: string;
  /** Default HF_HUB_CACHE, else `$HF_HOME/hub`: the cache that huggingface_hub uses. */
  readonly cacheDir?: string;
  /** Names to compare a mistyped name with, beside those the Hub and `hubDir` know. */
  readonly knownDatasets?: readonly string[];
  /** Stops downloads; what was loaded stays. Default: the notebook's interrupt button. */
  readonly signal?: AbortSignal;
  /** Told about downloads, in place of the display that a notebook shows by itself; null: nothing is shown. */
  readonly onProgress?: OnProgress;
}

/** A source with remarks for people: splits left out, a card that cannot be read, an offline cache. */
export interface ResolvedSource extends Source {
  readonly notes: readonly string[];
}

/**
 * The files that `ref` names are on this machine, pinned to one revision and grouped by subset and split.
 *
 * `ref`: a local file, folder or glob; `owner/name`; `hf://datasets/owner/name[@revision][/path]` and
 * `hf://owner/name`; the address of a dataset page. What starts with `./`, `../`, `/` or `~` is always local and
 * `hf://` never. `owner/name` is the repository in `hubDir` when it has it, else an existing local path, else the
 * repository on the Hub (with `hubDir` given, the network is never asked).
 * Subsets and splits follow the card's front matter, else the file names. Splits are in the card's order, files in
 * code point order. Only the files of the wanted splits are downloaded.
 * Throws InputError with the nearest names for what is not there, and with what to do for network errors.
 *
 * @example await resolveSource("nvidia/Nemotron-Math-v2", { splits: ["low"] })
 */
export async function resolveSource(ref: string, options: ResolveOptions = {}): Promise<ResolvedSource> {
  return withProgress(JOBS.download, options.onProgress, (report) => resolveFiles(ref, options, report));
}

async function resolveFiles(
  ref: string,
  options: ResolveOptions,
  report: ProgressListener,
): Promise<ResolvedSource> {
  const { splits, subset, signal = interruptSignal() } = options;
  const { repository, hub } = await locate(ref, { ...options, signal, onProgress: report });
  signal.throwIfAborted();
  const wanted = {
    subsets: subset === undefined ? (hub?.subset ? [hub.subset] : null) : [subset].flat(),
    splits: splits ?? (hub?.split ? [hub.split] : null),
  };
  const only = hub?.path ?? null;
  const names = repository.files.map(({ name }) => name);
  const inPath = only === null ? () => true : pathTest(only);
  const usable = names.filter((name) => inPath(name) && isDataFile(name));
  if (usable.length === 0) refuseNothing(ref, repository, only);
  const card = parseFrontMatter((await repository.readCard()) ?? "");
  const grouped = groupFiles(usable, only === null ? names : usable, card, {
    ...wanted,
    dataset: repository.dataset,
  });
  const asked = hub?.revision ?? options.revision;
  const revisionNote =
    repository.revision === LOCAL_REVISION && asked !== undefined
      ? [`${repository.origin} is local and has no revisions: ${asked} was not looked for`]
      : [];
  const needed = [...new Set(grouped.splits.flatMap((split) => split.names))];
  const paths = await repository.fetch(needed);
  const checksums = new Map(repository.files.map(({ name, sha256 }) => [name, sha256]));
  const described = new Map<string, SourceFile>();
  for (const name of needed) {
    signal.throwIfAborted();
    const file = await describeFile(paths.get(name)!, name);
    described.set(name, { ...file, sha256: checksums.get(name) ?? file.sha256 });
  }
  return {
    dataset: repository.dataset,
    revision: repository.revision,
    origin: repository.origin,
    license: card.license,
    notes: [...repository.notes, ...card.problems, ...grouped.notes, ...revisionNote],
    splits: grouped.splits.map(
      (split): SourceSplit => ({
        subset: split.subset,
        split: split.split,
        files: split.names.map((name) => described.get(name)!),
      }),
    ),
  };
}

async function locate(
  ref: string,
  options: ResolveOptions,
): Promise<{ readonly repository: Repository; readonly hub: HubRef | null }> {
  const { hubDir } = options;
  const settings = hubSettings(options);
  const parsed = parseRef(ref, settings.endpoint);
  if (parsed.kind === "local") return { repository: localRepository(parsed.path), hub: null };
  const hub = parsed.kind === "hub" ? parsed : parsed.hub;
  if (parsed.kind === "either") {
    const inHubDir = hubDir !== undefined && hub !== null && existsSync(join(hubDir, hub.repo));
    const long = hub !== null && hub.path !== null && hub.revision === null && !ref.startsWith("datasets/");
    if (!inHubDir && hub === null && !existsSync(parsed.path) && !isGlob(parsed.path)) {
      const near = nearestNames(parsed.path, options.knownDatasets ?? []);
      if (near.length > 0)
        throw new InputError(`open ${ref}: no such file or folder; did you mean ${near.join(" or ")}?`);
    }
    if (!inHubDir && (existsSync(parsed.path) || hub === null || long)) {
      return { repository: localRepository(parsed.path), hub: null };
    }
  }
  if (hub === null) throw new InputError(`open ${ref}: not a dataset name`);
  if (hubDir !== undefined) return { repository: hubDirRepository(hub.repo, hubDir), hub };
  const revision = hub.revision ?? options.revision;
  const remote = await openHubRepo(hub.repo, {
    ...settings,
    ...(revision === undefined ? {} : { revision }),
    ...(options.signal ? { signal: options.signal } : {}),
    ...(options.onProgress ? { onProgress: options.onProgress } : {}),
    knownDatasets: options.knownDatasets ?? [],
  });
  return {
    hub,
    repository: {
      dataset: remote.repo,
      revision: remote.commit,
      origin: remote.origin,
      files: remote.files,
      notes: remote.notes,
      readCard: async () =>
        remote.files.some(({ name }) => name === "README.md") ? await remote.readText("README.md") : null,
      fetch: (wanted) => remote.download(wanted),
    },
  };
}

function pathTest(path: string): (name: string) => boolean {
  if (isGlob(path)) return globTest(path);
  return (name) => name === path || name.startsWith(`${path}/`);
}

function refuseNothing(ref: string, repository: Repository, only: string | null): never {
  const data = repository.files.map(({ name }) => name).filter(isDataFile);
  if (only !== null && data.length > 0) {
    const folders = data.flatMap((name) =>
      name.includes("/") ? [name.slice(0, name.lastIndexOf("/"))] : [],
    );
    const near = nearestNames(only, [...data, ...folders]);
    const hint = near.length > 0 ? `did you mean ${near.join(" or ")}?` : `it has ${some(data)}`;
    throw new InputError(`open ${ref}: no data file at ${only} in ${repository.dataset}; ${hint}`);
  }
  const all = repository.files.map(({ name }) => name);
  throw new InputError(
    `open ${ref}: no data file among ${all.length} files (${some(all)}) of ${repository.origin}, ` +
      "expected .jsonl, .json, .parquet or .csv (or .gz)",
  );
}
