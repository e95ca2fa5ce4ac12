/**
 * Many rows that look alike (one template): the rank-order pass without looking at all their pairs. Members of the sets are
 * put in one order, rare ones first. Two sets as similar as `threshold` share some of their first members (prefix filter:
 * Chaudhuri, Ganti, Kaushik 2006; how many at least: PPJoin, Xiao et al. 2008). A set is compared with kept sets that share
 * as many only. Exact: nothing is missed.
 */
import { allocate } from "../memory";
import { leastOverlap, overlapOf, setSize, setStart } from "./sets";

/** Occurrences of members, by their low bits: any fixed order would be right, this one is fast. */
const FREQUENCIES: i32 = 1 << 20;
let frequencies: usize = 0;
/** Sets in rank order. */
let members: usize = 0;
let memberRoom: i32 = 0;
let answers: usize = 0;
/** Of each set: where its prefix begins in `prefixes`. */
let starts: usize = 0;
/** Of each kept set: how many members of the prefix in hand it has. Those that have any: `touched`. */
let shared: usize = 0;
let touched: usize = 0;
/** Numbers of the members of all prefixes. */
let prefixes: usize = 0;
let prefixRoom: i32 = 0;
/** Hash → number of a member + 1. */
let numbers: usize = 0;
let hashes: usize = 0;
let numberMask: u32 = 0;
/** Of each member: where its kept sets stand in `postings`, and how many there are. */
let lists: usize = 0;
let postings: usize = 0;
let order: usize = 0;
let orderRoom: i32 = 0;

/** Members of a set of `size` among which it shares one with any set as similar as `threshold`. */
function prefixLength(size: i32, threshold: f64): i32 {
  return size - <i32>Math.ceil(threshold * <f64>size - 1e-9) + 1;
}

/** Room for `count` sets with `total` members of prefixes together. */
export function beginCrowd(count: i32, total: i32): void {
  if (frequencies === 0) frequencies = allocate(FREQUENCIES * 4);
  if (count > memberRoom) {
    memberRoom = max(1024, count + (count >> 1));
    members = allocate((<usize>memberRoom) << 2);
    answers = allocate((<usize>memberRoom) << 3);
    starts = allocate((<usize>memberRoom + 1) << 2);
    shared = allocate((<usize>memberRoom) << 2);
    touched = allocate((<usize>memberRoom) << 2);
  }
  if (total > prefixRoom) {
    prefixRoom = total + (total >> 1) + 1024;
    prefixes = allocate((<usize>prefixRoom) << 2);
    lists = allocate((<usize>prefixRoom) << 3);
    postings = allocate((<usize>prefixRoom) << 2);
    let slots: u32 = 1024;
    while (slots < <u32>prefixRoom * 2) slots <<= 1;
    numberMask = slots - 1;
    numbers = allocate((<usize>slots) << 2);
    hashes = allocate((<usize>slots) << 3);
  }
}

/** Where the host writes sets in rank order. */
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
    order = allocate((<usize>orderRoom) << 3);
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

