/**
 * Fast similarity sketching (Dahlgaard, Knudsen, Thorup, FOCS 2017): 128 values of a set, each from a bin of its own,
 * the share of equal values an unbiased estimate of the Jaccard similarity. A value is its round (8 bits) and 24 bits of hash.
 */
import { allocate } from "../memory";
import { mix } from "./words";

export const MOST: i32 = 256;
const EMPTY: u32 = 0xffffffff;
const values: usize = allocate(<usize>MOST * 4);
/** Odd multipliers, one a round. */
const factors: usize = allocate(<usize>MOST * 2 * 8);
let bins: i32 = 0;
let binBits: u64 = 0;

export function sketchValues(): usize {
  return values;
}

/** `count` values a sketch: a power of two from 8 to 128. */
export function prepareSketch(count: i32): void {
  bins = count;
  binBits = <u64>(64 - ctz(count));
  for (let i = 0; i < count * 2; i++) store<u64>(factors + ((<usize>i) << 3), mix(<u64>(i + 1)) | 1);
}

/** Rounds in which every hash is written to its bin; later ones find few that take it. */
const DENSE: i32 = 2;

/** The sketch of `count` hashes of 64 bits; repeated ones change nothing. Of no hashes: all values EMPTY. */
export function sketch(hashes: usize, count: i32): void {
  const none = i32x4.splat(-1);
  for (let i = 0; i < bins; i += 4) v128.store(values + ((<usize>i) << 2), none);
  if (count === 0) return;
  const end = hashes + ((<usize>count) << 3);
  const shift = binBits;
  let filled = 0;
  for (let round = 0; round < DENSE; round++) {
    const factor = load<u64>(factors + ((<usize>round) << 3));
    const prefix = (<u32>round) << 24;
    for (let at = hashes; at < end; at += 8) {
      const hash = load<u64>(at) * factor;
      const slot = values + ((<usize>(hash >>> shift)) << 2);
      const value = prefix | (<u32>(hash >>> 24) & 0xffffff);
      const before = load<u32>(slot);
      filled += <i32>(before === EMPTY);
      store<u32>(slot, min(before, value));
    }
    if (filled === bins) return;
  }
  for (let round = DENSE; round < bins; round++) {
    const factor = load<u64>(factors + ((<usize>round) << 3));
    const prefix = (<u32>round) << 24;
    for (let at = hashes; at < end; at += 8) {
      const hash = load<u64>(at) * factor;
      const slot = values + ((<usize>(hash >>> shift)) << 2);
      const before = load<u32>(slot);
      if (before < prefix) continue; // of an earlier round, and so smaller
      filled += <i32>(before === EMPTY);
      store<u32>(slot, min(before, prefix | (<u32>(hash >>> 24) & 0xffffff)));
    }
    if (filled === bins) return;
  }
  for (let bin = 0; bin < bins; bin++) {
    const slot = values + ((<usize>bin) << 2);
    if (load<u32>(slot) !== EMPTY) continue;
    const round = bins + bin;
    const factor = load<u64>(factors + ((<usize>round) << 3));
    let least: u32 = 0xffffff;
    for (let at = hashes; at < end; at += 8)
      least = min(least, <u32>((load<u64>(at) * factor) >>> 32) & 0xffffff);
    store<u32>(slot, ((<u32>min(round, 255)) << 24) | min(least, 0xfffffe));
  }
}

/** Writes `bands` keys of 64 bits, `stride` bytes apart, each of `rows` values in order; equal keys mean equal values. */
export function bandKeys(to: usize, stride: usize, bands: i32, rows: i32): void {
  let at = values;
  for (let band = 0; band < bands; band++) {
    let key: u64 = <u64>(band + 1) * 0x9e3779b97f4a7c15;
    for (let row = 0; row < rows; row++) {
      key = (key ^ <u64>load<u32>(at)) * 0xbf58476d1ce4e5b9;
      key ^= key >>> 32;
      at += 4;
    }
    store<u64>(to + <usize>band * stride, key);
  }
}

/** Writes the low 8 bits of each value. */
export function lowBytes(to: usize): void {
  const low = i32x4.splat(0xff);
  for (let i: usize = 0; i < <usize>bins; i += 16) {
    const at = values + (i << 2);
    const a = i16x8.narrow_i32x4_u(v128.and(v128.load(at), low), v128.and(v128.load(at, 16), low));
    const b = i16x8.narrow_i32x4_u(v128.and(v128.load(at, 32), low), v128.and(v128.load(at, 48), low));
    v128.store(to + i, i8x16.narrow_i16x8_u(a, b));
  }
}

/** Two 64-bit hashes of `length` bytes, to `to`. */
export function contentHash(at: usize, length: i32, to: usize): void {
  let a: u64 = 0x9e3779b97f4a7c15 ^ <u64>length;
  let b: u64 = 0xd6e8feb86659fd93;
  const end = at + <usize>length;
  while (end - at >= 16) {
    const x = load<u64>(at);
    const y = load<u64>(at, 8);
    a = rotl<u64>((a ^ x) * 0xbf58476d1ce4e5b9, 29) ^ y;
    b = rotl<u64>((b ^ y) * 0x94d049bb133111eb, 31) + x;
    at += 16;
  }
  const left = end - at;
  let x: u64 = 0;
  let y: u64 = 0;
  for (let i: usize = 0; i < left; i++) {
    const byte = <u64>load<u8>(at + i);
    if (i < 8) x |= byte << ((<u64>i) << 3);
    else y |= byte << ((<u64>i - 8) << 3);
  }
  a = rotl<u64>((a ^ x) * 0xbf58476d1ce4e5b9, 29) ^ y;
  b = rotl<u64>((b ^ y) * 0x94d049bb133111eb, 31) + x;
  store<u64>(to, mix(a ^ rotl<u64>(b, 17)));
  store<u64>(to, mix(b + a * 0x9e3779b97f4a7c15), 8);
}
