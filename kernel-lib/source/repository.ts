/** A dataset's files before they are grouped: a folder here, a folder of repos laid out as on the Hub, or the Hub. */

import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { errorText, InputError, nearestNames } from "../errors";
import { globTest, isGlob } from "./glob";
import { byCodePoint, isDataFile } from "./splits-from-names";

export interface Repository {
  readonly dataset: string;
  readonly revision: string;
  readonly origin: string;
  readonly files: readonly {
    readonly name: string;
    readonly bytes: number;
    readonly sha256: string | null;
  }[];
  readonly notes: readonly string[];
  /** The card's text, or null when there is none. */
  readCard(): Promise<string | null>;
  /** Makes the files present on this machine: name → absolute path. */
  fetch(names: readonly string[]): Promise<ReadonlyMap<string, string>>;
}

/** Revision of everything that lies in a folder: it does not follow the content. */
export const LOCAL_REVISION = "local";

/** `owner/name` of the repositories in a folder laid out as on the Hub, sorted. */
export function listRepos(hubDir: string): string[] {
  const repos: string[] = [];
  for (const owner of folders(hubDir)) {
    for (const name of folders(join(hubDir, owner))) repos.push(`${owner}/${name}`);
  }
  return repos.sort(byCodePoint);
}

/** The repository `repo` in `hubDir`. Throws InputError with the nearest names when it is not there. */
export function hubDirRepository(repo: string, hubDir: string): Repository {
  if (!existsSync(hubDir) || !statSync(hubDir).isDirectory()) {
    throw new InputError(`open ${repo}: hub folder ${hubDir} is not a folder${nearby(hubDir)}`);
  }
  const folder = resolve(hubDir, repo);
  if (!existsSync(folder)) {
    const repos = listRepos(hubDir);
    const near = nearestNames(repo, repos);
    const hint = near.length > 0 ? `did you mean ${near.join(" or ")}?` : `it has ${some(repos)}`;
    throw new InputError(`open ${repo}: no such dataset in ${hubDir}; ${hint}`);
  }
  return folderRepository(folder, repo);
}

/**
 * A local file, folder or glob. The dataset is named after the folder or file (without data extensions); file names
 * are relative to the folder. Throws InputError with the nearest siblings when nothing is there.
 */
export function localRepository(path: string): Repository {
  const absolute = resolve(path);
  if (existsSync(absolute)) {
    if (statSync(absolute).isDirectory()) return folderRepository(absolute, basename(absolute));
    return listRepository(dirname(absolute), [basename(absolute)], nameOf(absolute), absolute, null);
  }
  if (isGlob(path)) {
    const parts = absolute.split("/");
    const fixed = parts.findIndex(isGlob);
    const folder = parts.slice(0, fixed).join("/") || "/";
    const matches = globTest(parts.slice(fixed).join("/"));
    const names = existsSync(folder) ? walk(folder).filter(matches) : [];
    if (names.length === 0) throw new InputError(`open ${path}: no file matches in ${folder}`);
    return listRepository(folder, names, basename(folder), absolute, folder);
  }
  throw new InputError(`open ${path}: no such file or folder${nearby(absolute)}`);
}

function folderRepository(folder: string, dataset: string): Repository {
  const names = walk(folder);
  if (!names.includes("README.md")) refuseRepos(folder, names);
  if (!names.some(isDataFile)) {
    const what =
      names.length === 0 ? "is empty" : `has no data file among ${names.length} files (${some(names)})`;
    throw new InputError(
      `open ${dataset}: ${folder} ${what}, expected .jsonl, .json, .parquet or .csv (or .gz)`,
    );
  }
  return listRepository(folder, names, dataset, folder, folder);
}

function listRepository(
  folder: string,
  names: readonly string[],
  dataset: string,
  origin: string,
  cardFolder: string | null,
): Repository {
  return {
    dataset,
    revision: LOCAL_REVISION,
    origin,
    files: names.map((name) => ({ name, bytes: sizeOf(join(folder, name), dataset), sha256: null })),
    notes: [],
    async readCard() {
      const card = cardFolder === null ? null : join(cardFolder, "README.md");
      return card !== null && existsSync(card) ? readFileSync(card, "utf8") : null;
    },
    async fetch(wanted) {
      return new Map(wanted.map((name) => [name, join(folder, name)]));
    },
  };
}

function refuseRepos(folder: string, names: readonly string[]): void {
  const repos = names.flatMap((name) => /^([^/]+\/[^/]+)\/README\.md$/.exec(name)?.[1] ?? []);
  if (repos.length === 0) return;
  throw new InputError(
    `open ${folder}: a folder of repositories, not a dataset; open one of ${some(repos)} with hubDir (--hub-dir)`,
  );
}

function walk(folder: string): string[] {
  const names: string[] = [];
  const visit = (relative: string, depth: number) => {
    if (depth > 32) throw new InputError(`open ${folder}: more than 32 folders deep at ${relative}`);
    for (const entry of readdirSync(join(folder, relative), { withFileTypes: true })) {
      if (entry.name.startsWith(".")) continue;
      const name = relative === "" ? entry.name : `${relative}/${entry.name}`;
      const isFolder = entry.isSymbolicLink() ? isDirectory(join(folder, name)) : entry.isDirectory();
      if (isFolder) visit(name, depth + 1);
      else names.push(name);
    }
  };
  try {
    visit("", 0);
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    throw new InputError(`open ${folder}: cannot be read: ${errorText(cause)}`, { cause });
  }
  return names.sort(byCodePoint);
}

function sizeOf(path: string, dataset: string): number {
  try {
    return statSync(path).size;
  } catch (cause) {
    throw new InputError(`open ${dataset}: ${path} cannot be read: ${errorText(cause)}`, { cause });
  }
}

function folders(path: string): string[] {
  if (!isDirectory(path)) return [];
  return readdirSync(path)
    .filter((name) => !name.startsWith(".") && isDirectory(join(path, name)))
    .sort(byCodePoint);
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function nameOf(path: string): string {
  return basename(path).replace(/(\.(jsonl|ndjson|json|parquet|csv|tsv))?(\.gz)?$/i, "") || basename(path);
}

/** `; did you mean …?` from the siblings of a path that is not there, or what part of it exists. */
function nearby(path: string): string {
  let parent = resolve(dirname(path));
  let missing = basename(path);
  while (!isDirectory(parent)) {
    missing = basename(parent);
    parent = dirname(parent);
  }
  const near = nearestNames(missing, readdirSync(parent));
  if (near.length === 0) return ` (${parent} has no ${missing})`;
  return `; did you mean ${near.map((name) => join(parent, name)).join(" or ")}?`;
}

/** The first names of a list, for a message. */
export function some(names: readonly string[], count = 8): string {
  const shown = names.slice(0, count).join(", ");
  return names.length > count ? `${shown} and ${names.length - count} more` : shown;
}
