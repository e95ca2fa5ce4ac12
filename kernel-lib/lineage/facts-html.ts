/** Names and values as a plain two-column table, everything escaped. */
import { escapeHtml } from "../notebook/escape-html";

export type Fact = readonly [name: string, value: string];

/** A verdict: marked by its word and by a bar at its side, in colors that color-blind readers tell apart. */
export function headHtml(title: string, out: boolean): string {
  const color = out ? "#d55e00" : "#009e73";
  return (
    `<div style="border-left:4px solid ${color};padding:2px 10px;margin:8px 0 4px;font-weight:bold;` +
    `overflow-wrap:anywhere">${escapeHtml(title)}</div>`
  );
}

/** The heading of a table below the first one. */
export function sectionHtml(text: string): string {
  return `<div style="font-weight:bold;margin:10px 0 2px;overflow-wrap:anywhere">${escapeHtml(text)}</div>`;
}

/** A remark below a table. */
export function noteHtml(text: string): string {
  return `<div style="opacity:.7;padding:2px;overflow-wrap:anywhere">${escapeHtml(text)}</div>`;
}

/** Texts as a pad of spaces makes them: names in one column, the lines of a value below each other. */
export function factsText(facts: readonly Fact[]): string {
  const width = Math.min(24, Math.max(0, ...facts.map(([name]) => name.length)));
  const indent = `\n${" ".repeat(width + 4)}`;
  return facts
    .map(([name, value]) => `  ${name.padEnd(width)}  ${value.split("\n").join(indent)}`)
    .join("\n");
}

export function factsHtml(facts: readonly Fact[]): string {
  const rows = facts.map(
    ([name, value]) =>
      `<tr><th style="text-align:left;vertical-align:top;font-weight:normal;opacity:.7;white-space:nowrap;padding-right:12px">${escapeHtml(name)}</th>` +
      `<td style="text-align:left;vertical-align:top;white-space:pre-wrap;overflow-wrap:anywhere" dir="auto">${escapeHtml(value)}</td></tr>`,
  );
  return `<table style="margin:0">${rows.join("")}</table>`;
}
