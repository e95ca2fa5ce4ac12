/** The bodies of a row as one clean text: what is hashed and cut into words. */
import { bodiesFound, bodyEnd, bodyStart, findBodies } from "./bodies";
import { cleanRoom, cleanText } from "./text";
import { classOf, MARK, NFC_MAYBE, SPACE } from "./unicode";
import { decodedBytes, decodePoint } from "./utf8";

/** The host writes the NFC form of the text at `at` to where it stood, if it fits `capacity`; gives its length. */
declare function nfc(at: usize, length: i32, capacity: i32): i32;

let cleanLength: i32 = 0;

export function cleanBytes(): i32 {
  return cleanLength;
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
      to = collapseInto(to, at, end);
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

let sawUnsure: bool = false;

function collapseInto(to: usize, at: usize, end: usize): usize {
  const space = i8x16.splat(0x20);
  let afterSpace = 1;
  let afterMark = false;
  sawUnsure = false;
  while (at < end) {
    if (end - at >= 16) {
      const bytes = v128.load(at);
      const spaces = i8x16.bitmask(i8x16.eq(bytes, space));
      const odd = i8x16.bitmask(i8x16.lt_s(bytes, space)) | (spaces & ((spaces << 1) | afterSpace));
      if (odd === 0) {
        v128.store(to, bytes);
        afterSpace = (spaces >> 15) & 1;
        afterMark = false;
        at += 16;
        to += 16;
        continue;
      }
    }
    const stop = min(at + 16, end);
    while (at < stop) {
      const first = load<u8>(at);
      if (first < 0x80) {
        afterMark = false;
        at++;
        if (first === 0x20 || (first >= 0x09 && first <= 0x0d)) {
          if (afterSpace !== 0) continue;
          store<u8>(to, 0x20);
          afterSpace = 1;
        } else {
          store<u8>(to, first);
          afterSpace = 0;
        }
        to++;
        continue;
      }
      const point = decodePoint(at, end);
      const kind = point < 0 ? 0 : classOf(point);
      if ((kind & 7) === SPACE) {
        at += decodedBytes();
        if (afterSpace !== 0) continue;
        store<u8>(to, 0x20);
        to++;
        afterSpace = 1;
        afterMark = false;
        continue;
      }
      if ((kind & NFC_MAYBE) !== 0 || (afterMark && (kind & MARK) !== 0)) sawUnsure = true;
      afterMark = (kind & MARK) !== 0;
      for (let i: usize = 0; i < decodedBytes(); i++) store<u8>(to + i, load<u8>(at + i));
      to += decodedBytes();
      at += decodedBytes();
      afterSpace = 0;
    }
  }
  return to;
}
