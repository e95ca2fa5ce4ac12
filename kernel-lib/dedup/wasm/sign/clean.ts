/** The bodies of a row as one clean text: what is hashed and cut into words. */
import { bodiesFound, bodyEnd, bodyStart, findBodies } from "./bodies";
import { escapeBytes, escapedPoint } from "./json-field";
import { cleanRoom, cleanText } from "./text";
import { classOf, MARK, NFC_MAYBE, SPACE } from "./unicode";
import { decodedBytes, decodePoint, writePoint } from "./utf8";

/** The host writes the NFC form of the text at `at` to where it stood, if it fits `capacity`; gives its length. */
declare function nfc(at: usize, length: i32, capacity: i32): i32;

let cleanLength: i32 = 0;

export function cleanBytes(): i32 {
  return cleanLength;
}

/** Nothing stands in `clean`. */
export function cleanNothing(): void {
  cleanLength = 0;
}

/**
 * The bodies of the view stand in `clean`: white space collapsed to one space, none at the ends, a line feed after each
 * body, in Unicode NFC. With `collapse` false the bytes are taken as they are.
 */
export function cleanBodies(view: i32, collapse: bool): void {
  findBodies(view);
  const clean = cleanText();
  let to = clean;
  let unsure = false;
  for (let i = 0; i < bodiesFound(); i++) {
    const at = bodyStart(i);
    const end = bodyEnd(i);
    const from = to;
    if (!collapse) {
      memory.copy(to, at, end - at);
      to += end - at;
    } else {
      to = collapseInto(to, at, end, false);
      unsure = unsure || sawUnsure;
      if (to > from && load<u8>(to - 1) === 0x20) to--;
      if (to === from) continue;
    }
    if (to > from) {
      store<u8>(to, 0x0a);
      to++;
    }
  }
  cleanLength = <i32>(to - clean);
  if (unsure) cleanLength = nfc(clean, cleanLength, cleanRoom());
}

/**
 * As `cleanBodies` of a text that is one body and stands as a JSON string, its inside from `at`, in a line up to `end`: in
 * one pass, without unescaping it first. Gives the bytes of the unescaped text; -1 where the string is broken.
 */
export function cleanString(at: usize, end: usize): i32 {
  const clean = cleanText();
  let to = collapseInto(clean, at, end, true);
  if (stringEnd === 0) return -1;
  if (to > clean && load<u8>(to - 1) === 0x20) to--;
  if (to > clean) {
    store<u8>(to, 0x0a);
    to++;
  }
  cleanLength = <i32>(to - clean);
  if (sawUnsure) cleanLength = nfc(clean, cleanLength, cleanRoom());
  return <i32>(stringEnd - at) - spared;
}

let sawUnsure: bool = false;
/** Of the last JSON string: its closing quote (0: there is none), and how many bytes unescaping it spares. */
let stringEnd: usize = 0;
let spared: i32 = 0;

/** Copies with white space collapsed; with `escaped` the inside of a JSON string, up to its closing quote. */
function collapseInto(to: usize, at: usize, end: usize, escaped: bool): usize {
  const space = i8x16.splat(0x20);
  // What is special in a JSON string; elsewhere the same as any control character.
  const quote = i8x16.splat(escaped ? 0x22 : 0);
  const backslash = i8x16.splat(escaped ? 0x5c : 0);
  let afterSpace = 1;
  let afterMark = false;
  sawUnsure = false;
  stringEnd = 0;
  spared = 0;
  while (at < end) {
    const bytes = v128.load(at);
    const spaces = i8x16.bitmask(i8x16.eq(bytes, space));
    const special = v128.or(
      i8x16.lt_s(bytes, space),
      v128.or(i8x16.eq(bytes, quote), i8x16.eq(bytes, backslash)),
    );
    // Bit 16 stops the count, and so does the end of the text.
    const odd = i8x16.bitmask(special) | (spaces & ((spaces << 1) | afterSpace)) | 0x10000;
    const plain = min(<usize>ctz(odd), end - at);
    v128.store(to, bytes);
    if (plain > 0) {
      afterSpace = (spaces >> (<i32>plain - 1)) & 1;
      afterMark = false;
      at += plain;
      to += plain;
      if (plain === 16) continue;
    }
    // One by one, as long as characters are not plain.
    while (at < end) {
      const first = <i32>load<u8>(at);
      let point = first;
      let length: usize = 1;
      const isEscape = escaped && first === 0x5c;
      if (isEscape) {
        point = escapedPoint(at, end);
        if (point < 0) return to;
        if (point >= 0xd800 && point <= 0xdfff) point = 0xfffd; // as writePoint does
        length = escapeBytes() + 1;
        spared += <i32>length - (point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4);
      } else if (escaped && first === 0x22) {
        stringEnd = at;
        return to;
      } else if (first >= 0x80) {
        point = decodePoint(at, end);
        length = decodedBytes();
      } else if (first > 0x20 || (first === 0x20 && afterSpace === 0)) break;
      const isAscii = first < 0x80 && point < 0x80;
      const kind = isAscii ? (isBlank(point) ? SPACE : 0) : point < 0 ? 0 : classOf(point);
      if ((kind & 7) === SPACE) {
        at += length;
        afterMark = false;
        if (afterSpace !== 0) continue;
        store<u8>(to, 0x20);
        to++;
        afterSpace = 1;
        continue;
      }
      if ((kind & NFC_MAYBE) !== 0 || (afterMark && (kind & MARK) !== 0)) sawUnsure = true;
      afterMark = (kind & MARK) !== 0;
      afterSpace = 0;
      if (isEscape) to = writePoint(to, point);
      else {
        for (let i: usize = 0; i < length; i++) store<u8>(to + i, load<u8>(at + i));
        to += length;
      }
      at += length;
    }
  }
  return to;
}

/** ASCII white space. */
function isBlank(point: i32): bool {
  return point === 0x20 || (point >= 0x09 && point <= 0x0d);
}
