/** Subsets and splits of files for which no card says them. */

import { formatOf } from "./describe-file";

export interface NamedSplit {
  readonly subset: string;
  readonly split: string;
  /** Paths in the repository, sorted. */
  readonly names: readonly string[];
}

const KEYWORDS: readonly (readonly [string, string])[] = [
  ["train", "train|training"],
  ["validation", "validation|valid|dev|val"],
  ["test", "test|testing|eval|evaluation"],
];
const EDGE = "[-._ 0-9]";
const NOT_DATA = new Set([
  "config.json",
  "dataset_info.json",
  "dataset_infos.json",
  "dataset_dict.json",
  "croissant.json",
  "statistics.json",
]);

/** True for files that hold rows: by extension, outside hidden folders, and not a known metadata file. */
export function isDataFile(name: string): boolean {
  const parts = name.split("/");
  if (parts.some((part) => part.startsWith(".") || part.startsWith("__"))) return false;
  return formatOf(name) !== null && !NOT_DATA.has(parts.at(-1)!.toLowerCase());
}

/**
 * Groups data files as the `datasets` library does without a card: `data/<split>-00000-of-00002…` names the split;
 * else a folder, else a file name, that contains train, validation (valid, dev, val) or test (eval) as a word; else
 * everything is `train`. Top folders other than `data` and split names are subsets; the rest is subset `default`.
 * `left` holds files that name no split beside others that do: they belong to none, and the caller says so.
 * Subsets and files are in code point order, splits in the order train, validation, test, others.
 */
export function splitsFromNames(names: readonly string[]): {
  readonly splits: readonly NamedSplit[];
  readonly left: readonly string[];
} {
  const subsets = new Map<string, string[]>();
  for (const name of [...names].sort(byCodePoint)) {
    const subset = subsetOf(name);
    subsets.set(subset, [...(subsets.get(subset) ?? []), name]);
  }
  const splits: NamedSplit[] = [];
  const left: string[] = [];
  for (const [subset, members] of [...subsets].sort(([a], [b]) =>
    a === b ? 0 : a === "default" ? -1 : b === "default" ? 1 : byCodePoint(a, b),
  )) {
    const groups = groupBySplit(members, subset === "default" ? "" : `${subset}/`);
    for (const [split, group] of groups) {
      if (split === "") left.push(...group);
      else splits.push({ subset, split, names: group });
    }
  }
  return { splits, left };
}

/** Order of file names that does not depend on the locale. */
export function byCodePoint(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function subsetOf(name: string): string {
  const folder = name.includes("/") ? name.slice(0, name.indexOf("/")) : "";
  return folder === "" || folder === "data" || splitOfFolder(folder) !== null ? "default" : folder;
}

function splitOfFolder(folder: string): string | null {
  for (const [split, words] of KEYWORDS) {
    if (new RegExp(`(^|${EDGE})(${words})(${EDGE}|$)`).test(folder)) return split;
  }
  return null;
}

function splitOfFile(base: string): string | null {
  for (const [split, words] of KEYWORDS) {
    if (new RegExp(`(^|${EDGE})(${words})${EDGE}`).test(base)) return split;
  }
  return null;
}

function groupBySplit(names: readonly string[], prefix: string): [string, string[]][] {
  const inside = (name: string) => name.slice(prefix.length);
  const rules: ((path: string) => string | null)[] = [
    (path) => /^data\/(\w[\w.-]*?)-\d{5}-of-\d{5}[^/]*$/.exec(path)?.[1] ?? null,
    (path) =>
      path
        .split("/")
        .slice(0, -1)
        .map(splitOfFolder)
        .find((split) => split !== null) ?? null,
    (path) => splitOfFile(path.slice(path.lastIndexOf("/") + 1)),
  ];
  for (const rule of rules) {
    const groups = new Map<string, string[]>();
    for (const name of names) {
      const split = rule(inside(name)) ?? "";
      groups.set(split, [...(groups.get(split) ?? []), name]);
    }
    if (groups.size > 1 || !groups.has("")) return [...groups].sort(([a], [b]) => rank(a) - rank(b));
  }
  return [["train", [...names]]];
}

function rank(split: string): number {
  const index = KEYWORDS.findIndex(([name]) => name === split);
  return index < 0 ? KEYWORDS.length : index;
}
