/** What the Hub's answers mean to the person who asked, and what to do. */

import { InputError, nearestNames } from "../errors";
import type { RepoCache } from "./cache";
import { type HubRepoOptions, repoPath } from "./repo-options";
import { HubStatusError, hubRequest, redact } from "./request";

/** An InputError in words for a status that the Hub gave; other errors unchanged. */
export async function explainHubError(
  error: unknown,
  repo: string,
  revision: string,
  options: HubRepoOptions,
): Promise<unknown> {
  if (!(error instanceof HubStatusError)) {
    if (!(error instanceof Error) || error instanceof InputError) return error;
    return new InputError(`open ${repo}: ${redact(error.message, options)}`);
  }
  const { kind = "dataset" } = options;
  const page = `${options.endpoint}/${repoPath(kind, repo)}`;
  const { status, code } = error;
  const say = (text: string) => new InputError(`open ${repo}: ${text} (HTTP ${status})`, { cause: error });
  if (status === 404 && code === "RevisionNotFound") {
    const near = nearestNames(revision, await refNames(repo, options));
    const hint = near.length > 0 ? `did you mean ${near.join(" or ")}? ` : "";
    return say(`no revision ${revision}; ${hint}Branches and tags stand on ${page}`);
  }
  if (status === 404 && code === "EntryNotFound") {
    return say(`a listed file is no longer there; open it again to take the newest revision of ${page}`);
  }
  if (code === "GatedRepo") {
    const who = options.token === null ? "Set HF_TOKEN to a token with access" : "The token has no access";
    return say(
      `a gated ${kind}. ${who}: accept its terms on ${page}, with the account that the token belongs to`,
    );
  }
  if (status === 401 || status === 404) {
    const near = nearestNames(repo, [...(options.knownDatasets ?? []), ...(await reposOf(repo, options))]);
    const hint = near.length > 0 ? `Did you mean ${near.join(" or ")}? ` : "";
    if (options.token !== null && status === 401) {
      return say(`the token was refused, or no such ${kind}. ${hint}Check HF_TOKEN and the name on ${page}`);
    }
    const access =
      options.token === null ? " or it is private: then set HF_TOKEN" : " or the token cannot see it";
    return say(`no such ${kind},${access}. ${hint}Check the name on ${page}`);
  }
  if (status === 403) {
    return say(
      `access refused. ${options.token === null ? "Set HF_TOKEN" : "The token may lack rights"}: see ${page}`,
    );
  }
  if (status === 429) {
    return say(
      `too many requests, also after waiting. Try again in some minutes${options.token === null ? ", or set HF_TOKEN" : ""}`,
    );
  }
  if (status >= 500)
    return say(`the Hub is failing (${error.message}). Try again later; what was loaded is kept`);
  return say(`refused: ${error.message}. See ${page}`);
}

/** Says that the cache stands in for the network. */
export function cacheNote(repo: string, commit: string, cache: RepoCache): string {
  return `${repo}: no network, read from the cache at commit ${commit.slice(0, 12)} (${cache.folder})`;
}

/** Other repositories of the same owner; none when the Hub does not say. */
async function reposOf(repo: string, options: HubRepoOptions): Promise<string[]> {
  const owner = repo.slice(0, repo.indexOf("/"));
  const found = await tryJson(
    `${options.endpoint}/api/${options.kind ?? "dataset"}s?author=${encodeURIComponent(owner)}&limit=500`,
    options,
  );
  if (!Array.isArray(found)) return [];
  return found.flatMap((item: unknown) =>
    item !== null && typeof item === "object" && "id" in item && typeof item.id === "string" ? [item.id] : [],
  );
}

async function refNames(repo: string, options: HubRepoOptions): Promise<string[]> {
  const found = await tryJson(`${options.endpoint}/api/${options.kind ?? "dataset"}s/${repo}/refs`, options);
  if (found === null || typeof found !== "object") return [];
  return Object.values(found)
    .flat()
    .flatMap((item: unknown) =>
      item !== null && typeof item === "object" && "name" in item && typeof item.name === "string"
        ? [item.name]
        : [],
    );
}

/** A courtesy look-up: one try, null when it fails. */
async function tryJson(url: string, options: HubRepoOptions): Promise<unknown> {
  try {
    const { signal } = options;
    const response = await hubRequest(url, {}, options, { retries: 0, headersTimeoutMs: 5_000, signal });
    return await response.json();
  } catch {
    return null;
  }
}
