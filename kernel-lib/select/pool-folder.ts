/**
 * The folder that holds pools: a build happens in `<out>/.pools-building`, and only whole pools take the place of
 * earlier ones. Folders and files that a `pools.json` does not name are somebody else's and are never touched.
 */

import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join, resolve } from "node:path";
import type { z } from "zod";
import { InputError } from "../errors";
import { poolsManifest } from "./pools-manifest";

const BUILDING = ".pools-building";

/**
 * The folder to build in. What a killed build left in it stays when it was the same build (`hash`), else it is gone.
 * @throws InputError when one of the pools' folders, or one that a new build would remove, holds other files.
 */
export function claimFolder(out: string, pools: readonly string[], hash: string): string {
  const folder = join(resolve(out), BUILDING);
  const manifest = join(resolve(out), "pools.json");
  if (existsSync(manifest) && readManifest(manifest) === null)
    throw new InputError(
      `${manifest} was not written by corpuslab pools (format 1); choose another --out, or move it`,
    );
  const ours = ownedFiles(out);
  for (const pool of new Set([...pools, ...ours.keys()])) {
    const path = join(resolve(out), pool);
    if (!existsSync(path)) continue;
    const strange = readdirSync(path).filter((name) => !ours.get(pool)?.has(name));
    if (strange.length > 0 || !ours.has(pool))
      throw new InputError(
        `${path} holds ${strange[0] ?? "files"}, which is not part of a pool that corpuslab wrote; ` +
          "choose another --out, or move it",
      );
  }
  const plan = join(folder, "plan");
  if (!existsSync(plan) || readFileSync(plan, "utf8") !== hash || existsSync(join(folder, "pools.json"))) {
    // A finished build that was not swapped in is built anew: part of it may be in place already.
    if (!existsSync(join(folder, "pools.json"))) rmSync(folder, { recursive: true, force: true });
    else
      for (const part of ["facts", "pools", "plan"])
        rmSync(join(folder, part), { recursive: true, force: true });
    writeText(plan, hash);
  }
  return folder;
}

/** The built pools take the place of earlier ones; `pools.json` is replaced last. */
export function replacePools(out: string): void {
  const target = resolve(out);
  const folder = join(target, BUILDING);
  const built = readManifest(join(folder, "pools.json"));
  const old = join(folder, "old");
  mkdirSync(old, { recursive: true });
  for (const pool of new Set([...ownedFiles(out).keys(), ...(built?.pools.map(({ name }) => name) ?? [])])) {
    if (existsSync(join(target, pool))) {
      rmSync(join(old, pool), { recursive: true, force: true });
      renameSync(join(target, pool), join(old, pool));
    }
    if (existsSync(join(folder, "pools", pool))) renameSync(join(folder, "pools", pool), join(target, pool));
  }
  syncPath(target);
  renameSync(join(folder, "pools.json"), join(target, "pools.json"));
  syncPath(target);
  rmSync(folder, { recursive: true, force: true });
}

/** Renames a file whose bytes are on disk. */
export function renameDurably(from: string, to: string): void {
  syncPath(from);
  renameSync(from, to);
}

export function writeText(path: string, text: string): void {
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(`${path}.tmp`, text);
  renameDurably(`${path}.tmp`, path);
}

/** File names of each pool that this folder's manifests name: the one in place, and one whose swap was cut short. */
function ownedFiles(out: string): Map<string, Set<string>> {
  const owned = new Map<string, Set<string>>();
  for (const path of [join(resolve(out), "pools.json"), join(resolve(out), BUILDING, "pools.json")]) {
    for (const { name, shards } of readManifest(path)?.pools ?? []) {
      if (shards.length === 0) continue;
      const files = owned.get(name) ?? new Set();
      for (const { file } of shards) files.add(file.slice(name.length + 1));
      owned.set(name, files);
    }
  }
  return owned;
}

function readManifest(path: string): z.infer<typeof poolsManifest> | null {
  if (!existsSync(path)) return null;
  try {
    return poolsManifest.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch {
    return null;
  }
}

function syncPath(path: string): void {
  const descriptor = openSync(path, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
