/** The text of one row, unescaped: where the readers leave it and the others find it. */
import { allocate } from "../memory";

/** The unescaped text; the same after collapsing. Both grow. */
let text: usize = 0;
let clean: usize = 0;
let room: i32 = 0;
let textLength: i32 = 0;

/** A text of `length` bytes can be taken in: NFC may need three times the room. Gives where it is to be written. */
export function reserveText(length: i32): usize {
  if (length > room || text === 0) {
    room = max(length + (length >> 1), 1 << 16);
    text = allocate(<usize>room);
    clean = allocate(<usize>room * 3 + 64);
  }
  textLength = 0;
  return text;
}

/** What was written is the row's text. */
export function setTextLength(length: i32): void {
  textLength = length;
}

/** Takes `length` bytes of UTF-8 as the row's text. */
export function takeText(at: usize, length: i32): void {
  memory.copy(reserveText(length), at, <usize>length);
  textLength = length;
}

export function textStart(): usize {
  return text;
}
export function textBytes(): i32 {
  return textLength;
}
export function cleanText(): usize {
  return clean;
}
/** Bytes that fit `cleanText`. */
export function cleanRoom(): i32 {
  return room * 3;
}
