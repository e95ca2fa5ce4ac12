/** Repeated runs of n words, exact and in linear time: tables are asked by hash and answer by comparing word numbers. */
import { mix, tableSize, type Words } from "./words";

export interface NgramShares {
  /** Characters of the most frequent 2-, 3- and 4-gram, all its appearances, by n; 0 when it appears once. */
  readonly top: Readonly<Record<2 | 3 | 4, number>>;
  /** Characters in 5- to 10-grams that appeared before, each character counted once, by n. */
  readonly duplicate: Readonly<Record<5 | 6 | 7 | 8 | 9 | 10, number>>;
}

let table = new Int32Array(1024);
let counts = new Int32Array(1024);
let hashes = new Int32Array(1024);

const PRIME = 0x01000193;

/** Character counts as in the Gopher paper (Rae et al. 2021, table A1): top n-grams with spaces, duplicate ones without. */
export function ngramCharacters(words: Words): NgramShares {
  const { ids, count } = words;
  const size = tableSize(count);
  if (table.length < size) {
    table = new Int32Array(size);
    counts = new Int32Array(size);
    hashes = new Int32Array(size);
  }
  hashes.set(ids.subarray(0, count));
  const top = { 2: 0, 3: 0, 4: 0 };
  const duplicate = { 5: 0, 6: 0, 7: 0, 8: 0, 9: 0, 10: 0 };
  for (let n = 2; n <= 10; n++) {
    const last = count - n;
    for (let i = 0; i <= last; i++) hashes[i] = Math.imul(hashes[i]!, PRIME) + ids[i + n - 1]!;
    if (last < 1) continue;
    if (n <= 4) top[n as 2] = topCharacters(words, n, size);
    else duplicate[n as 5] = duplicateCharacters(words, n, size);
  }
  return { top, duplicate };
}

/** The slot of the n-gram at word i: that of an equal one before it, or a free one. */
function slotOf(ids: Int32Array, i: number, n: number, size: number): number {
  let slot = mix(hashes[i]!) & (size - 1);
  for (;;) {
    const first = table[slot]!;
    if (first < 0 || (hashes[first] === hashes[i] && sameRun(ids, first, i, n))) return slot;
    slot = (slot + 1) & (size - 1);
  }
}

function sameRun(ids: Int32Array, a: number, b: number, n: number): boolean {
  for (let k = 0; k < n; k++) if (ids[a + k] !== ids[b + k]) return false;
  return true;
}

function topCharacters({ ids, starts, ends, count }: Words, n: number, size: number): number {
  table.fill(-1, 0, size);
  let [most, characters] = [1, 0];
  for (let i = 0; i <= count - n; i++) {
    const slot = slotOf(ids, i, n, size);
    if (table[slot]! < 0) {
      table[slot] = i;
      counts[slot] = 1;
      continue;
    }
    const times = ++counts[slot]!;
    if (times < most) continue;
    let length = n - 1;
    for (let k = 0; k < n; k++) length += ends[i + k]! - starts[i + k]!;
    if (times > most || length * times > characters) characters = length * times;
    most = times;
  }
  return characters;
}

function duplicateCharacters({ ids, starts, ends, count }: Words, n: number, size: number): number {
  table.fill(-1, 0, size);
  let characters = 0;
  for (let i = 0; i <= count - n; ) {
    const slot = slotOf(ids, i, n, size);
    if (table[slot]! < 0) {
      table[slot] = i++;
      continue;
    }
    for (let k = 0; k < n; k++) characters += ends[i + k]! - starts[i + k]!;
    i += n;
  }
  return characters;
}
