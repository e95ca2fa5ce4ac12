/** SQL that finds text in message bodies and text columns. */

import { quoteName, quoteText } from "../db";
import { InputError, nearestNames } from "../errors";
import type { Column } from "./table-columns";

export interface SearchOptions {
  /** Only bodies of this role: `assistant`, `user`, … `gpt` and `human` count as assistant and user. */
  readonly role?: string;
  /** Only this column. Default: message columns and all text columns. */
  readonly column?: string;
  /** The text is an RE2 regular expression. Default false. */
  readonly regex?: boolean;
  /** Default false. */
  readonly caseSensitive?: boolean;
  /** At most this many rows, the first in order. Default: all. */
  readonly limit?: number;
}

const BODIES = ["content", "reasoning_content", "value", "text"];
const SPEAKER = ["role", "from"];
const ROLE_NAMES: Readonly<Record<string, readonly string[]>> = {
  assistant: ["assistant", "gpt", "chatgpt", "bot", "model"],
  user: ["user", "human"],
};

/**
 * A predicate that is true for rows in which a message body or text column holds `text`. Lists of messages are known
 * by their fields: role or from, and content, reasoning_content, value or text. Canonical rows are searched in their
 * messages (in `text` where those are null), so header words never match.
 * Throws InputError when there is nothing to search in, with the nearest names.
 */
export function searchPredicate(
  text: string,
  columns: readonly Column[],
  options: SearchOptions = {},
): string {
  const { role, column, regex = false, caseSensitive = false } = options;
  if (text === "") throw new InputError("search: empty text, expected words or a regular expression");
  const test = (value: string) => {
    if (regex) return `regexp_matches(${value}, ${quoteText(text)}, '${caseSensitive ? "c" : "i"}')`;
    if (caseSensitive) return `contains(${value}, ${quoteText(text)})`;
    return `contains(lower(${value}), lower(${quoteText(text)}))`;
  };
  const names = columns.map(({ name }) => name);
  const wanted = column === undefined ? columns : columns.filter(({ name }) => name === column);
  if (wanted.length === 0) {
    const near = nearestNames(column ?? "", names);
    throw new InputError(
      `search: no column ${column}; ${near.length > 0 ? `did you mean ${near.join(" or ")}?` : `it has ${names.join(", ")}`}`,
    );
  }
  const isCanonical = ["row_key", "text_id", "template"].every((name) => names.includes(name));
  const parts: string[] = [];
  for (const { name, type } of wanted) {
    const messages = messagePredicate(name, type, role, test);
    if (messages !== null) parts.push(messages);
    else if (type !== "VARCHAR" || role !== undefined) continue;
    else if (column !== undefined || !isCanonical) parts.push(test(quoteName(name)));
    else if (name === "text") parts.push(`(messages is null and ${test(quoteName(name))})`);
  }
  if (parts.length === 0) {
    const what = role === undefined ? "text or messages" : "messages with roles";
    throw new InputError(
      `search: no column with ${what}${column ? ` (${column} has none)` : ""}; the table has ${names.join(", ")}`,
    );
  }
  return `(${parts.map((part) => `coalesce(${part}, false)`).join(" or ")})`;
}

function messagePredicate(
  name: string,
  type: string,
  role: string | undefined,
  test: (value: string) => string,
): string | null {
  const isJson = type === "JSON";
  const isList = /^STRUCT\(.*\)\[\]$/s.test(type);
  if (isJson ? !/^(messages|conversations?|chosen|rejected|prompt|turns|dialog(ue)?)$/i.test(name) : !isList)
    return null;
  const has = (field: string) => new RegExp(`(?:\\(|, )"?${field}"? `, "i").test(type);
  const bodies = isJson ? BODIES : BODIES.filter(has);
  const speakers = isJson ? SPEAKER : SPEAKER.filter(has);
  if (bodies.length === 0 || (role !== undefined && speakers.length === 0)) return null;
  const get = (field: string) =>
    isJson ? `json_extract_string(m, '/${field}')` : `m.${quoteName(field)}::varchar`;
  const found = bodies.map((field) => `coalesce(${test(get(field))}, false)`).join(" or ");
  const roles = role === undefined ? [] : (ROLE_NAMES[role] ?? [role]);
  const who =
    role === undefined
      ? ""
      : `(${speakers.map((field) => `coalesce(${get(field)} in (${roles.map(quoteText).join(", ")}), false)`).join(" or ")}) and `;
  const list = isJson ? `try_cast(${quoteName(name)} as json[])` : quoteName(name);
  return `len(list_filter(${list}, lambda m: ${who}(${found}))) > 0`;
}
