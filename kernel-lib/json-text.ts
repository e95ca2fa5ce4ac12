/**
 * A source row as JSON text: its columns are cut out of the text by a strict scan of the top level, and each cut is
 * parsed. The text is accepted exactly when JSON.parse accepts it and it is an object. Keeping the cuts makes two
 * things possible: canonical JSON from the original digits, and caching of columns that repeat (tool schemas).
 */
import { stringEnd } from "./canonical-json";

/** Why a text is not a row. `character` is an index into the text. */
export class RowSyntaxError extends Error {
  override name = "RowSyntaxError";
  constructor(
    readonly reason: "blank" | "not_json" | "not_an_object",
    detail: string,
  ) {
    super(detail);
  }
}

/** Remembers what a column's raw text parsed to. Bounded: when full, it starts again empty. */
export class ColumnCache {
  private readonly entries = new Map<string, unknown>();
  private characters = 0;
  constructor(private readonly maxCharacters = 16 * 1024 * 1024) {}

  /** The value of `raw`; equal texts give the same (shared, not to be mutated) object. */
  parse(raw: string): unknown {
    const known = this.entries.get(raw);
    if (known !== undefined) return known;
    const value: unknown = JSON.parse(raw);
    if (this.characters + raw.length > this.maxCharacters) {
      this.entries.clear();
      this.characters = 0;
    }
    this.entries.set(detach(raw), value);
    this.characters += raw.length;
    return value;
  }
}

/** A copy that does not keep the long line alive from which it was cut. */
export function detach(text: string): string {
  return Buffer.from(text, "utf16le").toString("utf16le");
}

/** A parsed source row: column values, and the raw JSON text of each column. */
export interface SourceRow {
  /** Column → parsed value, without a prototype. Values of cached columns are shared: never mutate. */
  readonly values: Readonly<Record<string, unknown>>;
  /** Column → its JSON text as it stood in the source. */
  readonly raw: ReadonlyMap<string, string>;
}

/**
 * The row that `text` holds.
 * @throws RowSyntaxError exactly when JSON.parse rejects the text, or when it is not an object.
 * @example parseRow('{"n": 1.0}').raw.get("n") // "1.0"
 */
export function parseRow(
  text: string,
  { caches }: { readonly caches?: ReadonlyMap<string, ColumnCache> } = {},
): SourceRow {
  const raw = new Map<string, string>();
  const values = Object.create(null) as Record<string, unknown>;
  let at = skipSpace(text, 0);
  if (at === text.length) throw new RowSyntaxError("blank", "blank line");
  if (text.charCodeAt(at) !== OPEN_BRACE) throw notAnObject(text);
  try {
    at = skipSpace(text, at + 1);
    if (text.charCodeAt(at) === CLOSE_BRACE) at++;
    else {
      for (;;) {
        if (text.charCodeAt(at) !== QUOTE) throw unexpected(text, at, "a column name in double quotes");
        const keyEnd = stringEnd(text, at);
        const key = keyText(text, at, keyEnd);
        at = skipSpace(text, keyEnd);
        if (text.charCodeAt(at) !== COLON) throw unexpected(text, at, '":"');
        at = skipSpace(text, at + 1);
        const end = valueEnd(text, at);
        const slice = text.slice(at, end);
        const cache = caches?.get(key);
        values[key] = cache ? cache.parse(slice) : JSON.parse(slice);
        raw.set(key, slice);
        at = skipSpace(text, end);
        const next = text.charCodeAt(at);
        if (next === CLOSE_BRACE) {
          at++;
          break;
        }
        if (next !== COMMA) throw unexpected(text, at, '"," or "}"');
        at = skipSpace(text, at + 1);
      }
    }
    at = skipSpace(text, at);
    if (at < text.length) throw unexpected(text, at, "end of line");
  } catch (error) {
    if (error instanceof SyntaxError) throw new RowSyntaxError("not_json", describe(text, error));
    throw error;
  }
  return { values, raw };
}

/**
 * The raw JSON texts of the elements of an array.
 * @param raw JSON text of an array that JSON.parse accepts; of other text the result means nothing.
 * @example cutArray('[1.0, "a"]') // ["1.0", '"a"']
 */
