/** Which files belong to which subset and split: by the card, else by their names. */

import { InputError, nearestNames } from "../errors";
import type { DatasetCard } from "./front-matter";
import { globTest } from "./glob";
import { some } from "./repository";
import { byCodePoint, isDataFile, type NamedSplit, splitsFromNames } from "./splits-from-names";

/** What the caller asked for; null means everything. */
export interface WantedSplits {
  readonly dataset: string;
  readonly subsets: readonly string[] | null;
  readonly splits: readonly string[] | null;
}

/**
 * Groups `usable` files. A subset or split that repeats files of an earlier one (a config `all` beside its parts) is
 * left out with a note unless it was asked for by name, so that a row is read once; the default subset comes first.
 * Throws InputError with the nearest names when a wanted subset or split does not exist.
 */
export function groupFiles(
  usable: readonly string[],
  all: readonly string[],
  card: DatasetCard,
  { dataset, subsets, splits }: WantedSplits,
): { readonly splits: readonly NamedSplit[]; readonly notes: readonly string[] } {
  const notes: string[] = [];
  let found = fromCard(usable, all, card, notes);
  if (found.length === 0) {
    const byName = splitsFromNames(usable);
    found = [...byName.splits];
    if (byName.left.length > 0) {
      const files = byName.left.length === 1 ? "1 file" : `${byName.left.length} files`;
      notes.push(`${files} in no split, not read: ${some(byName.left)}`);
    }
  }
  const chosen = choose(found, dataset, subsets, splits);
  const taken = new Set<string>();
  const kept: NamedSplit[] = [];
  for (const split of chosen) {
    const again = split.names.filter((name) => taken.has(name));
    const label = `${split.subset}/${split.split}`;
    if (again.length > 0 && subsets === null && splits === null) {
      notes.push(
        `${label} repeats ${again.length} of its files from earlier splits, not read: ask for it by name`,
      );
      continue;
    }
    if (again.length > 0) {
      throw new InputError(
        `open ${dataset}: ${label} repeats ${again[0]} of another wanted split; ask for one of them (subset, splits)`,
      );
    }
    for (const name of split.names) taken.add(name);
    kept.push(split);
  }
  return { splits: kept, notes };
}

function fromCard(
  usable: readonly string[],
  all: readonly string[],
  card: DatasetCard,
  notes: string[],
): NamedSplit[] {
  const out: NamedSplit[] = [];
  const configs = [...card.configs].sort((a, b) => Number(b.isDefault) - Number(a.isDefault));
  for (const config of configs) {
    const folder =
      config.dataDir === null ? "" : `${config.dataDir.replace(/^\.\//, "").replace(/\/+$/, "")}/`;
    if (config.dataFiles === null) {
      if (folder === "" && configs.length > 1) {
        notes.push(`README.md: subset ${config.name} names no files`);
        continue;
      }
      const inside = usable.filter((name) => name.startsWith(folder));
      const byName = splitsFromNames(inside.map((name) => name.slice(folder.length)));
      for (const split of byName.splits) {
        const nested = split.subset === "default" ? "" : `${split.subset}/`;
        const label = nested === "" ? split.split : `${nested}${split.split}`.replaceAll("/", "_");
        out.push({ subset: config.name, split: label, names: split.names.map((name) => folder + name) });
      }
      continue;
    }
    for (const { split, patterns } of config.dataFiles) {
      const names = new Set<string>();
      for (const pattern of patterns) {
        if (/^[a-z]+:\/\//.test(pattern)) {
          notes.push(`README.md: ${config.name}/${split} names files elsewhere, not read: ${pattern}`);
          continue;
        }
        const matches = globTest(folder + pattern);
        for (const name of usable) if (matches(name)) names.add(name);
        if (!all.some(matches))
          notes.push(`README.md: no file matches ${pattern} of ${config.name}/${split}`);
        else if (!all.some((name) => matches(name) && isDataFile(name))) {
          notes.push(
            `README.md: ${pattern} of ${config.name}/${split} matches no .jsonl, .json, .parquet or .csv file`,
          );
        }
      }
      if (names.size > 0) out.push({ subset: config.name, split, names: [...names].sort(byCodePoint) });
    }
  }
  return out;
}

function choose(
  found: readonly NamedSplit[],
  dataset: string,
  subsets: readonly string[] | null,
  splits: readonly string[] | null,
): NamedSplit[] {
  let chosen = [...found];
  for (const [what, wanted, of] of [
    ["subset", subsets, (split: NamedSplit) => split.subset],
    ["split", splits, (split: NamedSplit) => split.split],
  ] as const) {
    if (wanted === null) continue;
    const there = [...new Set(chosen.map(of))];
    for (const name of wanted) {
      if (there.includes(name)) continue;
      const near = nearestNames(name, there);
      const hint = near.length > 0 ? `did you mean ${near.join(" or ")}? ` : "";
      throw new InputError(`open ${dataset}: no ${what} "${name}"; ${hint}It has ${some(there, 20)}`);
    }
    chosen = chosen.filter((split) => wanted.includes(of(split)));
  }
  return chosen;
}
