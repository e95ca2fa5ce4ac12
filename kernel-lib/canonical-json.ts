/**
 * Canonical JSON: byte for byte what Python's `json.dumps(x, ensure_ascii=False, sort_keys=True)` prints. Ids and
 * joins with files that other people wrote depend on these bytes, so values are read from the raw JSON text:
 * JSON.parse would turn `1.0` into `1` and round integers beyond 2^53. Imports nothing.
 */

/** `text` separates with `", "` and `": "` (for columns people read), `hash` with `","` and `":"` (for ids). */
export type JsonSpacing = "text" | "hash";

/**
 * Canonical JSON of a raw JSON text that JSON.parse accepts; `1.0`, `1e22` and long integers keep Python's form.
 * @throws SyntaxError when the text is not JSON.
 * @example canonicalizeJson('{"b":1.0,"a":[1e22]}', "text") // '{"a": [1e+22], "b": 1.0}'
 */
export function canonicalizeJson(raw: string, spacing: JsonSpacing): string {
  return new Reader(raw, spacing).read();
}

/** Canonical JSON of an in-memory value; numbers print as JavaScript knows them (an integral number has no `.0`). */
export function canonicalJson(value: unknown, spacing: JsonSpacing): string {
  return canonicalizeJson(JSON.stringify(value) ?? "null", spacing);
}

/** An object of columns, given as name → already canonical JSON, as one canonical JSON object. */
export function joinCanonical(entries: Iterable<readonly [string, string]>, spacing: JsonSpacing): string {
  const [comma, colon] = SEPARATORS[spacing];
  const keys: string[] = [];
  const values: string[] = [];
  for (const [key, json] of entries) {
    keys.push(key);
    values.push(json);
  }
  return objectText(keys, values, comma, colon);
}

const SEPARATORS = { text: [", ", ": "], hash: [",", ":"] } as const;
const TAB = 9;
const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
const SPACE = 32;
const QUOTE = 34;
const COMMA = 44;
const MINUS = 45;
const DOT = 46;
const ZERO = 48;
const NINE = 57;
const COLON = 58;
const UPPER_E = 69;
const OPEN_BRACKET = 91;
const BACKSLASH = 92;
const CLOSE_BRACKET = 93;
const LOWER_E = 101;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;

/** An array or object that is being read; `keys` is null for an array. */
interface Container {
  readonly keys: string[] | null;
  readonly values: string[];
}

/** Reads without recursion: nesting is bounded by memory, not by the stack. */
class Reader {
  private at = 0;
  /** Position of the first backslash at or after `at`; the length of the text when there is none. */
  private backslash = -1;
  private readonly comma: string;
  private readonly colon: string;
  constructor(
    private readonly raw: string,
    spacing: JsonSpacing,
  ) {
    [this.comma, this.colon] = SEPARATORS[spacing];
  }

  read(): string {
    const open: Container[] = [];
    for (;;) {
      let done = this.begin(open);
      // A finished value may finish the containers around it.
      while (done !== null) {
        const container = open[open.length - 1];
        this.space();
        if (container === undefined) {
          if (this.at < this.raw.length) this.fail("end of text");
          return done;
        }
        container.values.push(done);
        done = this.proceed(open, container);
      }
    }
  }

  /** Reads a scalar or an empty container and returns it, or opens a container and returns null. */
  private begin(open: Container[]): string | null {
    this.space();
    const code = this.raw.charCodeAt(this.at);
    if (code === QUOTE) return this.string();
    if (code === OPEN_BRACE) {
      this.at++;
      this.space();
      if (this.raw.charCodeAt(this.at) === CLOSE_BRACE) {
        this.at++;
        return "{}";
      }
      const container = { keys: [], values: [] };
      open.push(container);
      this.key(container.keys);
      return null;
    }
    if (code === OPEN_BRACKET) {
      this.at++;
      this.space();
      if (this.raw.charCodeAt(this.at) === CLOSE_BRACKET) {
        this.at++;
        return "[]";
      }
      open.push({ keys: null, values: [] });
      return null;
    }
    if (code === MINUS || (code >= ZERO && code <= NINE)) return this.number();
    for (const word of WORDS) {
      if (this.raw.startsWith(word, this.at)) {
        this.at += word.length;
        return word;
      }
    }
    return this.fail("a value");
  }

