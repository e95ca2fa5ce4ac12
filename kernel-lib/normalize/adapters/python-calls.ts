/** A call as Python writes it: a name, and its keyword arguments as JSON text. */
export interface PythonCall {
  readonly name: string;
  readonly arguments: string;
}

/**
 * The calls in a text such as `area(radius=5, unit="m")`, one after another, with arguments as one JSON object in the
 * order written (`True`, `False`, `None` and single quotes are read as Python does); null when the text is anything
 * else, positional arguments included.
 * @example parsePythonCalls("f(a=1)") // [{ name: "f", arguments: '{"a": 1}' }]
 */
export function parsePythonCalls(text: string): PythonCall[] | null {
  const reader = new Reader(text);
  try {
    return reader.calls();
  } catch (error) {
    if (error instanceof NotACall || error instanceof RangeError) return null;
    throw error;
  }
}

class NotACall extends Error {}

const NAME = /[A-Za-z_][\w.-]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORDS = new Map([
  ["True", "true"],
  ["true", "true"],
  ["False", "false"],
  ["false", "false"],
  ["None", "null"],
  ["null", "null"],
]);
const ESCAPES: Record<string, string> = { n: "\n", t: "\t", r: "\r", b: "\b", f: "\f", "0": "\0" };

class Reader {
  private at = 0;
  constructor(private readonly text: string) {}

  calls(): PythonCall[] {
    const calls: PythonCall[] = [];
    for (this.space(); this.at < this.text.length; this.space()) {
      const name = this.match(NAME);
      this.expect("(");
      calls.push({ name, arguments: this.members(")", () => this.keyword()) });
      this.space();
      if (this.text[this.at] === "," || this.text[this.at] === ";") this.at++;
    }
    return calls;
  }

  private keyword(): string {
    const key = this.match(NAME);
    this.space();
    this.expect("=");
    return `${JSON.stringify(key)}: ${this.value()}`;
  }

  private value(): string {
    this.space();
    const char = this.text[this.at];
    if (char === '"' || char === "'") return JSON.stringify(this.string(char));
    if (char === "[") {
      this.at++;
      return this.members("]", () => this.value(), "[]");
    }
    if (char === "{") {
      this.at++;
      return this.members("}", () => this.member());
    }
    if (char === "-" || (char !== undefined && char >= "0" && char <= "9")) return this.match(NUMBER);
    const word = WORDS.get(this.match(NAME));
    if (word === undefined) throw new NotACall();
    return word;
  }

  private member(): string {
    const quote = this.text[this.at];
    if (quote !== '"' && quote !== "'") throw new NotACall();
    const key = this.string(quote);
    this.space();
    this.expect(":");
    return `${JSON.stringify(key)}: ${this.value()}`;
  }

  private members(close: string, read: () => string, brackets = "{}"): string {
    const parts: string[] = [];
    for (this.space(); this.text[this.at] !== close; this.space()) {
      if (parts.length > 0) {
        this.expect(",");
        this.space();
        if (this.text[this.at] === close) break;
      }
      parts.push(read());
    }
    this.at++;
    return brackets[0] + parts.join(", ") + brackets[1];
  }

  private string(quote: string): string {
    let out = "";
    for (this.at++; ; this.at++) {
      const char = this.text[this.at];
      if (char === undefined) throw new NotACall();
      if (char === quote) break;
      if (char !== "\\") out += char;
      else out += this.escape();
    }
    this.at++;
    return out;
  }

  private escape(): string {
    const char = this.text[++this.at];
    if (char === undefined) throw new NotACall();
    if (char === "u" || char === "x") {
      const length = char === "u" ? 4 : 2;
      const digits = this.text.slice(this.at + 1, this.at + 1 + length);
      if (!/^[0-9a-fA-F]+$/.test(digits) || digits.length !== length) throw new NotACall();
      this.at += length;
      return String.fromCharCode(Number.parseInt(digits, 16));
    }
    return ESCAPES[char] ?? ("\"'\\/".includes(char) ? char : `\\${char}`);
  }

  private match(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    if (found === undefined) throw new NotACall();
    this.at += found.length;
    return found;
  }

  private space(): void {
    while (" \t\r\n".includes(this.text[this.at] ?? "x")) this.at++;
  }

  private expect(char: string): void {
    if (this.text[this.at] !== char) throw new NotACall();
    this.at++;
  }
}
