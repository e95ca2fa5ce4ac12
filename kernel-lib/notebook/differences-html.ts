/** Rows side by side as HTML: what differs is marked by line and color, long equal passages fold. */

import { counted } from "./counts";
import { type Difference, diffWords, type Passage, passages } from "./difference";
import { escapeHtml } from "./escape-html";
import { plainText } from "./plain-text";
import type { TextDiff } from "./word-diff";

export interface ShownDifferences {
  readonly heading: string;
  readonly notes: readonly string[];
  readonly first: string;
  readonly others: readonly Difference[];
}

/** Okabe–Ito vermilion and blue; the words are also struck through or underlined. */
const REMOVED = "background:rgba(213,94,0,.2);text-decoration:line-through 1px rgba(213,94,0,.75)";
const ADDED =
  "background:rgba(0,114,178,.22);text-decoration:underline 2px #3a93d6;text-underline-offset:2px";
const MUTED = "opacity:.72";
const LINE = "1px solid rgba(128,128,128,.35)";
const SIDES = "display:grid;grid-template-columns:minmax(0,1fr) minmax(0,1fr);gap:0 22px";

export function differencesHtml({ heading, notes, first, others }: ShownDifferences): string {
  const legend =
    `<div style="${MUTED}">marked: <del style="${REMOVED}">only in the first</del> · ` +
    `<ins style="${ADDED}">only in the other</ins></div>`;
  const parts = [
    heading === "" ? "" : `<div style="font-weight:600">${escapeHtml(heading)}</div>`,
    ...notes.map((note) => `<div style="${MUTED}">${escapeHtml(note)}</div>`),
    others.length === 0 ? `<div>${escapeHtml(first)}: nothing stands beside it</div>` : legend,
    ...others.map((other) => otherHtml(first, other)),
  ];
  return `<div style="max-width:88em;line-height:1.45;text-align:left">${parts.join("")}</div>`;
}

function otherHtml(first: string, { title, columns, sameColumns, text }: Difference): string {
  const name = (word: string, key: string) =>
    `<div style="min-width:0"><span style="${MUTED}">${word}</span> <code style="overflow-wrap:anywhere">${escapeHtml(key)}</code></div>`;
  const rows = columns.map(
    (column) =>
      `<div style="font-weight:600">${escapeHtml(column.name)}</div>` +
      `<div dir="auto" style="text-align:start">${escapeHtml(column.first)}</div>` +
      `<div dir="auto" style="text-align:start">${escapeHtml(column.other)}</div>`,
  );
  const table =
    `<details${columns.length <= 6 ? " open" : ""}><summary style="cursor:pointer">${counted(columns.length, "column")} with different values, ${sameColumns} the same</summary>` +
    `<div style="display:grid;grid-template-columns:minmax(6em,max-content) minmax(0,1fr) minmax(0,1fr);gap:2px 14px;overflow-wrap:anywhere;font-size:.92em;margin:3px 0 6px">${rows.join("")}</div></details>`;
  const body = text === null ? "" : passagesHtml(text);
  return (
    `<div style="border-top:${LINE};margin-top:9px;padding-top:7px"><div style="${SIDES};margin-bottom:4px">${name("first", first)}${name("beside it", title)}</div>` +
    `${table}<div style="${MUTED};margin:2px 0 5px">${escapeHtml(diffWords(text))}</div>${body}</div>`
  );
}

/** A difference of two texts side by side. */
export function passagesHtml({ parts }: TextDiff): string {
  return passages(parts).map(passageHtml).join("");
}

function passageHtml(passage: Passage): string {
  const wrap = "white-space:pre-wrap;overflow-wrap:anywhere;text-align:start";
  const shown = (text: string) => escapeHtml(plainText(text, { lines: true }));
  if (passage.kind === "equal") {
    return (
      `<details><summary style="cursor:pointer;${MUTED};text-align:center">… ${counted(passage.words, "equal word")} …</summary>` +
      `<div class="corpuslab-equal" dir="auto" style="${wrap}">${shown(passage.text)}</div></details>`
    );
  }
  const side = (only: "removed" | "added") => {
    const [tag, style] = only === "removed" ? ["del", REMOVED] : ["ins", ADDED];
    const inner = passage.parts
      .filter(({ kind }) => kind === "same" || kind === only)
      .map(({ kind, text }) =>
        kind === "same" ? shown(text) : `<${tag} style="${style}">${shown(text)}</${tag}>`,
      );
    return `<div class="corpuslab-${only}" dir="auto" style="${wrap};min-width:0">${inner.join("")}</div>`;
  };
  return `<div style="${SIDES};padding:3px 0">${side("removed")}${side("added")}</div>`;
}