function sink(at: usize, from: i32, end: i32): void {
  let i = from;
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

/** The number of a member, the same for the same one; `known` is how many there are. */
let known: u32 = 0;
function numberOf(token: u64): u32 {
  let slot = <u32>(token ^ (token >>> 29)) & numberMask;
  while (true) {
    const held = load<u32>(numbers + ((<usize>slot) << 2));
    if (held === 0) break;
    if (load<u64>(hashes + ((<usize>slot) << 3)) === token) return held - 1;
    slot = (slot + 1) & numberMask;
  }
  store<u64>(hashes + ((<usize>slot) << 3), token);
  store<u32>(numbers + ((<usize>slot) << 2), known + 1);
  store<u64>(lists + ((<usize>known) << 3), 0);
  known++;
  return known - 1;
}

/** Numbers the members of all prefixes, and gives each member room in `postings` for all its sets. */
function findPrefixes(count: i32, threshold: f64): void {
  memory.fill(frequencies, 0, FREQUENCIES * 4);
  memory.fill(numbers, 0, (<usize>numberMask + 1) << 2);
  known = 0;
  for (let i = 0; i < count; i++) {
    const set = load<i32>(members + ((<usize>i) << 2));
    const at = setStart(set);
    for (let k = setSize(set) - 1; k >= 0; k--) {
      const slot = frequency(load<u64>(at + ((<usize>k) << 3)));
      store<u32>(slot, load<u32>(slot) + 1);
    }
  }
  let to: u32 = 0;
  for (let i = 0; i < count; i++) {
    const size = orderByFrequency(load<i32>(members + ((<usize>i) << 2)));
    store<u32>(starts + ((<usize>i) << 2), to);
    for (let k = prefixLength(size, threshold) - 1; k >= 0; k--) {
      const number = numberOf(load<u64>(order + ((<usize>k) << 3)));
      store<u32>(prefixes + ((<usize>to) << 2), number);
      const list = lists + ((<usize>number) << 3);
      store<u32>(list, load<u32>(list) + 1);
      to++;
    }
  }
  store<u32>(starts + ((<usize>count) << 2), to);
  let sum: u32 = 0;
  for (let number: u32 = 0; number < known; number++) {
    const list = lists + ((<usize>number) << 3);
    const here = load<u32>(list);
    store<u32>(list, sum);
    sum += here;
  }
}

/** Puts the members of the `count` sets in one order, before `crowdPass` goes down them. */
export function orderCrowd(count: i32, threshold: f64): void {
  findPrefixes(count, threshold);
  memory.fill(shared, 0, (<usize>count) << 2);
}

/**
 * Goes down the sets in rank order, from set `begin` to before set `stop`: a set is dropped when its similarity to a kept
 * one reaches `threshold`; the highest-ranked such one is named. The first `fixed` ones are kept whatever they are.
 */
export function crowdPass(begin: i32, stop: i32, threshold: f64, fixed: i32): void {
  for (let i = begin; i < stop; i++) {
    const set = load<i32>(members + ((<usize>i) << 2));
    const size = setSize(set);
    const from = load<u32>(starts + ((<usize>i) << 2));
    const to = load<u32>(starts + ((<usize>i) << 2), 4);
    let met = 0;
    for (let k = from; k < to && i >= fixed; k++) {
      const list = lists + ((<usize>load<u32>(prefixes + ((<usize>k) << 2))) << 3);
      let post = postings + ((<usize>load<u32>(list)) << 2);
      const end = post + ((<usize>load<u32>(list, 4)) << 2);
      for (; post < end; post += 4) {
        const other = load<u32>(post);
        const slot = shared + ((<usize>other) << 2);
        const before = load<u32>(slot);
        store<u32>(touched + ((<usize>met) << 2), other);
        met += <i32>(before === 0);
        store<u32>(slot, before + 1);
      }
    }
    let best = -1;
    let bestOverlap = 0;
    for (let k = 0; k < met; k++) {
      const other = load<i32>(touched + ((<usize>k) << 2));
      const slot = shared + ((<usize>other) << 2);
      const common = load<i32>(slot);
      store<u32>(slot, 0);
      if (best >= 0 && other > best) continue;
      const otherSet = load<i32>(members + ((<usize>other) << 2));
      const otherSize = setSize(otherSet);
      const wanted = leastOverlap(size, otherSize, threshold);
      if (wanted > min(size, otherSize)) continue;
      // What both have beyond the shorter prefix (in the common order) is at most what lies behind it.
      const behind = size - <i32>(to - from);
      const behindOther = otherSize - prefixLength(otherSize, threshold);
      if (common + max(behind, behindOther) < wanted) continue;
      const overlap = overlapOf(set, otherSet, wanted);
      if (overlap < 0) continue;
      best = other;
      bestOverlap = overlap;
    }
    store<i32>(answers + ((<usize>i) << 3), best);
    store<i32>(answers + ((<usize>i) << 3), bestOverlap, 4);
    if (best >= 0) continue;
    for (let k = from; k < to && i >= fixed; k++) {
      const list = lists + ((<usize>load<u32>(prefixes + ((<usize>k) << 2))) << 3);
      const held = load<u32>(list, 4);
      store<u32>(postings + ((<usize>(load<u32>(list) + held)) << 2), <u32>i);
      store<u32>(list, held + 1, 4);
    }
  }
}

/** Where the place of the first set of its group stands, of each set, after `linkPass`. */
function parentOf(i: i32): usize {
  return answers + ((<usize>i) << 3);
}

function rootOf(i: i32): i32 {
  let at = i;
  while (load<i32>(parentOf(at)) !== at) at = load<i32>(parentOf(at));
  for (let next = i; next !== at; ) {
    const up = load<i32>(parentOf(next));
    store<i32>(parentOf(next), at);
    next = up;
  }
  return at;
}

function unite(a: i32, b: i32): void {
  const p = rootOf(a);
  const q = rootOf(b);
  store<i32>(parentOf(max(p, q)), min(p, q));
}

/** Unites sets that are equal; of each but the first of its kind 1 stands in `answers`. */
function uniteEqual(count: i32): void {
  memory.fill(numbers, 0, (<usize>numberMask + 1) << 2);
  known = 0;
  for (let i = 0; i < count; i++) {
    store<i32>(parentOf(i), i);
    store<i32>(parentOf(i), 0, 4);
    const set = load<i32>(members + ((<usize>i) << 2));
    const at = setStart(set);
    const bytes = (<usize>setSize(set)) << 3;
    let hash: u64 = 0x9e3779b97f4a7c15;
    for (let k: usize = 0; k < bytes; k += 8)
      hash = (rotl(hash, 23) ^ load<u64>(at + k)) * 0xff51afd7ed558ccd;
    const list = lists + ((<usize>numberOf(hash)) << 3);
    const first = load<i32>(list) - 1;
    if (first < 0) {
      store<i32>(list, i + 1);
      continue;
    }
    const other = load<i32>(members + ((<usize>first) << 2));
    if ((<usize>setSize(other)) << 3 !== bytes || memory.compare(at, setStart(other), bytes) !== 0) continue;
    unite(first, i);
    store<i32>(parentOf(i), 1, 4);
  }
}

/**
 * Groups of sets that hang together by similarities of at least `threshold`. Exact; two sets of one group are not compared. Gives 0 when
 * more than `budget` places of postings had to be read: then groups may be missing links.
 */
export function linkPass(count: i32, threshold: f64, budget: f64): i32 {
  uniteEqual(count);
  findPrefixes(count, threshold);
  memory.fill(shared, 0, (<usize>count) << 2);
  let spent: f64 = 0;
  for (let i = 0; i < count; i++) {
    if (load<i32>(parentOf(i), 4) === 1) continue;
    const set = load<i32>(members + ((<usize>i) << 2));
    const size = setSize(set);
    const from = load<u32>(starts + ((<usize>i) << 2));
    const to = load<u32>(starts + ((<usize>i) << 2), 4);
    let met = 0;
    for (let k = from; k < to; k++) {
      const list = lists + ((<usize>load<u32>(prefixes + ((<usize>k) << 2))) << 3);
      const held = load<u32>(list, 4);
      let post = postings + ((<usize>load<u32>(list)) << 2);
      const end = post + ((<usize>held) << 2);
      spent += <f64>held;
      for (; post < end; post += 4) {
        const other = load<u32>(post);
        const slot = shared + ((<usize>other) << 2);
        const before = load<u32>(slot);
        store<u32>(touched + ((<usize>met) << 2), other);
        met += <i32>(before === 0);
        store<u32>(slot, before + 1);
      }
      store<u32>(end, <u32>i);
      store<u32>(list, held + 1, 4);
    }
    if (spent > budget) return 0;
    for (let k = 0; k < met; k++) {
      const other = load<i32>(touched + ((<usize>k) << 2));
      const slot = shared + ((<usize>other) << 2);
      const common = load<i32>(slot);
      store<u32>(slot, 0);
      if (other === i || rootOf(other) === rootOf(i)) continue;
      const otherSet = load<i32>(members + ((<usize>other) << 2));
      const otherSize = setSize(otherSet);
      const wanted = leastOverlap(size, otherSize, threshold);
      if (wanted > min(size, otherSize)) continue;
      const behind = size - <i32>(to - from);
      const behindOther = otherSize - prefixLength(otherSize, threshold);
      if (common + max(behind, behindOther) < wanted) continue;
      if (overlapOf(set, otherSet, wanted) >= 0) unite(other, i);
    }
  }
  return 1;
}
