/** A split as text and HTML; everything from a dataset is escaped. */
import { counted, percent, thousands } from "../notebook/counts";
import { datasetHtml } from "../notebook/dataset-html";
import { escapeHtml } from "../notebook/escape-html";
import { cutLine, plainText } from "../notebook/plain-text";
import type { GroupedRows } from "./group-rows";

interface ShownSplit {
  readonly rows: number;
  readonly groups: number;
  readonly largest: { readonly rows: number; readonly side: string; readonly key: string };
  readonly counts: readonly {
    readonly stratum: string;
    readonly side: string;
    readonly asked: number;
    readonly rows: number;
    readonly got: number;
  }[];
}

/** Strata that are shown. */
const SHOWN = 20;

export function splitBundle(
  split: ShownSplit,
  { grouped, stratify, seed }: { grouped: GroupedRows; stratify: readonly string[]; seed: number },
): { "text/plain": string; "text/html": string } {
  const all = split.counts.filter(({ stratum }) => stratum === "");
  const title = `${counted(split.rows, "row")} in ${counted(split.groups, "group")}: ${all.map(({ side, rows }) => `${side} ${thousands(rows)}`).join(", ")}`;
  const notes = remarks(split, grouped, seed);
  const sides = all.length;
  const shown = split.counts.slice(0, sides * (SHOWN + 1));
  const rest = (split.counts.length - shown.length) / sides;
  const head = [stratify.length > 0 ? stratify.join(" / ") : "", "side", "rows", "asked", "got"];
  const lines = shown.map(({ stratum, side, rows, asked, got }, i) => [
    i % sides > 0 ? "" : stratum === "" ? "all rows" : cutLine(stratum, 60),
    side,
    thousands(rows),
    share(asked),
    share(got),
  ]);
  const more = rest > 0 ? [`… and ${thousands(rest)} more strata: see .counts`] : [];
  const widths = head.map((_, i) => Math.max(...[head, ...lines].map((line) => line[i]!.length)));
  const table = [head, ...lines].map((line) =>
    `  ${line.map((cell, i) => (i < 2 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join("  ")}`.trimEnd(),
  );
  const cell = (tag: string, text: string, i: number) =>
    `<${tag} dir="auto" style="text-align:${i < 2 ? "left" : "right"}">${escapeHtml(text)}</${tag}>`;
  const row = (tag: string, line: readonly string[]) =>
    `<tr>${line.map((text, i) => cell(tag, text, i)).join("")}</tr>`;
  const small = (line: string) => `<div style="opacity:.72">${escapeHtml(line)}</div>`;
  return {
    "text/plain": [title, ...notes.map((note) => `  ${note}`), ...table, ...more].join("\n"),
    "text/html": datasetHtml(
      `<div style="text-align:left"><div><b>${escapeHtml(title)}</b></div>${notes.map(small).join("")}` +
        `<table style="margin-top:.6em"><thead>${row("th", head)}</thead><tbody>${lines.map((line) => row("td", line)).join("")}</tbody></table>${more.map(small).join("")}</div>`,
    ),
  };
}

function remarks(
  { largest, rows }: ShownSplit,
  { counts, settings, facts }: GroupedRows,
  seed: number,
): string[] {
  const { near, threshold, ngram, view } = settings;
  const columns = [...facts.together.keys()];
  return [
    `together: equal content${near ? `, Jaccard ≥ ${threshold} over ${ngram}-grams of words (${view})` : ""}${columns.length > 0 ? `, equal ${columns.join(", ")}` : ""}; seed ${seed}`,
    `joined: ${counted(counts.exact, "row")} by content, ${thousands(counts.near)} by similarity, ${thousands(counts.byValue)} by value`,
    `largest group: ${counted(largest.rows, "row")} (${percent(largest.rows, rows)}), in ${largest.side}, begins with ${plainText(largest.key)}`,
    counts.unseen > 0
      ? `${counted(counts.unseen, "row")} are so much alike that they were kept together without being compared one by one`
      : "",
  ].filter(Boolean);
}

function share(value: number): string {
  return `${(100 * value).toFixed(2)}%`;
}
