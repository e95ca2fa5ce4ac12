/**
 * Finds the elements of one JSON array in bytes, however long it is and whether or not it has line breaks. Only what
 * separates elements is checked here; whether an element is JSON is for its parser to say.
 */
import type { RowFault, RowFinder, RowSink } from "./row-finder";

const QUOTE = 34;
const COMMA = 44;
const OPEN_BRACKET = 91;
const BACKSLASH = 92;
const CLOSE_BRACKET = 93;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;

/** Before: a value or `]` may come. Struct, Text, Word: inside an element. After: `,` or `]` must come. */
enum At {
  Before,
  Struct,
  Text,
  Word,
  After,
  Junk,
  Tail,
  TailJunk,
}

export class ArrayFinder implements RowFinder {
  private state = At.Before;
  private depth = 0;
  private inString = false;
  /** Whether an odd number of backslashes ended the string part seen so far. */
  private escaped = false;
  private start = -1;
  /** Byte after the comma (or bracket) that precedes the next element; -1 when junk or no comma stood there. */
  private cut = -1;
  private afterComma = false;
  private closed = false;
  /** Closing braces still to come after the array: 1 when an object wraps it. */
  private wrappers: number;

  /** `wrapped`: the array is the value of an object's only member. `resumed`: the bytes begin after a comma. */
  constructor({
    wrapped = false,
    resumed = false,
  }: { readonly wrapped?: boolean; readonly resumed?: boolean } = {}) {
    this.wrappers = wrapped ? 1 : 0;
    this.afterComma = resumed;
  }

  get openStart(): number {
    return this.start;
  }

  scan(bytes: Buffer, offset: number, sink: RowSink): void {
    const length = bytes.length;
    if (this.cut < 0 && this.start < 0 && this.state === At.Before) this.cut = offset;
    let i = 0;
    while (i < length) {
      switch (this.state) {
        case At.Struct:
          i = this.struct(bytes, i, offset, sink);
          break;
        case At.Text:
          i = this.stringPart(bytes, i);
          if (!this.inString) this.element(offset + i, sink);
          break;
        case At.Word: {
          while (i < length && !endsWord(bytes[i]!)) i++;
          if (i < length) this.element(offset + i, sink);
          break;
        }
        case At.Junk: {
          while (i < length && !endsJunk(bytes[i]!)) i++;
          if (i < length) this.junk(offset + i, sink);
          break;
        }
        case At.TailJunk:
          i = length;
          break;
        default: {
          const byte = bytes[i]!;
          if (isSpace(byte)) i++;
          else i = this.between(byte, i, offset, sink);
        }
      }
    }
  }

  /** A byte other than white space, outside elements. Gives the index to go on from. */
  private between(byte: number, i: number, offset: number, sink: RowSink): number {
    const position = offset + i;
    if (this.state === At.Tail) {
      if (byte === CLOSE_BRACE && this.wrappers > 0) {
        this.wrappers--;
        return i + 1;
      }
      this.start = position;
      this.state = At.TailJunk;
      return i;
    }
    if (byte === COMMA) {
      if (this.state === At.Before) sink.row(position, position, this.cut, EMPTY);
      this.state = At.Before;
      this.afterComma = true;
      this.cut = position + 1;
      return i + 1;
    }
    if (byte === CLOSE_BRACKET) {
      if (this.state === At.Before && this.afterComma) sink.row(position, position, this.cut, EMPTY);
      this.state = At.Tail;
      this.closed = true;
      return i + 1;
    }
    if (this.state === At.After) {
      if (byte !== OPEN_BRACE && byte !== OPEN_BRACKET) {
        this.start = position;
        this.state = At.Junk;
        return i;
      }
      sink.row(position, position, -1, NO_COMMA);
      this.cut = -1;
    }
    this.start = position;
    if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      this.state = At.Struct;
      this.depth = 1;
      return i + 1;
    }
    if (byte === QUOTE) {
      this.state = At.Text;
      this.inString = true;
      this.escaped = false;
      return i + 1;
    }
    this.state = At.Word;
    return i + 1;
  }

  /** Inside an object or array: only brackets outside strings count. */
  private struct(bytes: Buffer, from: number, offset: number, sink: RowSink): number {
    let i = from;
    let depth = this.depth;
    const length = bytes.length;
    while (i < length) {
      if (this.inString) {
        i = this.stringPart(bytes, i);
        continue;
      }
      const byte = bytes[i++]!;
      if (byte === QUOTE) {
        this.inString = true;
        this.escaped = false;
      } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth++;
      else if ((byte === CLOSE_BRACE || byte === CLOSE_BRACKET) && --depth === 0) {
        this.element(offset + i, sink);
        return i;
      }
    }
    this.depth = depth;
    return i;
  }

  /** Jumps from quote to quote; the index after the closing one, or the chunk's length while the string goes on. */
  private stringPart(bytes: Buffer, from: number): number {
    let quote = bytes.indexOf(QUOTE, from);
    while (quote >= 0) {
      if (!this.oddBackslashes(bytes, from, quote)) {
        this.inString = false;
        return quote + 1;
      }
      quote = bytes.indexOf(QUOTE, quote + 1);
    }
    this.escaped = this.oddBackslashes(bytes, from, bytes.length);
    return bytes.length;
  }

  private oddBackslashes(bytes: Buffer, from: number, before: number): boolean {
    let i = before - 1;
    while (i >= from && bytes[i] === BACKSLASH) i--;
    const odd = (before - 1 - i) % 2 === 1;
    return i < from ? odd !== this.escaped : odd;
  }

  private element(end: number, sink: RowSink): void {
    sink.row(this.start, end, this.cut, null);
    this.start = -1;
    this.cut = -1;
    this.depth = 0;
    this.state = At.After;
  }

  private junk(end: number, sink: RowSink): void {
    sink.row(this.start, end, -1, {
      reason: "not_json",
      detail: `junk between array elements: expected "," or "]" at byte ${this.start}`,
    });
    this.start = -1;
    this.state = At.After;
  }

  finish(end: number, atFileEnd: boolean, sink: RowSink): void {
    if (!atFileEnd) return;
    if (this.state === At.TailJunk) {
      sink.row(this.start, end, -1, {
        reason: "not_json",
        detail: `content after the end of the JSON array, at byte ${this.start}`,
      });
    } else if (this.start >= 0) {
      sink.row(this.start, end, this.cut, {
        reason: "not_json",
        detail: `the file ends inside this array element, at byte ${end}: it is cut short`,
      });
    } else if (!this.closed || this.wrappers > 0) {
      sink.row(end, end, -1, {
        reason: "not_json",
        detail: `the file ends at byte ${end} without the closing "${this.closed ? "}" : "]"}": it is cut short`,
      });
    }
    this.start = -1;
  }
}

const EMPTY: RowFault = { reason: "not_json", detail: "no element where one is expected: a comma too many" };
const NO_COMMA: RowFault = { reason: "not_json", detail: "the comma between two array elements is missing" };

function isSpace(byte: number): boolean {
  return byte === 32 || byte === 10 || byte === 13 || byte === 9;
}

function endsWord(byte: number): boolean {
  return (
    byte === COMMA || byte === CLOSE_BRACKET || byte === OPEN_BRACE || byte === OPEN_BRACKET || isSpace(byte)
  );
}

function endsJunk(byte: number): boolean {
  return byte === COMMA || byte === CLOSE_BRACKET || byte === OPEN_BRACE || byte === OPEN_BRACKET;
}
