/** A dataset or model on the Hub, pinned to one commit, its files listed and downloaded into the shared cache. */

import { existsSync, readFileSync } from "node:fs";
import { datasetInfo, listFiles, modelInfo } from "@huggingface/hub";
import { InputError } from "../errors";
import { type HubFile, RepoCache } from "./cache";
import { type DownloadContext, downloadFile } from "./download";
import { cacheNote, explainHubError } from "./explain";
import { type HubRepoOptions, repoPath } from "./repo-options";
import { hubRequest, NoNetworkError, type RequestPolicy } from "./request";

export interface HubRepo {
  readonly repo: string;
  /** The commit that `revision` stood for. */
  readonly commit: string;
  /** Page of the commit. */
  readonly origin: string;
  readonly files: readonly HubFile[];
  /** Says when the cache was used in place of the network. */
  readonly notes: readonly string[];
  readText(name: string): Promise<string>;
  /** The files are in the cache; name → path in the snapshot folder. */
  download(names: readonly string[]): Promise<ReadonlyMap<string, string>>;
}

/**
 * The dataset (or model, see `kind`) `repo` (`owner/name`) pinned to the commit of `revision`, its files listed, nothing downloaded yet.
 * Without a network, or with HF_HUB_OFFLINE, the commit that the cache last knew is used when it is complete, and
 * `notes` says so. Throws InputError: not there (with the nearest names), token missing or refused, gated, busy, no
 * network, each with what to do. The token never stands in a message or a file.
 *
 * @example const repo = await openHubRepo("databricks/databricks-dolly-15k", hubSettings())
 */
export async function openHubRepo(repo: string, options: HubRepoOptions): Promise<HubRepo> {
  const { kind = "dataset", revision = "main", offline, concurrency = 4, onProgress, signal } = options;
  const cache = new RepoCache(options.cacheDir, repo, kind);
  const notes: string[] = [];
  let pinned: { commit: string; files: HubFile[] };
  let fromCache = offline;
  if (offline) pinned = cached(repo, revision, cache, options, "HF_HUB_OFFLINE is set");
  else {
    try {
      pinned = await ask(repo, revision, options);
      cache.rememberCommit(revision, pinned.commit);
      cache.rememberListing(pinned.commit, pinned.files);
    } catch (error) {
      if (signal?.aborted) throw error;
      if (!(error instanceof NoNetworkError)) throw await explainHubError(error, repo, revision, options);
      pinned = cached(repo, revision, cache, options, error.message);
      fromCache = true;
    }
  }
  const { commit, files } = pinned;
  if (fromCache) notes.push(cacheNote(repo, commit, cache));
  const byName = new Map(files.map((file) => [file.name, file]));

  async function download(names: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const wanted = names.map((name) => {
      const file = byName.get(name);
      if (!file) throw new InputError(`download ${repo}: no file ${name} at ${commit}`);
      return file;
    });
    const paths = new Map<string, string>();
    const bytes = wanted.reduce((sum, file) => sum + file.bytes, 0);
    let bytesDone = 0;
    let last = 0;
    const report = (force: boolean) => {
      if (!onProgress || (!force && Date.now() - last < 100)) return;
      last = Date.now();
      onProgress({
        stage: "download",
        done: bytesDone,
        unit: "bytes",
        share: bytes === 0 ? 1 : bytesDone / bytes,
      });
    };
    const stop = new AbortController();
    const all = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
    const queue = [...wanted];
    const work = async () => {
      for (let file = queue.shift(); file && !all.aborted; file = queue.shift()) {
        const { name } = file;
        const context: DownloadContext = {
          kind,
          repo,
          commit,
          cache,
          settings: options,
          policy: { ...options, signal: all },
          onBytes(added) {
            bytesDone += added;
            report(false);
          },
        };
        paths.set(name, fromCache ? await fromCacheOnly(file, context) : await downloadFile(file, context));
        report(paths.size === wanted.length);
      }
    };
    const workers = Array.from({ length: Math.min(concurrency, wanted.length) }, () =>
      work().catch((error: unknown) => {
        if (!stop.signal.aborted) stop.abort(error);
        throw error;
      }),
    );
    const failed = (await Promise.allSettled(workers)).some(({ status }) => status === "rejected");
    if (failed) {
      signal?.throwIfAborted();
      const error: unknown = stop.signal.reason;
      if (!(error instanceof NoNetworkError)) throw await explainHubError(error, repo, revision, options);
      throw new NoNetworkError(
        `${error.message}${/run it again/.test(error.message) ? "" : `, while loading ${repo}; run it again, it continues there`}`,
        { cause: error.cause },
      );
    }
    return new Map(wanted.map(({ name }) => [name, paths.get(name)!]));
  }

  return {
    repo,
    commit,
    origin: `${options.endpoint}/${repoPath(kind, repo)}/tree/${commit}`,
    files,
    notes,
    download,
    async readText(name) {
      return readFileSync((await download([name])).get(name)!, "utf8");
    },
  };
}