  /** Goes past "," and returns null, or closes the container and returns it. */
  private proceed(open: Container[], { keys, values }: Container): string | null {
    const code = this.raw.charCodeAt(this.at++);
    if (keys === null) {
      if (code === COMMA) return null;
      if (code !== CLOSE_BRACKET) this.failBefore('"," or "]"');
      open.pop();
      return `[${values.join(this.comma)}]`;
    }
    if (code === COMMA) {
      this.space();
      this.key(keys);
      return null;
    }
    if (code !== CLOSE_BRACE) this.failBefore('"," or "}"');
    open.pop();
    return objectText(keys, values, this.comma, this.colon);
  }

  private key(keys: string[]): void {
    const { raw, at } = this;
    if (raw.charCodeAt(at) !== QUOTE) this.fail("a key");
    const json = this.string();
    keys.push(json.includes("\\") ? (JSON.parse(json) as string) : json.slice(1, -1));
    this.space();
    if (raw.charCodeAt(this.at) !== COLON) this.fail('":"');
    this.at++;
  }

  /** The canonical JSON of the string at `at`. A text without backslash is canonical already. */
  private string(): string {
    const { raw, at } = this;
    if (this.backslash < at) {
      const next = raw.indexOf("\\", at);
      this.backslash = next < 0 ? raw.length : next;
    }
    const close = raw.indexOf('"', at + 1);
    if (close > 0 && close < this.backslash) {
      this.at = close + 1;
      return raw.slice(at, close + 1);
    }
    const end = stringEnd(raw, at);
    this.at = end;
    return JSON.stringify(JSON.parse(raw.slice(at, end)));
  }

  private number(): string {
    const { raw, at } = this;
    const digits = raw.charCodeAt(at) === MINUS ? at + 1 : at;
    const wholeEnd = skipDigits(raw, digits);
    const next = raw.charCodeAt(wholeEnd);
    if (next !== DOT && next !== LOWER_E && next !== UPPER_E) {
      const isPadded = raw.charCodeAt(digits) === ZERO && wholeEnd > digits + 1;
      if (wholeEnd === digits || isPadded) return this.fail("a number");
      this.at = wholeEnd;
      const text = raw.slice(at, wholeEnd);
      return text === "-0" ? "0" : text;
    }
    FLOAT.lastIndex = at;
    const text = FLOAT.exec(raw)?.[0];
    if (text === undefined) return this.fail("a number");
    this.at = at + text.length;
    return isPlainFraction(text, wholeEnd - at) ? text : pythonFloat(Number(text));
  }

  private space(): void {
    for (;;) {
      const code = this.raw.charCodeAt(this.at);
      if (code !== SPACE && code !== LINE_FEED && code !== CARRIAGE_RETURN && code !== TAB) return;
      this.at++;
    }
  }

  private failBefore(expected: string): never {
    this.at--;
    return this.fail(expected);
  }

  private fail(expected: string): never {
    throw new SyntaxError(`not JSON: expected ${expected} at character ${this.at}`);
  }
}

const FLOAT = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORDS = ["true", "false", "null"];

function skipDigits(text: string, from: number): number {
  let at = from;
  for (;;) {
    const code = text.charCodeAt(at);
    if (!(code >= ZERO && code <= NINE)) return at;
    at++;
  }
}

