/** What stands around a row's conversation: its keys, labels, the calls that go on from it, and its other columns. */

import { counted } from "./counts";
import { cutLine, cutText } from "./plain-text";
import { textOf } from "./turn";

type Row = Readonly<Record<string, unknown>>;

export interface RowFacts {
  /** Keys by name, in the order in which they are shown. */
  readonly keys: readonly (readonly [name: string, value: string])[];
  /** The label that was put on the row, or null. */
  readonly label: { readonly value: string; readonly said: string } | null;
  /** Lines of code that go on from this row; empty for rows that are in no run. */
  readonly calls: readonly string[];
  /** Tool schemas that the row carries as JSON, or where they stand. */
  readonly tools: { readonly title: string; readonly json: string | null } | null;
  /** Every other column with a value, on one line each, cut with the cut stated. */
  readonly columns: readonly (readonly [name: string, value: string])[];
}

const KEYS = ["row_key", "id", "text_id", "uuid"];
const LABEL = ["label", "label_reason", "label_author", "label_time"];
const CELL = 300;
const KEY = 1000;
const SCHEMAS = 50_000;

/** `shown`: columns that the conversation itself shows. */
export function rowFacts(row: Row, shown: readonly string[]): RowFacts {
  const keys = KEYS.filter((name) => textOf(row[name]) !== "").map(
    (name) => [name, cutLine(textOf(row[name]), KEY)] as const,
  );
  const tools = toolSchemas(row);
  const label = labelOf(row);
  const taken = new Set([...shown, ...KEYS, ...(label ? LABEL : []), ...(tools?.json ? ["tools"] : [])]);
  return {
    keys,
    label,
    calls: callsFor(row.row_key),
    tools,
    columns: Object.entries(row)
      .filter(([name, value]) => !taken.has(name) && !["", "[]", "{}"].includes(textOf(value)))
      .map(([name, value]) => [cutLine(name, 120), cutLine(textOf(value), CELL)] as const),
  };
}

function labelOf(row: Row): RowFacts["label"] {
  const value = textOf(row.label);
  // A dataset may have a column `label` of its own: only those of the label overlay come with an author.
  if (value === "" || row.label_author === undefined) return null;
  const [reason, author, time] = LABEL.slice(1).map((name) => cutLine(textOf(row[name]), CELL));
  const said = [reason, [author && `by ${author}`, time].filter(Boolean).join(", ")];
  return { value: cutLine(value, CELL), said: said.filter(Boolean).join(" · ") };
}

function callsFor(key: unknown): string[] {
  if (typeof key !== "string" || key === "" || key.length > KEY) return [];
  const literal = codeText(key);
  return [`await why(${literal})`, `await trace(${literal})`, 'label(row, "bad", { reason: "…" })'];
}

/** The text as a string literal in which no character is invisible. */
function codeText(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\u00a0\u00ad\u061c\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function toolSchemas(row: Row): RowFacts["tools"] {
  const json = textOf(row.tools);
  if (json !== "" && json !== "[]" && json !== "null")
    return { title: "tool schemas", json: cutText(json, SCHEMAS) };
  const count = Number(row.source_tools_count ?? 0);
  if (!(count > 0)) return null;
  const id = cutLine(textOf(row.source_tools_id), 60);
  return { title: `${counted(count, "tool schema")} declared: ${id} in tools_catalog.json`, json: null };
}
