/** A text out of a line of JSON, in one pass over the line's top level. */
import { reserveText, setTextLength } from "./text";
import { writePoint } from "./utf8";

/** Where JSON.parse would fail or no text stands. */
export const FOUND: i32 = 0;
export const ABSENT: i32 = 1;
export const NOT_TEXT: i32 = 2;
export const BROKEN: i32 = 3;

const QUOTE: i32 = 0x22;
const BACKSLASH: i32 = 0x5c;

/** The position of the next quote or backslash at or after `at`, or `end`. */
function endOfPlain(at: usize, end: usize): usize {
  const quote = i8x16.splat(<i8>QUOTE);
  const backslash = i8x16.splat(<i8>BACKSLASH);
  while (at < end) {
    const bytes = v128.load(at);
    const hits = i8x16.bitmask(v128.or(i8x16.eq(bytes, quote), i8x16.eq(bytes, backslash)));
    if (hits !== 0) return min(at + <usize>ctz(hits), end);
    at += 16;
  }
  return end;
}

/** The position of the quote that closes the string whose inside begins at `at`; `end` where none does. */
function endOfString(at: usize, end: usize): usize {
  while (true) {
    at = endOfPlain(at, end);
    if (at >= end || load<u8>(at) === QUOTE) return at;
    at += 2;
    if (at >= end) return end;
  }
}

function skipBlank(at: usize, end: usize): usize {
  while (at < end && load<u8>(at) <= 0x20) at++;
  return at;
}

/** The end of the value that begins at `at`. */
function endOfValue(at: usize, end: usize): usize {
  let depth = 0;
  while (at < end) {
    const byte = load<u8>(at);
    if (byte === QUOTE) {
      at = endOfString(at + 1, end) + 1;
      if (depth === 0) return min(at, end);
      continue;
    }
    if (byte === 0x7b || byte === 0x5b) depth++;
    else if (byte === 0x7d || byte === 0x5d) {
      if (depth === 0) return at;
      depth--;
      if (depth === 0) return at + 1;
    } else if (byte === 0x2c && depth === 0) return at;
    at++;
  }
  return end;
}

function same(a: usize, b: usize, length: usize): bool {
  for (let i: usize = 0; i < length; i++) if (load<u8>(a + i) !== load<u8>(b + i)) return false;
  return true;
}

/** Where the inside of the string found last begins. */
let inside: usize = 0;
export function stringStart(): usize {
  return inside;
}

/** Finds the text that stands under `name` at the top level of the JSON object between `at` and `end`: see `stringStart`. */
export function findField(at: usize, end: usize, name: usize, nameLength: usize): i32 {
  while (end > at && load<u8>(end - 1) <= 0x20) end--;
  if (end - at > 3 && (load<u32>(at) & 0xffffff) === 0xbfbbef) at += 3; // a byte order mark
  at = skipBlank(at, end);
  if (at + 2 > end || load<u8>(at) !== 0x7b || load<u8>(end - 1) !== 0x7d) return BROKEN;
  at++;
  while (true) {
    at = skipBlank(at, end);
    if (load<u8>(at) === 0x7d) return at + 1 === end ? ABSENT : BROKEN;
    if (at >= end || load<u8>(at) !== QUOTE) return BROKEN;
    const keyEnd = endOfString(at + 1, end);
    const hit = keyEnd - at - 1 === nameLength && same(at + 1, name, nameLength);
    at = skipBlank(keyEnd + 1, end);
    if (at >= end || load<u8>(at) !== 0x3a) return BROKEN;
    at = skipBlank(at + 1, end);
    if (at >= end) return BROKEN;
    if (hit) {
      inside = at + 1;
      if (load<u8>(at) === QUOTE) return FOUND;
      return load<u8>(at) === 0x6e ? ABSENT : NOT_TEXT;
    }
    at = skipBlank(endOfValue(at, end), end);
    if (at >= end) return BROKEN;
    const next = load<u8>(at);
    if (next === 0x2c) at++;
    else if (next !== 0x7d) return BROKEN;
  }
}

/** The string that `findField` found, in a line up to `end`, is the row's text. */
export function takeString(end: usize): i32 {
  return unescaped(inside, end, reserveText(<i32>(end - inside))) ? FOUND : BROKEN;
}

function hexDigit(byte: u8): i32 {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

/** The code unit of `\uXXXX` whose digits begin at `at`, or -1. */
function codeUnit(at: usize): i32 {
  let unit = 0;
  for (let i: usize = 0; i < 4; i++) {
    const digit = hexDigit(load<u8>(at + i));
    if (digit < 0) return -1;
    unit = (unit << 4) | digit;
  }
  return unit;
}

/** Bytes behind the backslash of the escape read last. */
let escapeLength: usize = 0;
export function escapeBytes(): usize {
  return escapeLength;
}

/** The code point of the escape whose backslash stands at `at`, in a line up to `end`; -1 where it is none. */
export function escapedPoint(at: usize, end: usize): i32 {
  if (at + 1 >= end) return -1;
  const letter = load<u8>(at, 1);
  escapeLength = 1;
  switch (letter) {
    case 0x6e:
      return 0x0a;
    case 0x74:
      return 0x09;
    case 0x72:
      return 0x0d;
    case 0x62:
      return 0x08;
    case 0x66:
      return 0x0c;
    case 0x22:
    case 0x5c:
    case 0x2f:
      return letter;
    case 0x75: {
      if (at + 6 > end) return -1;
      const point = codeUnit(at + 2);
      escapeLength = 5;
      if (point >= 0xd800 && point < 0xdc00 && at + 12 <= end && load<u16>(at, 6) === 0x755c) {
        const low = codeUnit(at + 8);
        if (low >= 0xdc00 && low < 0xe000) {
          escapeLength = 11;
          return 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00);
        }
      }
      return point;
    }
    default:
      return -1;
  }
}

/** The JSON string whose inside begins at `at`, unescaped, is the row's text; false where it does not end before `end`. */
function unescaped(at: usize, end: usize, text: usize): bool {
  const quote = i8x16.splat(<i8>QUOTE);
  const backslash = i8x16.splat(<i8>BACKSLASH);
  let to = text;
  while (at < end) {
    const bytes = v128.load(at);
    v128.store(to, bytes);
    const hits = i8x16.bitmask(v128.or(i8x16.eq(bytes, quote), i8x16.eq(bytes, backslash)));
    const plain = hits === 0 ? <usize>16 : <usize>ctz(hits);
    at += plain;
    to += plain;
    if (hits === 0) continue;
    if (at >= end) return false;
    if (load<u8>(at) === QUOTE) {
      setTextLength(<i32>(to - text));
      return true;
    }
    const point = escapedPoint(at, end);
    if (point < 0) return false;
    at += escapeLength + 1;
    to = writePoint(to, point);
  }
  return false;
}
