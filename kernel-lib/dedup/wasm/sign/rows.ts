/** Rows in, signatures out: what the host calls. Columns of up to `ROWS` rows lie in memory until the next call. */

import { allocate } from "../memory";
import { completionBytes } from "./bodies";
import { cleanBodies, cleanBytes, cleanNothing, cleanString } from "./clean";
import { BROKEN, FOUND, findField, stringStart, takeString } from "./json-field";
import { bandKeys, contentHash, lowBytes, prepareSketch, sketch } from "./sketch";
import { cleanText, reserveText, takeText } from "./text";
import { findGrams, gramHashes, gramsFound, wordsFound } from "./words";

/** Rows of one batch. */
export const ROWS: i32 = 4096;

/** Columns in the order of a signature file. Two 64-bit hashes of the content: */
const exacts: usize = allocate(<usize>ROWS * 16);
/** Offset in the file of the line (64-bit float), and its length: */
const places: usize = allocate(<usize>ROWS * 8);
const lengths: usize = allocate(<usize>ROWS * 4);
/** Bytes that the assistant wrote, words, n-grams, and 0 or why there is no text: */
const completions: usize = allocate(<usize>ROWS * 4);
const wordCounts: usize = allocate(<usize>ROWS * 4);
const gramCounts: usize = allocate(<usize>ROWS * 4);
const states: usize = allocate(<usize>ROWS * 4);
let keys: usize = 0;
let bytes: usize = 0;
let count: i32 = 0;

/** Names of JSON fields, 256 bytes each: the text's first, then those that `lineField` reads. */
const FIELDS: i32 = 8;
const FIELD_BYTES: usize = 256;
const fieldNames: usize = allocate(<usize>FIELDS * FIELD_BYTES);
const fieldLengths: usize = allocate(<usize>FIELDS * 4);
let viewBits: i32 = 0;
let ngram: i32 = 3;
let hashCount: i32 = 0;
let bandCount: i32 = 0;
let rowsPerBand: i32 = 0;
let collapsing: bool = true;

/** Where the host writes `length` bytes for `signLines` or `signText`. */
let inputAt: usize = 0;
let inputRoom: i32 = 0;
export function input(length: i32): usize {
  if (length > inputRoom) {
    inputRoom = length + (length >> 1);
    inputAt = allocate(<usize>inputRoom);
  }
  return inputAt;
}

/** Where the host writes the name, of at most 256 bytes, of field `slot`; 0 is the text. */
export function field(slot: i32, length: i32): usize {
  store<u32>(fieldLengths + ((<usize>slot) << 2), <u32>length);
  return fieldNames + <usize>slot * FIELD_BYTES;
}

function nameOf(slot: i32): usize {
  return fieldNames + <usize>slot * FIELD_BYTES;
}
function nameLength(slot: i32): usize {
  return <usize>load<u32>(fieldLengths + ((<usize>slot) << 2));
}

/** Takes a text field of the line in the first `length` bytes of the input: 0, and it stands in `textStart`; or why not. */
export function lineField(slot: i32, length: i32): i32 {
  const end = inputAt + <usize>length;
  const state = findField(inputAt, end, nameOf(slot), nameLength(slot));
  return state === FOUND ? takeString(end) : state;
}

/** `bands` 0: exact duplicates only, no sketch. */
export function configure(view: i32, n: i32, sketchSize: i32, bands: i32, rows: i32, collapse: i32): void {
  viewBits = view;
  ngram = n;
  hashCount = sketchSize;
  bandCount = bands;
  rowsPerBand = rows;
  collapsing = collapse !== 0;
  if (bands > 0) {
    prepareSketch(sketchSize);
    keys = allocate(<usize>ROWS * <usize>bands * 8);
    bytes = allocate(<usize>ROWS * <usize>sketchSize);
  }
}

/** Column `number` of the rows, as they stand in a signature file: see `exacts` and those behind it. */
export function column(number: i32): usize {
  switch (number) {
    case 0:
      return exacts;
    case 1:
      return places;
    case 2:
      return lengths;
    case 3:
      return completions;
    case 4:
      return wordCounts;
    case 5:
      return gramCounts;
    default:
      return states;
  }
}
/** For each band: ROWS places for the keys of rows. */
export function keyColumn(): usize {
  return keys;
}
/** Of each row: the low 8 bits of each value of the sketch. */
export function byteColumn(): usize {
  return bytes;
}
export function rowCount(): i32 {
  return count;
}
export function clearRows(): void {
  count = 0;
}

