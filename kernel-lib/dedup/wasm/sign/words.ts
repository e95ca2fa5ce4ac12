/** Words of a clean text, lower-cased, and the hashes of their n-grams. */
import { allocate, SLACK } from "../memory";
import { ALONE, classOf, IGNORED, lowerOf, WORD } from "./unicode";
import { decodedBytes, decodePoint, writePoint } from "./utf8";

/** The text in lower case, and where words begin and end in it: begin, end, begin, end … */
let lower: usize = 0;
let edges: usize = 0;
let hashes: usize = 0;
let grams: usize = 0;
let room: i32 = 0;
let wordCount: i32 = 0;
let gramCount: i32 = 0;

export function wordsFound(): i32 {
  return wordCount;
}
export function gramsFound(): i32 {
  return gramCount;
}
export function gramHashes(): usize {
  return grams;
}
export function wordEdges(): usize {
  return edges;
}
export function lowerText(): usize {
  return lower;
}

/** A lower-cased character takes at most half as much room again; every byte may be a word. */
function reserve(length: i32): void {
  if (length <= room && lower !== 0) return;
  room = max(length + (length >> 1), 1 << 16);
  lower = allocate(<usize>room * 2 + SLACK);
  edges = allocate(<usize>room * 8 + SLACK);
  hashes = allocate(<usize>room * 8 + SLACK);
  grams = allocate(<usize>room * 8 + SLACK);
}

/** Bit i is set where byte i of 16 ASCII bytes in lower case belongs to a word. */
function wordBits(bytes: v128): i32 {
  const letters = i8x16.le_u(i8x16.sub(bytes, i8x16.splat(0x61)), i8x16.splat(25));
  const digits = i8x16.le_u(i8x16.sub(bytes, i8x16.splat(0x30)), i8x16.splat(9));
  return i8x16.bitmask(v128.or(v128.or(letters, digits), i8x16.eq(bytes, i8x16.splat(0x5f))));
}

function lowerCase(bytes: v128): v128 {
  const capitals = i8x16.le_u(i8x16.sub(bytes, i8x16.splat(0x41)), i8x16.splat(25));
  return v128.or(bytes, v128.and(capitals, i8x16.splat(0x20)));
}

/** Writes the place of each bit, counted from `base`; four at a time, the last ones of no meaning. Gives where they end. */
function storeEdges(edge: usize, changes: u64, base: u32): usize {
  const end = edge + ((<usize>popcnt(changes)) << 2);
  while (edge < end) {
    store<u32>(edge, base + <u32>ctz(changes));
    changes &= changes - 1;
    store<u32>(edge, base + <u32>ctz(changes), 4);
    changes &= changes - 1;
    store<u32>(edge, base + <u32>ctz(changes), 8);
    changes &= changes - 1;
    store<u32>(edge, base + <u32>ctz(changes), 12);
    changes &= changes - 1;
    edge += 16;
  }
  return end;
}

