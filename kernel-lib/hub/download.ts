/** One file of a commit into the cache: resumed where it was cut, checked before it gets its name. */

import { createHash, type Hash } from "node:crypto";
import {
  closeSync,
  createReadStream,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { open } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { InputError, RetryableError } from "../errors";
import type { HubFile, RepoCache } from "./cache";
import { type RepoKind, repoPath } from "./repo-options";
import { hubRequest, isBrokenConnection, NoNetworkError, type RequestPolicy } from "./request";
import type { HubSettings } from "./settings";

export interface DownloadContext {
  readonly kind: RepoKind;
  readonly repo: string;
  readonly commit: string;
  readonly cache: RepoCache;
  readonly settings: HubSettings;
  readonly policy: RequestPolicy;
  /** Told the bytes added since the last call; negative when a broken start was thrown away. */
  readonly onBytes: (added: number) => void;
}

/** Address of a file's content. */
export function contentUrl(
  settings: HubSettings,
  kind: RepoKind,
  repo: string,
  commit: string,
  name: string,
): string {
  const path = name.split("/").map(encodeURIComponent).join("/");
  return `${settings.endpoint}/${repoPath(kind, repo)}/resolve/${commit}/${path}`;
}

/**
 * The file is in the snapshot with the size and checksum that the Hub lists (sha256 for LFS files, git blob id for
 * others); returns its path. What an earlier try left in `<blob>.incomplete` is continued by a Range request. A
 * connection that breaks is continued up to `policy.retries` times in a row without progress. A wrong checksum is
 * tried once more from the start. Throws InputError with file, expected and got. Memory: one chunk.
 */
export async function downloadFile(file: HubFile, context: DownloadContext): Promise<string> {
  const { cache, commit } = context;
  const known = await cache.find(commit, file);
  if (known !== null) {
    context.onBytes(file.bytes);
    return known;
  }
  const blob = cache.blob(file);
  const incomplete = `${blob}.incomplete`;
  mkdirSync(dirname(blob), { recursive: true });
  const unlock = await lock(`${incomplete}.lock`, blob, context.policy.signal);
  try {
    if (statSync(blob, { throwIfNoEntry: false })?.size !== file.bytes) {
      for (let attempt = 0; ; attempt++) {
        await fetchWhole(file, incomplete, context);
        const problem = await check(file, incomplete, context.policy.signal);
        if (problem === null) break;
        context.onBytes(-(statSync(incomplete, { throwIfNoEntry: false })?.size ?? 0));
        rmSync(incomplete, { force: true });
        if (attempt > 0) {
          throw new InputError(
            `download ${context.repo}/${file.name}: ${problem}, twice; nothing was kept. ` +
              "Try again later, or tell its owner",
          );
        }
      }
      renameSync(incomplete, blob);
    } else context.onBytes(file.bytes);
  } finally {
    unlock();
  }
  return await cache.link(commit, file);
}

async function fetchWhole(file: HubFile, incomplete: string, context: DownloadContext): Promise<void> {
  const { retries = 4, retryDelayMs = 500, signal } = context.policy;
  let have = statSync(incomplete, { throwIfNoEntry: false })?.size ?? 0;
  if (have > file.bytes) {
    rmSync(incomplete);
    have = 0;
  }
  context.onBytes(have);
  let idle = 0;
  while (have < file.bytes || !existsSync(incomplete)) {
    const before = have;
    try {
      have = await fetchRest(file, incomplete, have, context);
      if (have < file.bytes)
        throw new RetryableError(`the connection ended at ${have} of ${file.bytes} bytes`);
    } catch (error) {
      signal?.throwIfAborted();
      const now = statSync(incomplete, { throwIfNoEntry: false })?.size ?? 0;
      if (!(error instanceof RetryableError) && !isBrokenConnection(error)) throw error;
      have = now;
      idle = now > before ? 0 : idle + 1;
      if (idle > retries) {
        throw new NoNetworkError(
          `download ${context.repo}/${file.name}: the connection broke at ${have} of ${file.bytes} bytes ` +
            `${idle} times; run it again, it continues there`,
          { cause: error },
        );
      }
      await sleep(retryDelayMs * 2 ** Math.min(idle, 4), undefined, signal ? { signal } : {});
    }
  }
}

async function fetchRest(
  file: HubFile,
  incomplete: string,
  from: number,
  context: DownloadContext,
): Promise<number> {
  const { kind, repo, commit, settings, policy } = context;
  const url = contentUrl(settings, kind, repo, commit, file.name);
  const headers = { "accept-encoding": "identity", ...(from > 0 ? { range: `bytes=${from}-` } : {}) };
  const response = await hubRequest(url, { headers }, settings, policy);
  const partial = response.status === 206 && rangeStart(response) === from;
  let have = partial ? from : 0;
  if (have !== from) context.onBytes(-from);
  if (response.status === 416) {
    await response.body?.cancel();
    const has = /\/(\d+)$/.exec(response.headers.get("content-range") ?? "")?.[1] ?? "fewer";
    context.onBytes(-from);
    rmSync(incomplete, { force: true });
    throw new InputError(
      `download ${repo}/${file.name}: the server has ${has} bytes, expected ${file.bytes} as the Hub lists; ` +
        "nothing was kept. Try again later",
    );
  }
  const handle = await open(incomplete, have > 0 ? "a" : "w");
  let tooLong = false;
  try {
    for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
      tooLong = have + chunk.length > file.bytes;
      if (tooLong) break;
      await handle.writeFile(chunk);
      have += chunk.length;
      context.onBytes(chunk.length);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  if (tooLong) {
    rmSync(incomplete, { force: true });
    throw new InputError(
      `download ${repo}/${file.name}: more than the ${file.bytes} bytes that the Hub lists; nothing was kept`,
    );
  }
  return have;
}

function rangeStart(response: Response): number | null {
  const start = /^bytes (\d+)-/.exec(response.headers.get("content-range") ?? "")?.[1];
  return start === undefined ? null : Number(start);
}

async function check(file: HubFile, path: string, signal: AbortSignal | undefined): Promise<string | null> {
  const bytes = statSync(path).size;
  if (bytes !== file.bytes) return `${bytes} bytes, expected ${file.bytes}`;
  let hash: Hash;
  let expected: string;
  if (file.sha256 !== null) {
    hash = createHash("sha256");
    expected = file.sha256;
  } else {
    hash = createHash("sha1").update(`blob ${bytes}\0`);
    expected = file.etag;
  }
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
    signal?.throwIfAborted();
    hash.update(chunk as Buffer);
  }
  const got = hash.digest("hex");
  const kind = file.sha256 !== null ? "sha256" : "git id";
  return got === expected ? null : `${kind} ${got.slice(0, 12)}…, expected ${expected.slice(0, 12)}…`;
}

/** Holds `path` for this process; waits while another living process loads the same blob. */
async function lock(path: string, blob: string, signal: AbortSignal | undefined): Promise<() => void> {
  while (true) {
    signal?.throwIfAborted();
    try {
      const handle = openSync(path, "wx");
      writeSync(handle, String(process.pid));
      closeSync(handle);
      return () => rmSync(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    if (existsSync(blob)) return () => {};
    if (!isHeld(path)) rmSync(path, { force: true });
    else await sleep(200, undefined, signal ? { signal } : {});
  }
}

function isHeld(path: string): boolean {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return false;
  let pid: number;
  try {
    pid = Number(readFileSync(path, "utf8"));
  } catch {
    return false;
  }
  if (!(pid > 0)) return Date.now() - stat.mtimeMs < 5_000;
  if (pid === process.pid) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
