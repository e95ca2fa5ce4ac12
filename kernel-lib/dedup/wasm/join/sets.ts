/** Sets of 64-bit hashes, sorted, each once; their Jaccard similarity, exact. */
import { allocate } from "../memory";

/** Sets one behind the other; grows by doubling, which the host asks for through `reserveSet`. */
let arena: usize = 0;
let arenaRoom: usize = 0;
let arenaUsed: usize = 0;
/** Start (in hashes) of each set, and of the one that would come next. */
let starts: usize = 0;
let startRoom: i32 = 0;
let setCount: i32 = 0;
let scratch: usize = 0;
let scratchRoom: i32 = 0;
let counts: usize = 0;

export function clearSets(): void {
  setCount = 0;
  arenaUsed = 0;
}

export function setStart(set: i32): usize {
  return arena + (load<usize>(starts + ((<usize>set) << 2)) << 3);
}
export function setSize(set: i32): i32 {
  return load<i32>(starts + ((<usize>set) << 2), 4) - load<i32>(starts + ((<usize>set) << 2));
}

/** Where the host writes `count` hashes for `addSet`. */
export function reserveSet(count: i32): usize {
  const wanted = arenaUsed + <usize>count;
  if (wanted > arenaRoom) {
    const before = arena;
    arenaRoom = max(wanted + 1024, arenaRoom * 2);
    arena = allocate(arenaRoom << 3);
    memory.copy(arena, before, arenaUsed << 3);
  }
  if (setCount + 2 > startRoom) {
    const before = starts;
    startRoom = max(4096, startRoom * 2);
    starts = allocate((<usize>startRoom) << 2);
    memory.copy(starts, before, (<usize>(setCount + 1)) << 2);
  }
  if (count > scratchRoom) {
    scratchRoom = max(4096, count + (count >> 1));
    scratch = allocate((<usize>scratchRoom) << 3);
  }
  if (counts === 0) counts = allocate((1 << 16) * 4 + 4);
  return arena + (arenaUsed << 3);
}

/** The hashes the host wrote are a set: sorted, repeated ones once. Gives its number. */
export function addSet(count: i32): i32 {
  const at = arena + (arenaUsed << 3);
  store<u32>(starts + ((<usize>setCount) << 2), <u32>arenaUsed);
  arenaUsed += <usize>sortUnique(at, count);
  setCount++;
  store<u32>(starts + ((<usize>setCount) << 2), <u32>arenaUsed);
  return setCount - 1;
}

/** Hashes are uniform: one distribution by their first bits leaves next to nothing to sort. */
function sortUnique(at: usize, count: i32): i32 {
  if (count < 2) return count;
  const bits = min(16, 33 - clz(count - 1));
  const shift = <u64>(64 - bits);
  memory.fill(counts, 0, ((<usize>1) << bits) * 4);
  for (let i = 0; i < count; i++) {
    const slot = counts + ((<usize>(load<u64>(at + ((<usize>i) << 3)) >>> shift)) << 2);
    store<u32>(slot, load<u32>(slot) + 1);
  }
  let sum: u32 = 0;
  for (let i = 0; i < 1 << bits; i++) {
    const slot = counts + ((<usize>i) << 2);
    const here = load<u32>(slot);
    store<u32>(slot, sum);
    sum += here;
  }
  for (let i = 0; i < count; i++) {
    const hash = load<u64>(at + ((<usize>i) << 3));
    const slot = counts + ((<usize>(hash >>> shift)) << 2);
    const to = load<u32>(slot);
    store<u32>(slot, to + 1);
    store<u64>(scratch + ((<usize>to) << 3), hash);
  }
  // In order but for the few that share a bucket; equal ones do, so they meet while the rest is put in order.
  let last = load<u64>(scratch);
  store<u64>(at, last);
  let written = 1;
  for (let i = 1; i < count; i++) {
    const hash = load<u64>(scratch + ((<usize>i) << 3));
    if (hash > last) {
      store<u64>(at + ((<usize>written) << 3), hash);
      last = hash;
      written++;
      continue;
    }
    let to = written;
    while (to > 0 && load<u64>(at + ((<usize>(to - 1)) << 3)) > hash) to--;
    if (to > 0 && load<u64>(at + ((<usize>(to - 1)) << 3)) === hash) continue;
    for (let k = written; k > to; k--) {
      const place = at + ((<usize>k) << 3);
      store<u64>(place, load<u64>(place - 8));
    }
    store<u64>(at + ((<usize>to) << 3), hash);
    written++;
  }
  return written;
}

/** The smallest overlap of sets of `a` and `b` members with a Jaccard similarity of at least `threshold`. */
export function leastOverlap(a: i32, b: i32, threshold: f64): i32 {
  let overlap = <i32>Math.floor((threshold * <f64>(a + b)) / (1 + threshold)) - 1;
  if (overlap < 0) overlap = 0;
  while (<f64>overlap / <f64>(a + b - overlap) < threshold) overlap++;
  return overlap;
}

/** Members that both sets have, or -1 where they are fewer than `least`. */
export function overlapOf(a: i32, b: i32, least: i32): i32 {
  let p = setStart(a);
  let q = setStart(b);
  const sizeA = setSize(a);
  const sizeB = setSize(b);
  const endA = p + ((<usize>sizeA) << 3);
  const endB = q + ((<usize>sizeB) << 3);
  let spare = sizeA + sizeB - 2 * least;
  if (spare < 0) return -1;
  let both = 0;
  while (p < endA && q < endB) {
    const x = load<u64>(p);
    const y = load<u64>(q);
    if (x === y) {
      both++;
      p += 8;
      q += 8;
      continue;
    }
    spare--;
    if (spare < 0) return -1;
    const less = (<usize>(x < y)) << 3;
    p += less;
    q += 8 - less;
  }
  return both < least ? -1 : both;
}

export function intersection(a: i32, b: i32): i32 {
  return overlapOf(a, b, 0);
}

/** The Jaccard similarity, or -1 where it is below `threshold`. */
export function similarity(a: i32, b: i32, threshold: f64): f64 {
  const sizes = setSize(a) + setSize(b);
  const least = leastOverlap(setSize(a), setSize(b), threshold);
  if (least > min(setSize(a), setSize(b))) return -1;
  const both = overlapOf(a, b, least);
  return both < 0 || sizes === 0 ? -1 : <f64>both / <f64>(sizes - both);
}
