/** Duplicate clusters as a table, largest first. */

import { parseHarmony } from "../harmony";
import { counted, thousands } from "./counts";
import { datasetHtml } from "./dataset-html";
import { escapeHtml } from "./escape-html";
import { head, plainText } from "./plain-text";

/** Rows that say the same: one that is kept, and the others. */
export interface ShownCluster {
  /** 1 for the largest. */
  readonly number: number;
  /** With the kept one. */
  readonly rows: number;
  /** row_key of the row that is kept. */
  readonly kept: string;
  /** How they were found, in words. */
  readonly kind: string;
  /** Beginning of the kept row's text. */
  readonly text: string | null;
}

export interface ShownClusters {
  readonly clusters: readonly ShownCluster[];
  readonly totals: { readonly clusters: number; readonly duplicates: number };
}

export function clustersBundle({ clusters, totals }: ShownClusters): {
  "text/plain": string;
  "text/html": string;
} {
  const title =
    totals.clusters === 0
      ? "no duplicates"
      : `${counted(totals.duplicates, "duplicate")} of ${counted(totals.clusters, "kept row")}`;
  const rest =
    clusters.length < totals.clusters
      ? `the ${thousands(clusters.length)} largest of ${thousands(totals.clusters)} clusters`
      : "";
  const hint = totals.clusters === 0 ? "" : "duplicates.show(1) shows the rows of cluster 1 side by side";
  const lines = clusters.map((cluster) => ({ ...cluster, said: beginning(cluster.text) }));
  const cell = (text: string, style = "") =>
    `<td style="text-align:left;vertical-align:top;overflow-wrap:anywhere;white-space:normal${style}" dir="auto">${escapeHtml(text)}</td>`;
  const rows = lines.map(
    ({ number, rows, kind, kept, said }) =>
      `<tr>${cell(String(number))}${cell(thousands(rows))}${cell(kind)}${cell(said, ";max-width:40em")}${cell(kept, ";max-width:30em")}</tr>`,
  );
  const header = ["cluster", "rows", "found as", "begins", "kept row"].map(
    (name) => `<th style="text-align:left">${name}</th>`,
  );
  return {
    "text/plain": [
      title,
      ...lines.map(
        ({ number, rows, kind, kept, said }) =>
          `${number}: ${thousands(rows)} rows, ${kind}: ${plainText(kept)}${said ? ` · ${said}` : ""}`,
      ),
      rest,
      hint,
    ]
      .filter(Boolean)
      .join("\n"),
    "text/html": datasetHtml(
      `<div style="text-align:left"><div><b>${title}</b>${rest ? ` · ${rest}` : ""}</div>` +
        (rows.length === 0
          ? ""
          : `<table><thead><tr>${header.join("")}</tr></thead><tbody>${rows.join("")}</tbody></table>`) +
        `<div style="opacity:.72">${hint}</div></div>`,
    ),
  };
}

/** What the user says first. The text may be cut: its last message then has no end, or only half a header. */
function beginning(text: string | null): string {
  if (text === null) return "";
  const lastStart = text.lastIndexOf("<|start|>");
  const parsed = [text, text.slice(0, Math.max(0, lastStart))]
    .map((part) => parseHarmony(part))
    .find(({ ok }) => ok);
  const messages = parsed?.ok ? parsed.messages : [];
  const message = messages.find(({ role }) => role === "user") ?? messages[0];
  const line = plainText(head(message?.body ?? text, 300))
    .replace(/\s+/g, " ")
    .trim();
  return line.length > 120 ? `${head(line, 120)}…` : line;
}
