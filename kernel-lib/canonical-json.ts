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
  const reader = new Reader(raw, spacing);
  const out = reader.value();
  reader.end();
  return out;
}

/** Canonical JSON of an in-memory value; numbers print as JavaScript knows them (an integral number has no `.0`). */
export function canonicalJson(value: unknown, spacing: JsonSpacing): string {
  return canonicalizeJson(JSON.stringify(value) ?? "null", spacing);
}

/** An object of columns, given as name → already canonical JSON, as one canonical JSON object. */
export function joinCanonical(entries: Iterable<readonly [string, string]>, spacing: JsonSpacing): string {
  const [comma, colon] = SEPARATORS[spacing];
  return `{${sortByCodePoint([...entries], (e) => e[0])
    .map(([key, json]) => quote(key) + colon + json)
    .join(comma)}}`;
}

const SEPARATORS = { text: [", ", ": "], hash: [",", ":"] } as const;
const NUMBER = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;

class Reader {
  private at = 0;
  private readonly comma: string;
  private readonly colon: string;
  constructor(
    private readonly raw: string,
    spacing: JsonSpacing,
  ) {
    [this.comma, this.colon] = SEPARATORS[spacing];
  }

  value(): string {
    this.space();
    switch (this.raw[this.at]) {
      case "{":
        return this.object();
      case "[":
        return this.array();
      case '"':
        return quote(this.string());
      case "t":
        return this.word("true");
      case "f":
        return this.word("false");
      case "n":
        return this.word("null");
      default:
        return this.number();
    }
  }

  end(): void {
    this.space();
    if (this.at < this.raw.length) this.fail("end of text");
  }

  private object(): string {
    const members = new Map<string, string>();
    this.at++;
    this.space();
    if (this.raw[this.at] === "}") {
      this.at++;
      return "{}";
    }
    for (;;) {
      this.space();
      if (this.raw[this.at] !== '"') this.fail("a key");
      const key = this.string();
      this.space();
      this.expect(":");
      members.set(key, this.value()); // as in Python and JavaScript, the last of equal keys wins
      this.space();
      if (this.raw[this.at] === ",") this.at++;
      else break;
    }
    this.expect("}");
    const sorted = sortByCodePoint([...members], (entry) => entry[0]);
    return `{${sorted.map(([key, json]) => quote(key) + this.colon + json).join(this.comma)}}`;
  }

  private array(): string {
    const items: string[] = [];
    this.at++;
    this.space();
    if (this.raw[this.at] === "]") {
      this.at++;
      return "[]";
    }
    for (;;) {
      items.push(this.value());
      this.space();
      if (this.raw[this.at] === ",") this.at++;
      else break;
    }
    this.expect("]");
    return `[${items.join(this.comma)}]`;
  }

  private string(): string {
    const end = stringEnd(this.raw, this.at);
    const text = JSON.parse(this.raw.slice(this.at, end)) as string;
    this.at = end;
    return text;
  }

  private number(): string {
    NUMBER.lastIndex = this.at;
    const match = NUMBER.exec(this.raw);
    if (!match) return this.fail("a value");
    this.at = NUMBER.lastIndex;
    if (match[1] === undefined && match[2] === undefined) return match[0] === "-0" ? "0" : match[0];
    return pythonFloat(Number(match[0]));
  }

  private word(word: string): string {
    if (!this.raw.startsWith(word, this.at)) this.fail(word);
    this.at += word.length;
    return word;
  }

  private space(): void {
    for (;;) {
      const code = this.raw.charCodeAt(this.at);
      if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return;
      this.at++;
    }
  }

  private expect(char: string): void {
    if (this.raw[this.at] !== char) this.fail(`"${char}"`);
    this.at++;
  }

  private fail(expected: string): never {
    throw new SyntaxError(`not JSON: expected ${expected} at character ${this.at}`);
  }
}

/** Index after the closing quote of the JSON string that opens at `open`. */
export function stringEnd(raw: string, open: number): number {
  let close = raw.indexOf('"', open + 1);
  for (;;) {
    if (close < 0) throw new SyntaxError(`not JSON: string that opens at character ${open} never ends`);
    let backslashes = 0;
    while (raw.charCodeAt(close - 1 - backslashes) === 92) backslashes++;
    if (backslashes % 2 === 0) return close + 1;
    close = raw.indexOf('"', close + 1);
  }
}

/** JSON string literal as Python writes it; a lone surrogate, which UTF-8 cannot carry, stays escaped. */
function quote(text: string): string {
  return JSON.stringify(text);
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

/** Sorts by code point, as Python does. JavaScript's own order differs only where surrogates stand. */
function sortByCodePoint<T>(items: T[], key: (item: T) => string): T[] {
  return items.sort((a, b) => compareCodePoints(key(a), key(b)));
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
