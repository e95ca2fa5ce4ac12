/** Scores of several models in one run: whose columns have the plain names, and what the others' are called. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Beside the folders in `scores/`: `{ "current": "tiny.v1" }`, whose columns have the plain names. */
export const CURRENT_SCORES = "current.json";

interface Column {
  readonly name: string;
}

interface ScoreFolder {
  readonly folder: string;
  readonly name: string;
}

/** True for the sidecar of a model's scores: other sidecars in `scores/` are somebody's own and keep their names. */
export function isScorer(folder: string, columns: readonly Column[]): boolean {
  return folder.startsWith("scores/") && columns.some(({ name }) => name === "nll_mean");
}

/** Folder below `scores/` that was chosen in the last of these run folders that has a choice; null where none has. */
export function chosenScores(paths: readonly string[]): string | null {
  for (const path of [...paths].reverse()) {
    const file = join(path, "scores", CURRENT_SCORES);
    if (!existsSync(file)) continue;
    try {
      const { current } = JSON.parse(readFileSync(file, "utf8")) as { current?: unknown };
      if (typeof current === "string") return `scores/${current}`;
    } catch {
      // A damaged choice is no choice: the first scorer has the plain names then.
    }
  }
  return null;
}

/**
 * Names of the columns of each sidecar, by position, or null where a sidecar is no scorer's. The current scorer (the chosen one, else
 * the first by folder name) has the plain names; another one's end with its own: `nll_mean_tiny`. What canonical rows have
 * too, and words that say nothing beside the columns of a row (`model`, `reason`), begin with `score_`.
 */
export function scorerNames(
  sidecars: readonly ScoreFolder[],
  columns: readonly (readonly Column[])[],
  rows: readonly Column[],
  chosen: string | null,
): (string[] | null)[] {
  const scorers = sidecars.filter(({ folder }, i) => isScorer(folder, columns[i]!));
  const current = (scorers.find(({ folder }) => folder === chosen) ?? scorers[0])?.folder;
  const taken = new Set([...rows.map(({ name }) => name.toLowerCase()), "model", "reason"]);
  return sidecars.map((sidecar, i) => {
    if (!scorers.includes(sidecar)) return null;
    const end = sidecar.folder === current ? "" : `_${scorerWord(sidecar.name)}`;
    return columns[i]!.map(({ name }) => (taken.has(name.toLowerCase()) ? `score_${name}` : name) + end);
  });
}

/** A scorer's name as part of a column's: `smollm2-135m` → `smollm2_135m`, which SQL takes without quotes. */
export function scorerWord(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]+/g, "_");
}
