/** What reviewers decided as columns of a run: what the log says at the moment of reading. */

import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { REVIEW_COLUMNS } from "../run-folder/review-columns";
import type { Overlay } from "./label-columns";
import { overlayFile } from "./overlay-file";
import { reviewsFolder } from "./review-log";
import { type Reviews, readReviews } from "./review-state";

const ENTRY =
  "STRUCT(label VARCHAR, severity VARCHAR, status VARCHAR, reviewers VARCHAR, decided_at VARCHAR, note VARCHAR)";

const known = new Map<string, { readonly stamp: string; readonly overlay: Overlay | null }>();

/**
 * The review columns of a run over `datasets` (null: not known, then every line counts); null where no log speaks of one
 * of them. Costs a file stat a reviewer where nothing changed since the last call.
 */
export function reviewOverlay(labels: string | null, datasets: readonly string[] | null): Overlay | null {
  if (labels === null) return null;
  const stamp = stampOf(reviewsFolder(labels));
  if (stamp === "") return null;
  const key = JSON.stringify([labels, datasets]);
  const before = known.get(key);
  if (before?.stamp === stamp) return before.overlay;
  const lines = linesOf(readReviews(labels), datasets);
  const overlay =
    lines.length === 0
      ? null
      : {
          sql: overlayFile(lines, { row_key: "VARCHAR", by_text: `MAP(VARCHAR, ${ENTRY})` }),
          columns: ["by_text"],
          shown: shownColumns,
        };
  known.set(key, { stamp, overlay });
  return overlay;
}

/**
 * SQL of each review column. `byText`: SQL of what the overlay says of the row, null where nothing; `textId`: of the row's
 * own text_id. A decision on another text decides nothing, but is told.
 */
export function shownColumns(
  byText: string,
  textId: string,
): { readonly name: string; readonly sql: string }[] {
  const entry = `${byText}[${textId}]`;
  const isOther = `${byText} is not null`;
  const sql: Record<keyof typeof REVIEW_COLUMNS, string> = {
    _safety_label: `${entry}.label`,
    _severity: `${entry}.severity`,
    _reviewed: `coalesce(${entry}.status is not null, false)`,
    _review_status: `case when ${entry}.status is not null then ${entry}.status when ${isOther} then 'text_changed' end`,
    _reviewed_by: `${entry}.reviewers`,
    _reviewed_at: `${entry}.decided_at`,
    _review_note: `${entry}.note`,
  };
  return Object.entries(sql).map(([name, of]) => ({ name, sql: of }));
}

/** The review columns of rows about which no log says anything. */
export function noReviewColumns(): { readonly name: string; readonly sql: string }[] {
  return Object.entries(REVIEW_COLUMNS).map(([name, type]) => ({
    name,
    sql: name === "_reviewed" ? "false" : `null::${type}`,
  }));
}

function linesOf(reviews: Reviews, datasets: readonly string[] | null): object[] {
  const isWanted = (key: string) => datasets === null || datasets.some((one) => key.startsWith(`${one}@`));
  return [...reviews]
    .filter(([key]) => isWanted(key))
    .map(([row_key, texts]) => ({
      row_key,
      by_text: Object.fromEntries(
        [...texts].map(([textId, { label, severity, status, decisions }]) => {
          const notes = decisions.filter(({ note }) => note !== null);
          const entry = {
            ...{ label, severity, status },
            reviewers: decisions.map(({ reviewer }) => reviewer).join(", "),
            decided_at: decisions.map(({ time }) => time).reduce((a, b) => (a > b ? a : b)),
            note:
              notes.length === 0
                ? null
                : notes.map(({ reviewer, note }) => `${reviewer}: ${note}`).join("; "),
          };
          return [textId, entry];
        }),
      ),
    }));
}

/** What the logs look like from outside; an empty text where there are none. */
function stampOf(folder: string): string {
  if (!existsSync(folder)) return "";
  const names = readdirSync(folder).filter((name) => name.endsWith(".jsonl"));
  return names
    .sort()
    .map((name) => {
      const { ino, size, mtimeMs } = statSync(join(folder, name));
      return `${name} ${ino} ${size} ${mtimeMs}`;
    })
    .join("\n");
}
