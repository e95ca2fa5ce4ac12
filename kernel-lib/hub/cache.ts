/**
 * The cache that huggingface_hub and this project share:
 *
 *     <cache>/datasets--owner--name/blobs/<etag>             content, named after its sha256 (LFS) or git id; models--… for models
 *                                   snapshots/<commit>/<path>   relative links into blobs
 *                                   refs/<revision>             the commit a branch or tag last stood for
 *                                   .corpuslab/<commit>.json    every file of the commit: known to be complete or not
 */

import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { copyFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { z } from "zod";
import { InputError } from "../errors";
import type { RepoKind } from "./repo-options";

/** A file of a commit as the Hub lists it. */
export interface HubFile {
  /** Path in the repository. */
  readonly name: string;
  readonly bytes: number;
  /** Of the content; null for files that are not in LFS. */
  readonly sha256: string | null;
  /** Name of the blob: sha256 of LFS files, git blob id of others. */
  readonly etag: string;
}

const listing = z.object({
  version: z.literal(1),
  files: z.array(
    z.object({ name: z.string(), bytes: z.number(), sha256: z.string().nullable(), etag: z.string() }),
  ),
});

export class RepoCache {
  readonly folder: string;
  constructor(cacheDir: string, repo: string, kind: RepoKind = "dataset") {
    this.folder = join(cacheDir, `${kind}s--${repo.replace("/", "--")}`);
  }

  /** The commit that `revision` last stood for, or null. A commit stands for itself. */
  commitOf(revision: string): string | null {
    if (/^[0-9a-f]{40}$/.test(revision)) return revision;
    const ref = join(this.folder, "refs", revision);
    return existsSync(ref) ? readFileSync(ref, "utf8").trim() : null;
  }

  rememberCommit(revision: string, commit: string): void {
    if (revision !== commit) write(join(this.folder, "refs", revision), commit);
  }

  listing(commit: string): HubFile[] | null {
    const path = join(this.folder, ".corpuslab", `${commit}.json`);
    if (!existsSync(path)) return null;
    try {
      return listing.parse(JSON.parse(readFileSync(path, "utf8"))).files;
    } catch {
      return null;
    }
  }

  rememberListing(commit: string, files: readonly HubFile[]): void {
    write(
      join(this.folder, ".corpuslab", `${commit}.json`),
      `${JSON.stringify({ version: 1, files }, null, 1)}\n`,
    );
  }

  /** The files that stand in a snapshot, whoever loaded them. */
  filesPresent(commit: string): HubFile[] {
    const folder = this.snapshot(commit);
    const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
    return names.sort().flatMap((name) => {
      const stat = statSync(join(folder, name), { throwIfNoEntry: false });
      if (!stat?.isFile()) return [];
      const blob = realpathSync(join(folder, name)).split(/[\\/]/).at(-1)!;
      const sha256 = /^[0-9a-f]{64}$/.test(blob) ? blob : null;
      return [{ name: name.replaceAll("\\", "/"), bytes: stat.size, sha256, etag: blob }];
    });
  }

  /** Where `name` stands in the snapshot of `commit`. */
  pathOf(commit: string, name: string): string {
    return inside(join(this.folder, "snapshots", commit), name);
  }

  snapshot(commit: string): string {
    return join(this.folder, "snapshots", commit);
  }

  /** The file's path in the snapshot when it is there with the right size, else null. A known blob is linked. */
  async find(commit: string, file: HubFile): Promise<string | null> {
    const path = this.pathOf(commit, file.name);
    if (statSync(path, { throwIfNoEntry: false })?.size === file.bytes) return path;
    const blob = this.blob(file);
    return statSync(blob, { throwIfNoEntry: false })?.size === file.bytes
      ? await this.link(commit, file)
      : null;
  }

  blob(file: HubFile): string {
    if (!/^[0-9a-f]{40,64}$/.test(file.etag))
      throw new InputError(`${file.name}: the Hub gave an invalid etag`);
    return join(this.folder, "blobs", file.etag);
  }

  /** Puts the finished blob into the snapshot; a copy where links are not allowed. */
  async link(commit: string, file: HubFile): Promise<string> {
    const path = this.pathOf(commit, file.name);
    const blob = this.blob(file);
    mkdirSync(dirname(path), { recursive: true });
    rmSync(path, { force: true });
    try {
      symlinkSync(relative(dirname(path), blob), path);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === "EEXIST") return path;
      if (code !== "EPERM" && code !== "ENOTSUP" && code !== "EOPNOTSUPP") throw error;
      await copyFile(blob, path);
    }
    return path;
  }
}

/** `folder/name`; a name that would leave the folder is refused. */
function inside(folder: string, name: string): string {
  const parts = name.split("/");
  if (
    name === "" ||
    name.includes("\\") ||
    name.includes("\0") ||
    parts.some((part) => part === ".." || part === "")
  ) {
    throw new InputError(`the Hub lists a file with an unsafe name: ${JSON.stringify(name)}`);
  }
  return join(folder, ...parts);
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, text);
  renameSync(temporary, path);
}