/** Bytes that the assistant wrote in the row cleaned last. */
let completion: i32 = 0;

/** Cleans the text of the line between `at` and `end`: 0, or why there is none. */
function cleanLine(at: usize, end: usize): i32 {
  completion = 0;
  cleanNothing();
  const state = findField(at, end, nameOf(0), nameLength(0));
  if (state !== FOUND) return state;
  const from = stringStart();
  // Harmony begins with `<`, which may be escaped.
  const first = load<u8>(from);
  if (collapsing && (viewBits === 0 || ((viewBits & 2) !== 0 && first !== 0x3c && first !== 0x5c))) {
    reserveText(<i32>(end - at));
    completion = cleanString(from, end);
    if (completion >= 0) return FOUND;
    completion = 0;
    return BROKEN;
  }
  const taken = takeString(end);
  if (taken === FOUND) cleanTaken();
  return taken;
}

/** Cleans the text that was taken. */
function cleanTaken(): void {
  cleanBodies(viewBits, collapsing);
  completion = completionBytes();
}

/** Adds the row that was cleaned, or of which `state` says why there is no text. */
function addRow(state: i32, place: f64, length: usize): void {
  const row = <usize>count;
  const at = row << 2;
  count++;
  store<f64>(places + (row << 3), place);
  store<u32>(lengths + at, <u32>length);
  store<u32>(completions + at, <u32>completion);
  store<u32>(states + at, cleanBytes() === 0 && state === FOUND ? <u32>EMPTY_TEXT : <u32>state);
  contentHash(cleanText(), cleanBytes(), exacts + (row << 4));
  if (bandCount === 0) {
    store<u32>(wordCounts + at, 0);
    store<u32>(gramCounts + at, 0);
    return;
  }
  findGrams(cleanText(), cleanBytes(), ngram);
  store<u32>(wordCounts + at, <u32>wordsFound());
  store<u32>(gramCounts + at, <u32>gramsFound());
  sketch(gramHashes(), gramsFound());
  bandKeys(keys + (row << 3), (<usize>ROWS) << 3, bandCount, rowsPerBand);
  lowBytes(bytes + row * <usize>hashCount);
}

/** A row whose text is empty or white space. */
const EMPTY_TEXT: i32 = 4;

/** Adds one row whose text is the first `length` bytes of the input. */
export function signText(length: i32): void {
  takeText(inputAt, length);
  cleanTaken();
  addRow(FOUND, 0, <usize>length);
}

/**
 * Adds the rows of the whole lines among the first `length` bytes of the input, until there are ROWS of them; blank lines
 * are none. `last`: what stands after the last line feed is a line too. `offset`: where the input begins in the file.
 * Gives the number of bytes used.
 */
export function signLines(from: i32, length: i32, last: i32, offset: f64): i32 {
  let at = inputAt + <usize>from;
  const end = inputAt + <usize>length;
  const feed = i8x16.splat(0x0a);
  while (at < end && count < ROWS) {
    let stop = at;
    while (true) {
      const hits = i8x16.bitmask(i8x16.eq(v128.load(stop), feed));
      if (hits !== 0) {
        stop += <usize>ctz(hits);
        break;
      }
      stop += 16;
      if (stop >= end) break;
    }
    if (stop >= end) {
      if (last === 0) break;
      stop = end;
    }
    let first = at;
    while (first < stop && load<u8>(first) <= 0x20) first++;
    if (first < stop) {
      addRow(cleanLine(first, stop), offset + <f64>(at - inputAt), stop - at);
    }
    at = stop + 1;
  }
  return <i32>(min(at, end) - inputAt);
}

/** Leaves the n-grams of the line (`json` 1) or text in the first `length` bytes of the input in `gramHashes`. */
export function gramsOf(length: i32, json: i32): i32 {
  if (json === 0) {
    takeText(inputAt, length);
    cleanTaken();
  } else if (cleanLine(inputAt, inputAt + <usize>length) !== FOUND) return 0;
  findGrams(cleanText(), cleanBytes(), ngram);
  return gramsFound();
}
