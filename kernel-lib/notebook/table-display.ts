/** Tables in a notebook: types and first rows, everything escaped, long cells cut with the cut stated. */

import { counted, percent, thousands } from "./counts";
import { datasetHtml } from "./dataset-html";
import { escapeHtml } from "./escape-html";
import { head, plainText } from "./plain-text";

interface ShownColumn {
  readonly name: string;
  readonly type: string;
}

/** Counts of a join by key. */
export interface ShownAttachment {
  readonly matched: number;
  readonly unmatched: number;
  readonly unmatchedOther: number;
  readonly doubleKeys: number;
  readonly rowsNotUsed: number;
  readonly doubleKeysHere: number;
  readonly nullKeys: { readonly here: number; readonly other: number };
  readonly examples: { readonly double: readonly string[]; readonly unmatchedOther: readonly string[] };
}

/** How many values of each column are null among the first rows. */
export interface ShownNulls {
  /** How many rows were to be read; there are fewer when the table has no more. */
  readonly asked: number;
  readonly rows: number;
  /** In the order of the columns. */
  readonly nulls: readonly number[];
}

export interface ShownTable {
  readonly origin: string;
  readonly columns: readonly ShownColumn[];
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  /** All rows of the table; null: not counted, and there are more than these. */
  readonly count: number | null;
  /** Null: not counted. */
  readonly nulls: ShownNulls | null;
  readonly notes: readonly string[];
  readonly attached: ShownAttachment | null;
}

type Bundle = { "text/plain": string; "text/html": string };

const HTML_CELL = 200;
const TEXT_CELL = 40;
const TYPE = 60;
const NAME = 200;

/** The first rows with their types, as text and HTML. */
export function tableBundle({ origin, columns, rows, count, nulls, notes, attached }: ShownTable): Bundle {
  const title = `${origin} · ${counted(columns.length, "column")} · ${countText(count, rows.length)}`;
  const shares = columns.map((_, i) => nullShare(nulls, i));
  const isWhole = count === rows.length;
  const remarks = [
    isWhole ? null : nullsText(nulls, count),
    ...notes,
    ...(attached ? [attachText(attached)] : []),
  ].filter((remark) => remark !== null);
  const text = [
    title,
    columns
      .map(
        ({ name, type }, i) => `${cut(name, NAME)}: ${cut(type, TYPE)}${shares[i] ? ` (${shares[i]})` : ""}`,
      )
      .join(", "),
    ...rows.map((row) => columns.map(({ name }) => cut(valueText(row[name]), TEXT_CELL)).join(" | ")),
    ...remarks,
  ].join("\n");
  const head = columns.map(
    ({ name, type }, i) =>
      `<th style="text-align:left;vertical-align:top">${escapeHtml(cut(name, NAME))}<br>` +
      `<span style="font-weight:normal;opacity:.7" title="${escapeHtml(cut(type, 2000))}">${escapeHtml(cut(type, TYPE))}</span>` +
      `${shares[i] ? `<br><span style="font-weight:normal;font-size:.9em;opacity:.85">${shares[i]}</span>` : ""}</th>`,
  );
  const body = rows.map((row) => `<tr>${columns.map(({ name }) => htmlCell(row[name])).join("")}</tr>`);
  const html =
    `<div><div style="opacity:.8">${escapeHtml(title)}</div><div style="overflow-x:auto"><table><thead><tr>${head.join("")}` +
    `</tr></thead><tbody>${body.join("")}</tbody></table></div>` +
    `${remarks.map((remark) => `<div style="opacity:.8">${escapeHtml(remark)}</div>`).join("")}</div>`;
  return { "text/plain": text, "text/html": datasetHtml(html) };
}

function countText(count: number | null, shown: number): string {
  if (count === null)
    return `first ${counted(shown, "row")} of more (not counted in time: await table.count())`;
  return count === shown ? counted(count, "row") : `first ${thousands(shown)} of ${counted(count, "row")}`;
}