/** Commit and listing as the Hub states them. */
async function ask(
  repo: string,
  revision: string,
  options: HubRepoOptions,
): Promise<{ commit: string; files: HubFile[] }> {
  const policy: RequestPolicy = options;
  const viaPolicy: typeof fetch = (input, init) => hubRequest(String(input), init ?? {}, options, policy);
  const { kind = "dataset" } = options;
  const wanted = { name: repo, revision, hubUrl: options.endpoint, fetch: viaPolicy };
  const { sha } =
    kind === "model"
      ? await modelInfo({ ...wanted, additionalFields: ["sha"] })
      : await datasetInfo({ ...wanted, additionalFields: ["sha"] });
  if (typeof sha !== "string" || !/^[0-9a-f]{40}$/.test(sha)) {
    throw new InputError(`open ${repo}: ${options.endpoint} gave no commit for ${revision}; is it a Hub?`);
  }
  const files: HubFile[] = [];
  const entries = listFiles({
    repo: { type: kind, name: repo },
    revision: sha,
    recursive: true,
    hubUrl: options.endpoint,
    fetch: viaPolicy,
  });
  for await (const entry of entries) {
    if (entry.type !== "file") continue;
    const sha256 = entry.lfs?.oid ?? null;
    const etag = sha256 ?? entry.oid ?? "";
    files.push({ name: entry.path, bytes: entry.lfs?.size ?? entry.size, sha256, etag });
  }
  return { commit: sha, files: files.sort((a, b) => (a.name < b.name ? -1 : 1)) };
}

/** What the cache knows of a revision; throws when it is nothing, or when nobody knows whether it is complete. */
function cached(
  repo: string,
  revision: string,
  cache: RepoCache,
  options: HubRepoOptions,
  why: string,
): { commit: string; files: HubFile[] } {
  const wayOut =
    `Mend the connection (HF_ENDPOINT is ${options.endpoint}), or name a folder of repositories with hubDir ` +
    "(--hub-dir DIR, files in DIR/owner/name)";
  const commit = cache.commitOf(revision);
  const files = commit === null ? null : cache.listing(commit);
  if (commit !== null && files !== null) return { commit, files };
  if (commit !== null && existsSync(cache.snapshot(commit))) {
    if (options.offline) return { commit, files: cache.filesPresent(commit) };
    throw new NoNetworkError(
      `open ${repo}: ${why}. The cache ${options.cacheDir} holds files of it that another tool loaded, perhaps ` +
        `not all: set HF_HUB_OFFLINE=1 to use them as they are. ${wayOut}`,
    );
  }
  throw new NoNetworkError(
    `open ${repo}: ${why}, and ${revision} is not in the cache ${options.cacheDir}. ${wayOut}`,
  );
}

async function fromCacheOnly(file: HubFile, context: DownloadContext): Promise<string> {
  const path = await context.cache.find(context.commit, file);
  if (path === null) {
    throw new NoNetworkError(
      `open ${context.repo}: no network, and ${file.name} is not complete in the cache ${context.cache.folder}; ` +
        "run it again when there is one, or name a folder of repositories with hubDir (--hub-dir)",
    );
  }
  context.onBytes(file.bytes);
  return path;
}
