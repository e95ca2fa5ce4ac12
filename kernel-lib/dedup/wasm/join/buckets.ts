/** Rows with an equal band key, and of their pairs those whose sketches are near enough to be verified. */
import { allocate } from "../memory";

let rows: i32 = 0;
/** Low 8 bits of each value of each row's sketch. */
let bytes: usize = 0;
let bytesPerRow: i32 = 0;
/** 1: the row takes part. */
let flags: usize = 0;
let keys: usize = 0;
/** Open addressing: the first row of a bucket + 1; `next` links the others, `size` stands at the first. */
let table: usize = 0;
let mask: u32 = 0;
let next: usize = 0;
let size: usize = 0;
/** First rows of the buckets of two rows and more, as they were found; `cursor` is the next to be looked at. */
let heads: usize = 0;
let headCount: i32 = 0;
let cursor: i32 = 0;
let pairs: usize = 0;

/** Pairs or rows that fit one answer. */
const MOST: i32 = 1 << 16;

/** Room for `count` rows with sketches of `width` bytes. Call once. */
export function reserveRows(count: i32, width: i32): void {
  rows = count;
  bytesPerRow = width;
  let slots: u32 = 1024;
  while (slots < <u32>count * 2) slots <<= 1;
  mask = slots - 1;
  bytes = allocate(<usize>count * <usize>width);
  flags = allocate(<usize>count);
  keys = allocate(<usize>count * 8);
  next = allocate(<usize>count * 4);
  size = allocate(<usize>count * 4);
  table = allocate(<usize>slots * 4);
  heads = allocate(<usize>count * 2 + 4);
  pairs = allocate(<usize>MOST * 8);
  seenMask = <u64>slots * 4 - 1;
  seen = allocate(<usize>slots);
}

export function rowBytes(): usize {
  return bytes;
}
export function rowFlags(): usize {
  return flags;
}
export function bandKeyColumn(): usize {
  return keys;
}
/** Where `bucketPairs` leaves pairs and `crowdedRows` rows. */
export function pairBuffer(): usize {
  return pairs;
}

/** Two bits for each of some hashes of keys: seen once, seen again. Small enough to stay in the cache. */
let seen: usize = 0;
let seenMask: u64 = 0;

/** Marks which hashes of keys occur twice: most rows share no bucket, and need not be sorted. */
function markRepeated(): void {
  memory.fill(seen, 0, <usize>((seenMask + 1) >> 2));
  for (let row = 0; row < rows; row++) {
    if (load<u8>(flags + <usize>row) === 0) continue;
    const bit = (load<u64>(keys + ((<usize>row) << 3)) >>> 20) & seenMask;
    const at = seen + ((<usize>(bit >>> 5)) << 3);
    const once: u64 = (<u64>1) << ((bit & 31) << 1);
    const held = load<u64>(at);
    store<u64>(at, held | once | ((held & once) << 1));
  }
}

function isRepeated(key: u64): bool {
  const bit = (key >>> 20) & seenMask;
  return ((load<u64>(seen + ((<usize>(bit >>> 5)) << 3)) >>> (((bit & 31) << 1) + 1)) & 1) !== 0;
}

/** Sorts the rows that take part, and share their key's hash with another, into buckets by the key column. */
export function fillBand(): void {
  memory.fill(table, 0, (<usize>mask + 1) * 4);
  markRepeated();
  headCount = 0;
  for (let row = 0; row < rows; row++) {
    if (load<u8>(flags + <usize>row) === 0) continue;
    const key = load<u64>(keys + ((<usize>row) << 3));
    if (!isRepeated(key)) continue;
    let slot = <u32>(key ^ (key >>> 32)) & mask;
    let first: u32 = 0;
    while (true) {
      first = load<u32>(table + ((<usize>slot) << 2));
      if (first === 0 || load<u64>(keys + ((<usize>(first - 1)) << 3)) === key) break;
      slot = (slot + 1) & mask;
    }
    if (first === 0) {
      store<u32>(table + ((<usize>slot) << 2), <u32>row + 1);
      store<u32>(next + ((<usize>row) << 2), 0);
      store<u32>(size + ((<usize>row) << 2), 1);
      continue;
    }
    const head = (<usize>(first - 1)) << 2;
    store<u32>(next + ((<usize>row) << 2), load<u32>(next + head));
    store<u32>(next + head, <u32>row + 1);
    const members = load<u32>(size + head) + 1;
    store<u32>(size + head, members);
    if (members === 2) {
      store<u32>(heads + ((<usize>headCount) << 2), first);
      headCount++;
    }
  }
  cursor = 0;
}

/** How many of the two rows' values agree in their low 8 bits. */
function agreement(a: u32, b: u32): i32 {
  const p = bytes + <usize>a * <usize>bytesPerRow;
  const q = bytes + <usize>b * <usize>bytesPerRow;
  let sum = i8x16.splat(0);
  for (let i: usize = 0; i < <usize>bytesPerRow; i += 16)
    sum = i8x16.sub(sum, i8x16.eq(v128.load(p + i), v128.load(q + i)));
  const wide = i16x8.extadd_pairwise_i8x16_u(sum);
  const wider = i32x4.extadd_pairwise_i16x8_s(wide);
  return (
    i32x4.extract_lane(wider, 0) +
    i32x4.extract_lane(wider, 1) +
    i32x4.extract_lane(wider, 2) +
    i32x4.extract_lane(wider, 3)
  );
}

/**
 * Pairs of rows that share a bucket of at most `crowd` rows and agree in at least `least` values, as (row, row). Gives how
 * many; call again until it gives 0.
 */
export function bucketPairs(least: i32, crowd: u32): i32 {
  let found = 0;
  const room = MOST - <i32>(crowd * crowd);
  while (cursor < headCount && found < room) {
    const first = load<u32>(heads + ((<usize>cursor) << 2));
    cursor++;
    const members = load<u32>(size + ((<usize>(first - 1)) << 2));
    if (members > crowd) continue;
    for (let a = first; a !== 0; a = load<u32>(next + ((<usize>(a - 1)) << 2))) {
      for (
        let b = load<u32>(next + ((<usize>(a - 1)) << 2));
        b !== 0;
        b = load<u32>(next + ((<usize>(b - 1)) << 2))
      ) {
        if (agreement(a - 1, b - 1) < least) continue;
        store<u32>(pairs + ((<usize>found) << 3), min(a, b) - 1);
        store<u32>(pairs + ((<usize>found) << 3), max(a, b) - 1, 4);
        found++;
      }
    }
  }
  if (cursor >= headCount && found === 0) {
    cursor = 0;
    open = 0;
  }
  return found;
}

let open: u32 = 0;

/** Rows of the buckets of more than `crowd` rows, as (first row of the bucket, row). Call again until it gives 0. */
export function crowdedRows(crowd: u32): i32 {
  let found = 0;
  while (found < MOST) {
    if (open !== 0) {
      const head = load<u32>(heads + ((<usize>(cursor - 1)) << 2)) - 1;
      store<u32>(pairs + ((<usize>found) << 3), head);
      store<u32>(pairs + ((<usize>found) << 3), open - 1, 4);
      found++;
      open = load<u32>(next + ((<usize>(open - 1)) << 2));
      continue;
    }
    if (cursor >= headCount) break;
    const first = load<u32>(heads + ((<usize>cursor) << 2));
    cursor++;
    if (load<u32>(size + ((<usize>(first - 1)) << 2)) > crowd) open = first;
  }
  return found;
}
