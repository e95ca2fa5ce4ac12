/**
 * Words of a text, cut at white space in one scan and numbered by first appearance. Characters of scripts that put no
 * spaces between words (Han, kana, Thai, Lao, Khmer, Burmese) are a word each.
 */

const SPACE = 1;
const SINGLE = 2;
const classes = new Uint8Array(65536);
for (const code of [
  9, 10, 11, 12, 13, 32, 0x85, 0xa0, 0x1680, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000, 0xfeff,
]) {
  classes[code] = SPACE;
}
classes.fill(SPACE, 0x2000, 0x200c);
for (const [first, last] of [
  [0x0e00, 0x0eff],
  [0x1000, 0x109f],
  [0x1780, 0x17ff],
  [0x3041, 0x30ff],
  [0x3400, 0x4dbf],
  [0x4e00, 0x9fff],
  [0xf900, 0xfaff],
] as const) {
  classes.fill(SINGLE, first, last + 1);
}

export class Words {
  /** Number of words. */
  readonly count: number;
  /** Number of different words. */
  readonly distinct: number;
  /** Word i is `text.slice(starts[i], ends[i])`; its number, by first appearance, is `ids[i]`. */
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly ids: Int32Array;
  /** Index of the first appearance of each different word. */
  readonly firsts: Int32Array;

  constructor(readonly text: string) {
    const found = scan(text);
    this.count = found.count;
    this.starts = found.starts;
    this.ends = found.ends;
    const { ids, firsts } = number(text, found);
    this.ids = ids;
    this.firsts = firsts;
    this.distinct = firsts.length;
  }

  word(i: number): string {
    return this.text.slice(this.starts[i], this.ends[i]);
  }

  /** How often each different word appears. */
  frequencies(): Int32Array {
    const counts = new Int32Array(this.distinct);
    for (let i = 0; i < this.count; i++) counts[this.ids[i]!]!++;
    return counts;
  }
}

interface Places {
  readonly count: number;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly hashes: Int32Array;
}

function scan(text: string): Places {
  let room = 64 + (text.length >> 2);
  let starts = new Int32Array(room);
  let ends = new Int32Array(room);
  let hashes = new Int32Array(room);
  let count = 0;
  const { length } = text;
  for (let at = 0; at < length; ) {
    const code = text.charCodeAt(at);
    const kind = classes[code]!;
    if (kind === SPACE) {
      at++;
      continue;
    }
    const start = at;
    let hash = Math.imul(code ^ 0x811c9dc5, 0x01000193);
    at++;
    if (kind !== SINGLE) {
      for (; at < length; at++) {
        const next = text.charCodeAt(at);
        if (classes[next] !== 0) break;
        hash = Math.imul(hash ^ next, 0x01000193);
      }
    }
    if (count === room) {
      room *= 2;
      starts = grown(starts, room);
      ends = grown(ends, room);
      hashes = grown(hashes, room);
    }
    starts[count] = start;
    ends[count] = at;
    hashes[count++] = hash;
  }
  return { count, starts: starts.subarray(0, count), ends: ends.subarray(0, count), hashes };
}

/** Numbers equal words alike; a table of first appearances is asked by hash and answers by comparing characters. */
function number(
  text: string,
  { count, starts, ends, hashes }: Places,
): { ids: Int32Array; firsts: Int32Array } {
  const ids = new Int32Array(count);
  const firsts = new Int32Array(count);
  const size = tableSize(count);
  const table = new Int32Array(size).fill(-1);
  let distinct = 0;
  for (let i = 0; i < count; i++) {
    let slot = mix(hashes[i]!) & (size - 1);
    for (;;) {
      const id = table[slot]!;
      if (id < 0) {
        table[slot] = distinct;
        firsts[distinct] = i;
        ids[i] = distinct++;
        break;
      }
      const first = firsts[id]!;
      if (hashes[first] === hashes[i] && same(text, starts[first]!, ends[first]!, starts[i]!, ends[i]!)) {
        ids[i] = id;
        break;
      }
      slot = (slot + 1) & (size - 1);
    }
  }
  return { ids, firsts: firsts.slice(0, distinct) };
}

function same(text: string, a: number, aEnd: number, b: number, bEnd: number): boolean {
  if (aEnd - a !== bEnd - b) return false;
  for (let i = a, j = b; i < aEnd; i++, j++) if (text.charCodeAt(i) !== text.charCodeAt(j)) return false;
  return true;
}

/** A power of two of at least twice as many slots. */
export function tableSize(count: number): number {
  let size = 16;
  while (size < 2 * count) size *= 2;
  return size;
}

export function mix(hash: number): number {
  let mixed = hash ^ (hash >>> 16);
  mixed = Math.imul(mixed, 0x45d9f3b);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}

function grown(data: Int32Array<ArrayBuffer>, length: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(length);
  larger.set(data);
  return larger;
}

const EDGE = /[^\p{L}\p{N}]/u;

/** The word in lower case without punctuation at its ends; empty where it has neither letter nor digit. */
export function bareWord(word: string): string {
  let [start, end] = [0, word.length];
  while (start < end && isEdge(word, start)) start++;
  while (end > start && isEdge(word, end - 1)) end--;
  return word.slice(start, end).toLowerCase();
}

function isEdge(word: string, at: number): boolean {
  const code = word.charCodeAt(at);
  if (code < 128) return !((code >= 48 && code <= 57) || ((code | 32) >= 97 && (code | 32) <= 122));
  if (code >= 0xd800 && code < 0xe000) return false; // half of a character beyond the basic plane
  return EDGE.test(word[at]!);
}
