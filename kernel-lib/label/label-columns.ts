/** The workspace's labels and patches as columns of a run: what the log says at the moment of reading. */

import { statSync } from "node:fs";
import { labelsPath, latest, patchesPath, readLabels, readPatches } from "./acts";
import { overlayFile } from "./overlay-file";

/** Columns for some rows of a run, in a file that DuckDB reads. */
export interface Overlay {
  /** SQL of a relation with `row_key`, once each, and `columns`. */
  readonly sql: string;
  readonly columns: readonly string[];
  /** What is shown instead of `columns`, where that is not the same: `file` is SQL of the first of them. */
  readonly shown?: (
    file: string,
    textId: string,
  ) => readonly { readonly name: string; readonly sql: string }[];
}

export const LABEL_COLUMNS = ["label", "label_reason", "label_author", "label_time"] as const;
export const PATCH_COLUMNS = [
  "patch_text",
  "patch_text_id",
  "patch_reason",
  "patch_author",
  "patch_time",
] as const;

type Line = Readonly<Record<string, string | null>>;

/**
 * The overlays of a run over `datasets` (null: not known, then every line counts): label columns when the log in
 * `folder` has a line for one of them, patch columns when the log of patches has. Costs two file stats where nothing
 * changed since the last call.
 */
export function labelOverlays(folder: string | null, datasets: readonly string[] | null): Overlay[] {
  if (folder === null) return [];
  const overlays = [
    overlayOf(labelsPath(folder), datasets, LABEL_COLUMNS, () => labelLines(folder)),
    overlayOf(patchesPath(folder), datasets, PATCH_COLUMNS, () => patchLines(folder)),
  ];
  return overlays.filter((overlay) => overlay !== null);
}

function labelLines(folder: string): Line[] {
  return [...latest(readLabels(folder).acts).values()].map(({ row_key, label, reason, author, time }) =>
    label === null
      ? { row_key, label, label_reason: null, label_author: null, label_time: null }
      : { row_key, label, label_reason: reason, label_author: author, label_time: time },
  );
}

function patchLines(folder: string): Line[] {
  return [...latest(readPatches(folder).acts).values()].map(
    ({ row_key, text, text_id, reason, author, time }) =>
      text === null
        ? {
            row_key,
            patch_text: null,
            patch_text_id: null,
            patch_reason: null,
            patch_author: null,
            patch_time: null,
          }
        : {
            ...{ row_key, patch_text: text, patch_text_id: text_id },
            ...{ patch_reason: reason, patch_author: author, patch_time: time },
          },
  );
}

const known = new Map<string, { readonly stamp: string; readonly overlay: Overlay | null }>();

function overlayOf(
  log: string,
  datasets: readonly string[] | null,
  columns: readonly string[],
  read: () => Line[],
): Overlay | null {
  const stat = statSync(log, { throwIfNoEntry: false });
  if (!stat || stat.size === 0) return null;
  const key = JSON.stringify([log, datasets]);
  const stamp = `${stat.ino} ${stat.size} ${stat.mtimeMs}`;
  const before = known.get(key);
  if (before?.stamp === stamp) return before.overlay;
  const lines = read().filter(
    ({ row_key }) => datasets === null || datasets.some((dataset) => row_key!.startsWith(`${dataset}@`)),
  );
  const overlay = lines.length === 0 ? null : { sql: fileSql(lines, columns), columns };
  known.set(key, { stamp, overlay });
  return overlay;
}

function fileSql(lines: readonly Line[], columns: readonly string[]): string {
  return overlayFile(lines, Object.fromEntries(["row_key", ...columns].map((name) => [name, "VARCHAR"])));
}
