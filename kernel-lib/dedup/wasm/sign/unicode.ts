/** What a code point is to a tokenizer. The tables come from word-classes.json, so that they change with no runtime. */
import { allocate } from "../memory";

/** Kinds, in the three lowest bits. */
export const SEPARATOR: i32 = 0;
/** Part of a word: letters, digits, marks, underscore. */
export const WORD: i32 = 1;
/** A word of its own: Han, kana, Thai, emoji … scripts without spaces. */
export const ALONE: i32 = 2;
/** Neither ends a word nor stands in one: soft hyphen, zero-width joiner, variation selectors. */
export const IGNORED: i32 = 3;
export const SPACE: i32 = 4;
/** NFC may change it, alone or behind another character. */
export const NFC_MAYBE: i32 = 8;
/** Of a combining class other than 0: two in a row may stand in another order in NFC. */
export const MARK: i32 = 16;

const PAGES: i32 = 0x1100;
const pages: usize = allocate(<usize>PAGES);
const lowerPages: usize = allocate(<usize>PAGES);
let classes: usize = 0;
let lowers: usize = 0;

/** Where the host writes, for each page of 256 code points, the number of its block of classes. */
export function classPages(): usize {
  return pages;
}
/** As `classPages`, for the blocks of differences to the lower case. */
export function lowerCasePages(): usize {
  return lowerPages;
}
/** Where the host writes `blocks` blocks of 256 bytes. */
export function classBlocks(blocks: i32): usize {
  classes = allocate((<usize>blocks) << 8);
  return classes;
}
/** Where the host writes `blocks` blocks of 256 differences of 4 bytes. */
export function lowerCaseBlocks(blocks: i32): usize {
  lowers = allocate((<usize>blocks) << 10);
  return lowers;
}

export function classOf(point: i32): i32 {
  const block = <usize>load<u8>(pages + <usize>(point >> 8));
  return <i32>load<u8>(classes + (block << 8) + <usize>(point & 255));
}

export function lowerOf(point: i32): i32 {
  const block = <usize>load<u8>(lowerPages + <usize>(point >> 8));
  return point + load<i32>(lowers + (block << 10) + ((<usize>(point & 255)) << 2));
}
