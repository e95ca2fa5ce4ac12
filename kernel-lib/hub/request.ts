/** One GET to the Hub: token in the header only, bounded retries, and errors that say what to do. */

import { setTimeout as sleep } from "node:timers/promises";
import { errorText, InputError, RetryableError } from "../errors";
import type { HubSettings } from "./settings";

export interface RequestPolicy {
  /** Tries after the first; default 4. */
  readonly retries?: number;
  /** Wait before the first retry in milliseconds, doubled each time up to 16 times; default 500. */
  readonly retryDelayMs?: number;
  /** Time until the headers stand, in milliseconds; default 30,000. */
  readonly headersTimeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/** The Hub cannot be reached at all: no name, no connection. The caller may fall back to the cache. */
export class NoNetworkError extends InputError {
  override name = "NoNetworkError";
}

/** The Hub said no. `status` and the Hub's own error code, for the caller to explain. */
export class HubStatusError extends InputError {
  override name = "HubStatusError";
  constructor(
    message: string,
    readonly status: number,
    /** RepoNotFound, RevisionNotFound, EntryNotFound, GatedRepo, or "". */
    readonly code: string,
  ) {
    super(message);
  }
}

/** Longest wait a Retry-After header can ask for, in milliseconds. */
const MAX_RETRY_AFTER_MS = 120_000;

/**
 * The response of `url` once it is a success (2xx) or 416. 429 and 5xx and broken connections are tried again, after
 * Retry-After when it is given. Throws NoNetworkError, or HubStatusError for every other status and for retries used
 * up. Redirects to another host do not carry the token.
 */
export async function hubRequest(
  url: string,
  init: RequestInit,
  settings: HubSettings,
  { retries = 4, retryDelayMs = 500, headersTimeoutMs = 30_000, signal }: RequestPolicy = {},
): Promise<Response> {
  const headers = new Headers(init.headers);
  if (settings.token !== null) headers.set("authorization", `Bearer ${settings.token}`);
  headers.set("user-agent", "corpuslab");
  for (let attempt = 0; ; attempt++) {
    signal?.throwIfAborted();
    try {
      return await once(url, { ...init, headers }, headersTimeoutMs, signal);
    } catch (error) {
      if (signal?.aborted) throw error;
      const failure = explain(error, url, settings);
      if (!(failure instanceof RetryableError)) throw failure;
      if (attempt >= retries) throw usedUp(failure, attempt + 1);
      const wait = retryAfter(failure) ?? retryDelayMs * 2 ** Math.min(attempt, 4);
      await sleep(wait, undefined, signal ? { signal } : {});
    }
  }
}

/** A status that is worth another try. */
class BusyError extends RetryableError {
  override name = "BusyError";
  constructor(
    message: string,
    readonly status: number,
    readonly retryAfterMs: number | null,
  ) {
    super(message);
  }
}

async function once(
  url: string,
  init: RequestInit,
  headersTimeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<Response> {
  const timeout = new AbortController();
  const timer = setTimeout(
    () => timeout.abort(new RetryableError(`no answer in ${headersTimeoutMs / 1000} s`)),
    headersTimeoutMs,
  );
  try {
    const signals = signal ? [signal, timeout.signal] : [timeout.signal];
    const response = await fetch(url, { ...init, signal: AbortSignal.any(signals) });
    if (response.ok || response.status === 416) return response;
    await response.body?.cancel();
    const { status } = response;
    if (status === 429 || status === 408 || status >= 500) {
      throw new BusyError(`HTTP ${status}`, status, parseRetryAfter(response.headers.get("retry-after")));
    }
    throw new HubStatusError(`HTTP ${status}`, status, response.headers.get("x-error-code") ?? "");
  } finally {
    clearTimeout(timer);
  }
}

/** Seconds or an HTTP date, as milliseconds from now, bounded. */
function parseRetryAfter(header: string | null): number | null {
  if (header === null) return null;
  const seconds = Number(header);
  const wait = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - Date.now();
  return Number.isFinite(wait) ? Math.min(Math.max(wait, 0), MAX_RETRY_AFTER_MS) : null;
}

function retryAfter(error: RetryableError): number | null {
  return error instanceof BusyError ? error.retryAfterMs : null;
}

function explain(error: unknown, url: string, settings: HubSettings): Error {
  if (error instanceof HubStatusError || error instanceof RetryableError) return error;
  const code = networkCode(error);
  const host = new URL(url).host;
  if (
    [
      "ENOTFOUND",
      "EAI_AGAIN",
      "ECONNREFUSED",
      "ENETUNREACH",
      "EHOSTUNREACH",
      "UND_ERR_CONNECT_TIMEOUT",
    ].includes(code)
  ) {
    return new NoNetworkError(`${host} cannot be reached (${code})`);
  }
  const text = redact(networkText(error), settings);
  if (/certificate|SSL|TLS/i.test(`${code} ${text}`)) return new NoNetworkError(`${host}: ${text}`);
  return new RetryableError(`${host}: ${text}`);
}

function usedUp(error: RetryableError, tries: number): Error {
  if (error instanceof BusyError) {
    return new HubStatusError(`HTTP ${error.status} (tried ${tries} times)`, error.status, "");
  }
  return new NoNetworkError(`${error.message} (tried ${tries} times)`);
}

/** True for an error that a broken connection gives while a body is read. */
export function isBrokenConnection(error: unknown): boolean {
  const code = networkCode(error);
  return (
    /^(ECONN|EPIPE|ETIMEDOUT|UND_ERR)/.test(code) || /terminated|other side closed/.test(networkText(error))
  );
}

function networkCode(error: unknown): string {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    const code = (at as NodeJS.ErrnoException).code;
    if (typeof code === "string") return code;
    if (at instanceof AggregateError && at.errors[0] instanceof Error) return networkCode(at.errors[0]);
  }
  return "";
}

function networkText(error: unknown): string {
  let text = errorText(error);
  for (let at: unknown = error; at instanceof Error; at = at.cause) if (at.message !== "") text = at.message;
  return text;
}

/** `text` without the token. */
export function redact(text: string, settings: HubSettings): string {
  return settings.token ? text.replaceAll(settings.token, "<token>") : text;
}