function nullShare(nulls: ShownNulls | null, column: number): string {
  const found = nulls?.nulls[column] ?? 0;
  if (nulls === null || found === 0) return "";
  return found === nulls.rows ? "all null" : `${percent(found, nulls.rows)} null`;
}

/** What the null shares are shares of. */
function nullsText(nulls: ShownNulls | null, count: number | null): string {
  if (nulls === null) return "null shares: not counted in time (await table.describe().toArray())";
  const isAll = nulls.rows < nulls.asked || nulls.rows === count;
  const of = isAll
    ? `of all ${counted(nulls.rows, "row")}`
    : `of the first ${counted(nulls.rows, "row")} only`;
  const none = nulls.nulls.every((found) => found === 0)
    ? ": no nulls"
    : ", columns without one have no nulls there";
  return `null shares: ${of}${none}`;
}

/** Names and types as a table. */
export function columnsBundle(columns: readonly ShownColumn[]): Bundle {
  const width = Math.max(0, ...columns.map(({ name }) => cut(name, NAME).length));
  const rows = columns.map(
    ({ name, type }) =>
      `<tr><td style="text-align:left">${escapeHtml(cut(name, NAME))}</td><td style="text-align:left"><code>${escapeHtml(cut(type, 2000))}</code></td></tr>`,
  );
  return {
    "text/plain": columns
      .map(({ name, type }) => `${cut(name, NAME).padEnd(width)}  ${cut(type, 2000)}`)
      .join("\n"),
    "text/html": datasetHtml(
      `<table><thead><tr><th style="text-align:left">column</th><th style="text-align:left">type</th></tr></thead><tbody>${rows.join("")}</tbody></table>`,
    ),
  };
}

/** One line on how a join by key went. */
export function attachText(report: ShownAttachment): string {
  const { matched, unmatched, unmatchedOther, doubleKeys, rowsNotUsed, doubleKeysHere, nullKeys, examples } =
    report;
  const such = (list: readonly string[]) =>
    list.length === 0 ? "" : ` (${list.map((key) => cut(key, TEXT_CELL)).join(", ")})`;
  const parts = [`attached: ${matched} of ${matched + unmatched} rows matched`];
  if (unmatchedOther > 0)
    parts.push(`${unmatchedOther} attached keys match no row${such(examples.unmatchedOther)}`);
  if (doubleKeys > 0)
    parts.push(`${doubleKeys} double keys${such(examples.double)}, ${rowsNotUsed} rows not used`);
  if (doubleKeysHere > 0) parts.push(`${doubleKeysHere} keys stand on several rows of the table`);
  if (nullKeys.here + nullKeys.other > 0)
    parts.push(`null keys: ${nullKeys.here} here, ${nullKeys.other} attached`);
  return parts.join("; ");
}

function htmlCell(value: unknown): string {
  const text = valueText(value);
  const width = text.length > 24 ? "min-width:16em;max-width:30em" : "max-width:30em";
  const style = `text-align:left;vertical-align:top;white-space:pre-wrap;${width};overflow-wrap:anywhere`;
  if (text.length <= HTML_CELL) {
    const dim = value === null || value === undefined ? ";opacity:.5" : "";
    return `<td style="${style}${dim}" dir="auto">${escapeHtml(plainText(text, { lines: true }))}</td>`;
  }
  return `<td style="${style}" dir="auto">${escapeHtml(plainText(head(text, HTML_CELL), { lines: true }))}<span style="opacity:.6"> … +${text.length - HTML_CELL} characters</span></td>`;
}

function valueText(value: unknown): string {
  if (value === null || value === undefined) return "null";
  if (typeof value === "string") return value;
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (value instanceof Date) return value.toISOString();
  if (typeof value !== "object") return String(value);
  return JSON.stringify(value, (_key, item: unknown) => (typeof item === "bigint" ? item.toString() : item));
}

function cut(text: string, length: number): string {
  const line = plainText(text);
  return line.length <= length ? line : `${head(line, length)}… +${line.length - length}`;
}
