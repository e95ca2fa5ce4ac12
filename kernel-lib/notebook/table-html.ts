/** Tables that look the same in a notebook, whose own styles they override, and in a report. */
import { escapeHtml } from "./escape-html";

export const MUTED = "opacity:.72";
const LINE = "1px solid rgba(128,128,128,.3)";

export function heading(text: string): string {
  return `<div style="font-weight:600;margin:16px 0 4px;overflow-wrap:anywhere">${escapeHtml(text)}</div>`;
}

/** `inner` is HTML. */
export function cell(inner: string, style = ""): string {
  return `<td style="text-align:left;padding:3px 14px 3px 0;border-bottom:${LINE};overflow-wrap:anywhere;${style}">${inner}</td>`;
}

/** `inner` is HTML. */
export function number(inner: string): string {
  return cell(inner, "text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums");
}

/** The first column and those of texts are left, others right; `lines` are cells. */
export function table(heads: readonly string[], lines: readonly (readonly string[])[]): string {
  const isText = (i: number) =>
    lines[0]?.[i]?.startsWith('<td style="text-align:left') === true &&
    !lines[0][i]!.includes("text-align:right");
  const head = heads.map(
    (text, i) =>
      `<th style="text-align:${isText(i) ? "left" : "right"};font-weight:600;padding:3px 14px 3px 0;border-bottom:${LINE};white-space:nowrap;${MUTED}">${escapeHtml(text)}</th>`,
  );
  const body = lines.map((cells) => `<tr style="background:none">${cells.join("")}</tr>`);
  return (
    `<div style="overflow-x:auto"><table style="border-collapse:collapse;margin:0;font-size:.95em">` +
    `<thead><tr style="background:none">${head.join("")}</tr></thead><tbody>${body.join("")}</tbody></table></div>`
  );
}