export function cutArray(raw: string): string[] {
  const items: string[] = [];
  let at = skipSpace(raw, skipSpace(raw, 0) + 1);
  if (raw.charCodeAt(at) === CLOSE_BRACKET) return items;
  while (at < raw.length) {
    const end = valueEnd(raw, at);
    items.push(raw.slice(at, end));
    at = skipSpace(raw, end);
    if (raw.charCodeAt(at) !== COMMA) break;
    at = skipSpace(raw, at + 1);
  }
  return items;
}

/**
 * Key → raw JSON text of each member of an object; of equal keys the last one counts.
 * @param raw JSON text of an object that JSON.parse accepts; of other text the result means nothing.
 * @example cutObject('{"n": 1.0}').get("n") // "1.0"
 */
export function cutObject(raw: string): Map<string, string> {
  const members = new Map<string, string>();
  let at = skipSpace(raw, skipSpace(raw, 0) + 1);
  while (raw.charCodeAt(at) === QUOTE) {
    const keyEnd = stringEnd(raw, at);
    const key = keyText(raw, at, keyEnd);
    at = skipSpace(raw, skipSpace(raw, keyEnd) + 1);
    const end = valueEnd(raw, at);
    members.set(key, raw.slice(at, end));
    at = skipSpace(raw, end);
    if (raw.charCodeAt(at) !== COMMA) break;
    at = skipSpace(raw, at + 1);
  }
  return members;
}

const QUOTE = 34;
const COMMA = 44;
const COLON = 58;
const OPEN_BRACKET = 91;
const BACKSLASH = 92;
const CLOSE_BRACKET = 93;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;

/** The key whose literal stands from `start` to `end`, quotes included; a plain one needs no parser. */
function keyText(raw: string, start: number, end: number): string {
  for (let at = start + 1; at < end - 1; at++) {
    const code = raw.charCodeAt(at);
    if (code === BACKSLASH || code < 32) return JSON.parse(raw.slice(start, end)) as string;
  }
  return raw.slice(start + 1, end - 1);
}

function skipSpace(text: string, from: number): number {
  let at = from;
  for (;;) {
    const code = text.charCodeAt(at);
    if (code !== 32 && code !== 9 && code !== 10 && code !== 13) return at;
    at++;
  }
}

/** Index after the value that begins at `at`; whether the value is valid is JSON.parse's to say. */
function valueEnd(text: string, at: number): number {
  const first = text.charCodeAt(at);
  if (first === QUOTE) return stringEnd(text, at);
  let i = at;
  if (first !== OPEN_BRACE && first !== OPEN_BRACKET) {
    for (; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code === COMMA || code === CLOSE_BRACE || code === CLOSE_BRACKET || code <= 32) break;
    }
    return i;
  }
  let depth = 0;
  while (i < text.length) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) {
      i = stringEnd(text, i);
      continue;
    }
    if (code === OPEN_BRACE || code === OPEN_BRACKET) depth++;
    else if ((code === CLOSE_BRACE || code === CLOSE_BRACKET) && --depth === 0) return i + 1;
    i++;
  }
  return i;
}

function unexpected(text: string, at: number, expected: string): SyntaxError {
  const got = at < text.length ? JSON.stringify(text[at]) : "the end";
  return new SyntaxError(`expected ${expected} at character ${at}, got ${got}`);
}

function notAnObject(text: string): RowSyntaxError {
  try {
    const value: unknown = JSON.parse(text);
    const kind = Array.isArray(value) ? "an array" : value === null ? "null" : `a ${typeof value}`;
    return new RowSyntaxError("not_an_object", `expected a JSON object, got ${kind}`);
  } catch (error) {
    return new RowSyntaxError("not_json", describe(text, error as SyntaxError));
  }
}

/** What is wrong with the text, in the words of a parse of all of it: positions then count from its start. */
function describe(text: string, error: SyntaxError): string {
  try {
    JSON.parse(text);
  } catch (whole) {
    return (whole as Error).message.slice(0, 200);
  }
  return error.message.slice(0, 200);
}