/** Fills `lower` and `edges`. */
function findWords(at: usize, length: i32): void {
  reserve(length);
  const end = at + <usize>length;
  let to = lower;
  let edge = edges;
  let inside: u64 = 0;
  while (at < end) {
    const left = end - at;
    if (left >= 64) {
      const a = v128.load(at);
      const b = v128.load(at, 16);
      const c = v128.load(at, 32);
      const d = v128.load(at, 48);
      if (i8x16.bitmask(v128.or(v128.or(a, b), v128.or(c, d))) === 0) {
        const e = lowerCase(a);
        const f = lowerCase(b);
        const g = lowerCase(c);
        const h = lowerCase(d);
        v128.store(to, e);
        v128.store(to, f, 16);
        v128.store(to, g, 32);
        v128.store(to, h, 48);
        const bits =
          <u64>wordBits(e) |
          ((<u64>wordBits(f)) << 16) |
          ((<u64>wordBits(g)) << 32) |
          ((<u64>wordBits(h)) << 48);
        edge = storeEdges(edge, bits ^ ((bits << 1) | inside), <u32>(to - lower));
        inside = bits >>> 63;
        at += 64;
        to += 64;
        continue;
      }
    }
    if (left >= 16) {
      const a = v128.load(at);
      if (i8x16.bitmask(a) === 0) {
        const e = lowerCase(a);
        v128.store(to, e);
        const bits = <u64>wordBits(e);
        edge = storeEdges(edge, (bits ^ ((bits << 1) | inside)) & 0xffff, <u32>(to - lower));
        inside = bits >>> 15;
        at += 16;
        to += 16;
        continue;
      }
    }
    const stop = min(at + 16, end);
    while (at < stop) {
      const point = decodePoint(at, end);
      at += decodedBytes();
      const kind = point < 0 ? 0 : classOf(point) & 7;
      if (kind === WORD) {
        if (inside === 0) {
          store<u32>(edge, <u32>(to - lower));
          edge += 4;
          inside = 1;
        }
        to = writePoint(to, lowerOf(point));
        continue;
      }
      if (kind === IGNORED) continue;
      if (inside !== 0) {
        store<u32>(edge, <u32>(to - lower));
        edge += 4;
        inside = 0;
      }
      if (kind === ALONE) {
        store<u32>(edge, <u32>(to - lower));
        to = writePoint(to, point);
        store<u32>(edge, <u32>(to - lower), 4);
        edge += 8;
      }
      // A byte between words, so that an end and the next begin never fall together.
      store<u8>(to, 0);
      to++;
    }
  }
  if (inside !== 0) {
    store<u32>(edge, <u32>(to - lower));
    edge += 4;
  }
  wordCount = <i32>((edge - edges) >> 3);
}

const P1: u64 = 0x9e3779b97f4a7c15;
const P2: u64 = 0xbf58476d1ce4e5b9;
const P3: u64 = 0x94d049bb133111eb;

/** Murmur3's finalizer with splitmix's constants: a bijection. */
export function mix(x: u64): u64 {
  x = (x ^ (x >>> 30)) * P2;
  x = (x ^ (x >>> 27)) * P3;
  return x ^ (x >>> 31);
}

/** Words of up to eight bytes never collide; longer ones as 64-bit hashes do. */
function hashWord(at: usize, length: u32): u64 {
  if (length <= 8) {
    const unused = <u64>(64 - (length << 3));
    const word = load<u64>(at) & (length === 0 ? 0 : <u64>-1 >>> unused);
    return (word ^ (word >>> 32)) * P2;
  }
  let hash: u64 = <u64>length * P1;
  let left = length;
  while (left > 8) {
    hash = (hash ^ load<u64>(at)) * P2;
    hash ^= hash >>> 29;
    at += 8;
    left -= 8;
  }
  const last = load<u64>(at) & (<u64>-1 >>> <u64>(64 - (left << 3)));
  hash = (hash ^ last) * P3;
  return hash ^ (hash >>> 32);
}

/** Finds the words of a text, and their hashes. */
function hashWords(at: usize, length: i32): void {
  findWords(at, length);
  let edge = edges;
  let to = hashes;
  const text = lower;
  const end = hashes + ((<usize>wordCount) << 3);
  while (to < end) {
    const begin = load<u32>(edge);
    store<u64>(to, hashWord(text + <usize>begin, load<u32>(edge, 4) - begin));
    edge += 8;
    to += 8;
  }
}

/**
 * The n-grams of the text's words as 64-bit hashes, one for each place: `gramHashes`. A text of fewer than `n` words has
 * one, of all its words; a text without words has none.
 */
export function findGrams(at: usize, length: i32, n: i32): void {
  hashWords(at, length);
  cutGrams(n);
}

/** The n-grams of the words found last. */
export function cutGrams(n: i32): void {
  const span = min(wordCount, n);
  gramCount = wordCount === 0 ? 0 : wordCount - span + 1;
  let power: u64 = 1;
  let rolling: u64 = <u64>(n - span) * P3;
  let from = hashes;
  for (let i = 0; i < span; i++) {
    rolling = rolling * P1 + load<u64>(from);
    power *= P1;
    from += 8;
  }
  if (gramCount === 0) return;
  let to = grams;
  const end = to + ((<usize>gramCount) << 3);
  const behind = (<usize>span) << 3;
  store<u64>(to, mix(rolling));
  for (to += 8; to < end; to += 8) {
    rolling = rolling * P1 + (load<u64>(from) - load<u64>(from - behind) * power);
    store<u64>(to, mix(rolling));
    from += 8;
  }
}