/** True when a number stands as Python would print it: `0.6875`, at most 15 digits, no exponent, no idle zeros. */
function isPlainFraction(text: string, wholeLength: number): boolean {
  if (text.length > 16 || text.charCodeAt(0) === MINUS || text.charCodeAt(wholeLength) !== DOT) return false;
  const fraction = text.length - wholeLength - 1;
  if (fraction > 1 && text.charCodeAt(text.length - 1) === ZERO) return false;
  if (text.charCodeAt(0) === ZERO && text.startsWith("000", 2)) return false;
  for (let at = wholeLength + 1; at < text.length; at++) if (text.charCodeAt(at) > NINE) return false;
  return true;
}

/** Members as one object, keys sorted by code point; as in Python and JavaScript, the last of equal keys wins. */
function objectText(keys: string[], values: string[], comma: string, colon: string): string {
  sortMembers(keys, values);
  let out = "{";
  for (let at = 0; at < keys.length; at++) {
    if (keys[at] === keys[at + 1]) continue;
    if (out.length > 1) out += comma;
    out += quoteKey(keys[at]!) + colon + values[at]!;
  }
  return `${out}}`;
}

/** Sorts both lists by key, stably: by insertion where members are few, as they nearly always are. */
function sortMembers(keys: string[], values: string[]): void {
  if (keys.length > 32) {
    const order = keys.map((_, at) => at).sort((a, b) => compareCodePoints(keys[a]!, keys[b]!) || a - b);
    const sortedKeys = order.map((at) => keys[at]!);
    const sortedValues = order.map((at) => values[at]!);
    for (let at = 0; at < order.length; at++) {
      keys[at] = sortedKeys[at]!;
      values[at] = sortedValues[at]!;
    }
    return;
  }
  for (let next = 1; next < keys.length; next++) {
    const key = keys[next]!;
    const value = values[next]!;
    let at = next;
    for (; at > 0 && compareCodePoints(keys[at - 1]!, key) > 0; at--) {
      keys[at] = keys[at - 1]!;
      values[at] = values[at - 1]!;
    }
    keys[at] = key;
    values[at] = value;
  }
}

const PLAIN_KEY = /^[\w .-]*$/;

function quoteKey(key: string): string {
  return PLAIN_KEY.test(key) ? `"${key}"` : JSON.stringify(key);
}

/** Index after the closing quote of the JSON string that opens at `open`. */
export function stringEnd(raw: string, open: number): number {
  let close = raw.indexOf('"', open + 1);
  for (;;) {
    if (close < 0) throw new SyntaxError(`not JSON: string that opens at character ${open} never ends`);
    let backslashes = 0;
    while (raw.charCodeAt(close - 1 - backslashes) === BACKSLASH) backslashes++;
    if (backslashes % 2 === 0) return close + 1;
    close = raw.indexOf('"', close + 1);
  }
}

/** A float as Python's `repr` prints it: `1.0`, `1e+22`, `1e-05`. */
export function pythonFloat(value: number): string {
  if (!Number.isFinite(value)) return value > 0 ? "Infinity" : value < 0 ? "-Infinity" : "NaN";
  if (Object.is(value, -0)) return "-0.0";
  const [mantissa, exponentText] = value.toExponential().split("e") as [string, string];
  const exponent = Number(exponentText);
  if (value !== 0 && (exponent < -4 || exponent >= 16)) {
    const sign = exponent < 0 ? "-" : "+";
    return `${mantissa}e${sign}${String(Math.abs(exponent)).padStart(2, "0")}`;
  }
  if (exponent >= 0 || value === 0) {
    const plain = String(value); // below 1e16 JavaScript prints digits, never an exponent
    return plain.includes(".") ? plain : `${plain}.0`;
  }
  const digits = mantissa.replace("-", "").replace(".", "");
  return `${value < 0 ? "-" : ""}0.${"0".repeat(-exponent - 1)}${digits}`;
}

/** Order of two strings by code point: negative, zero or positive. */
export function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return surrogatesLast(x) - surrogatesLast(y);
  }
  return a.length - b.length;
}

/** A code unit's rank in code point order: surrogates (U+10000 and up) stand after U+E000–U+FFFF. */
function surrogatesLast(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
