/** Data files named so that `datasets.load_dataset(folder)` and the Hub's viewer find configs and splits without code. */

import { copyFileSync, existsSync, linkSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { InputError } from "../errors";
import { refuseResearch } from "../run-folder/research-mode";
import type { RowsSplit } from "./run-facts";
import { readSplits } from "./run-facts";

export interface HfDataFiles {
  readonly split: string;
  /** Glob below the run folder, with forward slashes. */
  readonly path: string;
}

/** One entry of `configs:` in a dataset card. */
export interface HfConfig {
  readonly config_name: string;
  readonly data_files: readonly HfDataFiles[];
}

export interface HfLayout {
  readonly configs: readonly HfConfig[];
  /** Files below the run folder, sorted. */
  readonly files: readonly string[];
}

export interface PublishOptions {
  /** "yes, publish research data": of a run of research mode too. */
  readonly allowResearchData?: string | undefined;
}

interface NamedSplit extends RowsSplit {
  readonly config: string;
  readonly hfSplit: string;
}

const SHARD_FILE = /^[^/]+-\d{5}-of-\d{5}\.parquet$/;

/**
 * `<run>/data/<split>-00000-of-0000N.parquet` (below `data/<config>/` where a run has several configs) are the run's
 * canonical shards under the names that `datasets` expects: hard links, so no disk is used twice, or copies where the
 * file system has no hard links. A former `data/` is replaced. With one config no card is needed to load them; with
 * several the card's `configs` (see `writeCard`) name them.
 *
 * A config is a subset; in a run of several datasets it is `owner--name`, or `owner--name--subset`. Split names become
 * what `datasets` allows: letters, digits, `_` and inner dots.
 * @throws InputError when the folder is no run or `data/` holds other files, and for a run of research mode unless
 *   `allowResearchData` is "yes, publish research data".
 * @example await writeHfLayout("out/math") // then in Python: load_dataset("out/math")
 */
export async function writeHfLayout(
  runDir: string,
  { allowResearchData }: PublishOptions = {},
): Promise<HfLayout> {
  refuseResearch("publish", [runDir], allowResearchData);
  const { folder, splits } = await readSplits(runDir);
  const named = nameSplits(splits);
  const data = join(folder.path, "data");
  if (existsSync(data)) {
    const strange = listFiles(data).find((name) => !SHARD_FILE.test(name.slice(name.lastIndexOf("/") + 1)));
    if (strange !== undefined)
      throw new InputError(`${join(data, strange)} is not part of the Hub layout; move it and run again`);
  }
  const building = join(folder.path, ".data-building");
  rmSync(building, { recursive: true, force: true });
  mkdirSync(building);
  const files: string[] = [];
  for (const split of named) {
    const total = String(split.shards.length).padStart(5, "0");
    for (const [i, shard] of split.shards.entries()) {
      const name = `${prefix(split, named)}-${String(i).padStart(5, "0")}-of-${total}.parquet`;
      mkdirSync(dirname(join(building, name)), { recursive: true });
      linkOrCopy(join(folder.path, "rows", shard), join(building, name));
      files.push(`data/${name}`);
    }
  }
  rmSync(data, { recursive: true, force: true });
  renameSync(building, data);
  return { configs: hfConfigs(splits, true), files: files.sort() };
}

/** The configs of a card: over `data/` when the Hub layout was written, else over `rows/`. */
export function hfConfigs(splits: readonly RowsSplit[], layout: boolean): HfConfig[] {
  const named = nameSplits(splits);
  return [...new Set(named.map((split) => split.config))].map((config) => ({
    config_name: config,
    data_files: named
      .filter((split) => split.config === config)
      .map((split) => ({
        split: split.hfSplit,
        path: layout
          ? `data/${prefix(split, named)}-*.parquet`
          : `rows/${escapeGlob(split.folder)}/*.parquet`,
      })),
  }));
}

/** A name that `datasets` takes as a split's or config's: `\w+(\.\w+)*`. */
export function hfName(name: string): string {
  const parts = name
    .replace(/[^A-Za-z0-9_.]+/g, "_")
    .split(".")
    .filter((part) => part !== "");
  return parts.join(".") || "_";
}

function nameSplits(splits: readonly RowsSplit[]): NamedSplit[] {
  const several = new Set(splits.map((split) => split.dataset)).size > 1;
  const configs = new Map<string, string>();
  const taken = new Set<string>();
  return splits.map((split) => {
    const own = split.subset === "default" ? [] : [split.subset];
    const wanted = several ? [split.dataset.replaceAll("/", "--"), ...own].join("--") : (own[0] ?? "default");
    const key = JSON.stringify([split.dataset, split.subset]);
    const config = configs.get(key) ?? unique(wanted.replace(/[^A-Za-z0-9_.-]+/g, "_"), configs.values());
    configs.set(key, config);
    const taking = [...taken]
      .filter((name) => name.startsWith(`${config}/`))
      .map((name) => name.slice(config.length + 1));
    const hfSplit = unique(hfName(split.split), taking);
    taken.add(`${config}/${hfSplit}`);
    return { ...split, config, hfSplit };
  });
}

/** The name, or with `_2`, `_3` … where it is taken; names that differ in case alone count as the same. */
function unique(name: string, taken: Iterable<string>): string {
  const lower = new Set([...taken].map((other) => other.toLowerCase()));
  for (let i = 1; ; i++) {
    const candidate = i === 1 ? name : `${name}_${i}`;
    if (!lower.has(candidate.toLowerCase())) return candidate;
  }
}

function prefix(split: NamedSplit, all: readonly NamedSplit[]): string {
  return all.every((other) => other.config === split.config)
    ? split.hfSplit
    : `${split.config}/${split.hfSplit}`;
}

function escapeGlob(path: string): string {
  return path.replace(/[[\]*?]/g, "?");
}

function listFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .replaceAll("\\", "/"),
    );
}

function linkOrCopy(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "";
    if (!["EXDEV", "EPERM", "ENOTSUP", "EOPNOTSUPP", "EMLINK", "ENOSYS"].includes(code)) throw error;
    copyFileSync(from, to);
  }
}
