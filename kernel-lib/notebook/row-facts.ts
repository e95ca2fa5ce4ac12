/** What stands around a row's conversation: its keys, labels, the calls that go on from it, and its other columns. */

import { counted } from "./counts";
import { cutLine, cutText } from "./plain-text";
import { textOf } from "./turn";

type Row = Readonly<Record<string, unknown>>;

export interface RowFacts {
  /** Keys by name, in the order in which they are shown. */
  readonly keys: readonly (readonly [name: string, value: string])[];
  /** The label that was put on the row, and the patch: what it is, and why, by whom and when. */
  readonly marks: readonly { readonly title: string; readonly said: string }[];
  /** Lines of code that go on from this row; empty for rows that are in no run. */
  readonly calls: readonly string[];
  /** Tool schemas that the row carries as JSON, or where they stand. */
  readonly tools: { readonly title: string; readonly json: string | null } | null;
  /** Every other column with a value, on one line each, cut with the cut stated. */
  readonly columns: readonly (readonly [name: string, value: string])[];
}

const KEYS = ["row_key", "id", "text_id", "uuid"];
const LABEL = ["label", "label_reason", "label_author", "label_time"];
const PATCH = ["patch_reason", "patch_author", "patch_time"];
const CELL = 300;
const KEY = 1000;
const SCHEMAS = 50_000;

/** `shown`: columns that the conversation itself shows. */
export function rowFacts(row: Row, shown: readonly string[]): RowFacts {
  const keys = KEYS.filter((name) => textOf(row[name]) !== "").map(
    (name) => [name, cutLine(textOf(row[name]), KEY)] as const,
  );
  const tools = toolSchemas(row);
  const [isLabeled, isPatched] = [has(row, "label"), has(row, "patch")];
  const taken = new Set([
    ...[...shown, ...KEYS, ...(isLabeled ? LABEL : []), ...(isPatched ? PATCH : [])],
    ...(tools?.json ? ["tools"] : []),
  ]);
  return {
    keys,
    marks: [...(isLabeled ? [labelMark(row)] : []), ...(isPatched ? [patchMark(row)] : [])],
    calls: callsFor(row.row_key, isPatched),
    tools,
    columns: Object.entries(row)
      .filter(([name, value]) => !taken.has(name) && !["", "[]", "{}"].includes(textOf(value)))
      .map(([name, value]) => [cutLine(name, 120), cutLine(textOf(value), CELL)] as const),
  };
}

/** A dataset may have a column of the same name: only those of the overlay come with an author. */
function has(row: Row, overlay: "label" | "patch"): boolean {
  const value = overlay === "label" ? row.label : row.patch_text;
  return textOf(value) !== "" && row[`${overlay}_author`] !== undefined;
}

type Mark = RowFacts["marks"][number];

function labelMark(row: Row): Mark {
  return { title: `label: ${cutLine(textOf(row.label), CELL)}`, said: saidOf(row, "label") };
}

function patchMark(row: Row): Mark {
  const said = [saidOf(row, "patch"), "below is the row as it was; the new text is its column patch_text"];
  return { title: "patched", said: said.filter(Boolean).join(" · ") };
}

function saidOf(row: Row, overlay: "label" | "patch"): string {
  const [reason, author, time] = ["reason", "author", "time"].map((name) =>
    cutLine(textOf(row[`${overlay}_${name}`]), CELL),
  );
  return [reason, [author && `by ${author}`, time].filter(Boolean).join(", ")].filter(Boolean).join(" · ");
}

function callsFor(key: unknown, isPatched: boolean): string[] {
  if (typeof key !== "string" || key === "" || key.length > KEY) return [];
  const literal = codeText(key);
  return [
    ...[`await why(${literal})`, `await trace(${literal})`, 'label(row, "bad", { reason: "…" })'],
    'patch(row, { messages: […] }, { reason: "…" })',
    ...(isPatched ? ["showDifferences([row, { ...row, text: row.patch_text }])"] : []),
  ];
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
