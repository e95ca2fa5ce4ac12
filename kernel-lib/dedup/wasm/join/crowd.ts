/**
 * Many rows that look alike (one template): the rank-order pass without looking at all their pairs. Two sets as similar as
 * `threshold` share one of their rarest members (prefix filter of Chaudhuri, Ganti, Kaushik 2006, and Bayardo 2007), so a
 * row is compared with kept rows that share one of its rarest members only. Exact: nothing is missed.
 */
import { allocate } from "../memory";
import { nearEnough } from "./buckets";
import { leastOverlap, overlapOf, setSize, setStart } from "./sets";

/** Occurrences of members, by their low bits: any fixed order would be right, this one is fast. */
const FREQUENCIES: i32 = 1 << 20;
let frequencies: usize = 0;
/** Sets in rank order, and the rows whose sketches they have. */
let members: usize = 0;
let memberRoom: i32 = 0;
let answers: usize = 0;
/** Stamp of the last set that met this one. */
let stamps: usize = 0;
/** Postings of kept sets: member → (set, next). */
let heads: usize = 0;
let headMask: u32 = 0;
let postings: usize = 0;
let postingRoom: u32 = 0;
let postingCount: u32 = 0;
let order: usize = 0;
let orderRoom: i32 = 0;

/** Room for `count` sets with `total` members together. */
export function beginCrowd(count: i32, total: i32): void {
  if (frequencies === 0) frequencies = allocate(FREQUENCIES * 4);
  if (count > memberRoom) {
    memberRoom = max(1024, count + (count >> 1));
    members = allocate((<usize>memberRoom) << 3);
    answers = allocate((<usize>memberRoom) << 4);
    stamps = allocate((<usize>memberRoom) << 2);
  }
  if (<u32>total + 1 > postingRoom) {
    postingRoom = <u32>total + (<u32>total >> 1) + 1024;
    postings = allocate(<usize>postingRoom * 16);
    let slots: u32 = 1024;
    while (slots < postingRoom) slots <<= 1;
    headMask = slots - 1;
    heads = allocate((<usize>slots) << 2);
  }
}

/** Where the host writes (set, row) in rank order. */
export function crowdSets(): usize {
  return members;
}
/** After `crowdPass`, of each set: (place of the kept set it repeats, or -1; overlap). */
export function crowdAnswers(): usize {
  return answers;
}

function frequency(hash: u64): usize {
  return frequencies + ((<usize>(hash & (FREQUENCIES - 1))) << 2);
}

/** Copies a set to `order`, rarest members first. */
function orderByFrequency(set: i32): i32 {
  const count = setSize(set);
  if (count > orderRoom) {
    orderRoom = max(1024, count + (count >> 1));
    order = allocate((<usize>orderRoom) << 4);
  }
  const at = setStart(set);
  for (let i = 0; i < count; i++) {
    const hash = load<u64>(at + ((<usize>i) << 3));
    const often = min(load<u32>(frequency(hash)), (1 << 20) - 1);
    store<u64>(order + ((<usize>i) << 3), ((<u64>often) << 44) | (hash >>> 20));
  }
  heapSort(order, count);
  return count;
}

function heapSort(at: usize, count: i32): void {
  for (let i = (count >> 1) - 1; i >= 0; i--) sink(at, i, count);
  for (let end = count - 1; end > 0; end--) {
    const last = load<u64>(at + ((<usize>end) << 3));
    store<u64>(at + ((<usize>end) << 3), load<u64>(at));
    store<u64>(at, last);
    sink(at, 0, end);
  }
}

function sink(at: usize, i: i32, end: i32): void {
  const value = load<u64>(at + ((<usize>i) << 3));
  while (true) {
    let child = 2 * i + 1;
    if (child >= end) break;
    if (
      child + 1 < end &&
      load<u64>(at + ((<usize>child) << 3)) < load<u64>(at + ((<usize>(child + 1)) << 3))
    )
      child++;
    const below = load<u64>(at + ((<usize>child) << 3));
    if (below <= value) break;
    store<u64>(at + ((<usize>i) << 3), below);
    i = child;
  }
  store<u64>(at + ((<usize>i) << 3), value);
}

/**
 * Goes down the `count` sets in rank order: a set is dropped when its similarity to a kept one reaches `threshold`; the
 * highest-ranked such one is named. `least`: agreeing values of the sketches below which a pair is not verified, 0 for none.
 */
export function crowdPass(count: i32, threshold: f64, least: i32): void {
  memory.fill(frequencies, 0, FREQUENCIES * 4);
  memory.fill(heads, 0, (<usize>headMask + 1) << 2);
  memory.fill(stamps, 0xff, (<usize>count) << 2);
  postingCount = 0;
  for (let i = 0; i < count; i++) {
    const set = load<i32>(members + ((<usize>i) << 3));
    const at = setStart(set);
    for (let k = setSize(set) - 1; k >= 0; k--) {
      const slot = frequency(load<u64>(at + ((<usize>k) << 3)));
      store<u32>(slot, load<u32>(slot) + 1);
    }
  }
  for (let i = 0; i < count; i++) {
    const set = load<i32>(members + ((<usize>i) << 3));
    const row = load<u32>(members + ((<usize>i) << 3), 4);
    const size = orderByFrequency(set);
    const prefix = size - <i32>Math.ceil(threshold * <f64>size - 1e-9) + 1;
    let best = -1;
    let bestOverlap = 0;
    for (let k = 0; k < prefix; k++) {
      const token = load<u64>(order + ((<usize>k) << 3));
      const slot = heads + ((<usize>(<u32>(token ^ (token >>> 29)) & headMask)) << 2);
      for (let post = load<u32>(slot); post !== 0; post = load<u32>(postings + <usize>post * 16, 12)) {
        const entry = postings + <usize>post * 16;
        if (load<u64>(entry) !== token) continue;
        const other = load<i32>(entry, 8);
        if (load<i32>(stamps + ((<usize>other) << 2)) === i) continue;
        store<i32>(stamps + ((<usize>other) << 2), i);
        if (best >= 0 && other > best) continue;
        const otherSet = load<i32>(members + ((<usize>other) << 3));
        const wanted = leastOverlap(size, setSize(otherSet), threshold);
        if (wanted > min(size, setSize(otherSet))) continue;
        if (least > 0 && !nearEnough(row, load<u32>(members + ((<usize>other) << 3), 4), least)) continue;
        const overlap = overlapOf(set, otherSet, wanted);
        if (overlap < 0) continue;
        best = other;
        bestOverlap = overlap;
      }
    }
    store<i32>(answers + ((<usize>i) << 3), best);
    store<i32>(answers + ((<usize>i) << 3), bestOverlap, 4);
    if (best >= 0) continue;
    for (let k = 0; k < prefix; k++) {
      const token = load<u64>(order + ((<usize>k) << 3));
      const slot = heads + ((<usize>(<u32>(token ^ (token >>> 29)) & headMask)) << 2);
      postingCount++;
      const entry = postings + <usize>postingCount * 16;
      store<u64>(entry, token);
      store<i32>(entry, i, 8);
      store<u32>(entry, load<u32>(slot), 12);
      store<u32>(slot, postingCount);
    }
  }
}
