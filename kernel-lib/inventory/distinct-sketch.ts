/**
 * How many different values a column holds, in bounded memory: exact (by 53-bit hash) up to `EXACT_LIMIT`, beyond that
 * a HyperLogLog estimate. The state follows from the set of values alone, so any order and any split into shards give
 * the same answer.
 */

/** Values that are counted exactly before the estimate takes over. */
export const EXACT_LIMIT = 2048;

const INDEX_BITS = 12;
const REGISTERS = 1 << INDEX_BITS;
/** Standard error of the estimate, 0..1: 1.04 / √registers. */
export const DISTINCT_STANDARD_ERROR = 1.04 / Math.sqrt(REGISTERS);

export interface DistinctCount {
  readonly count: number;
  /** True when `count` is a HyperLogLog estimate. */
  readonly estimated: boolean;
}

export interface DistinctJson {
  /** Sorted hashes, while exact. */
  hashes?: number[];
  /** HyperLogLog registers in base64, once estimated. */
  registers?: string;
}

/** State of the last `hashText`: two 32-bit words. */
let high = 0;
let low = 0;

/** Texts up to this length are hashed unit by unit; longer ones as UTF-8 words, which costs a call but is faster. */
const SHORT_TEXT = 48;
const BUFFER_BYTES = 1 << 18;
const bytes = new Uint8Array(BUFFER_BYTES);
const words = new Int32Array(bytes.buffer);
const encoder = new TextEncoder();

/** Hashes a text into `high` and `low`: two multiply-xor lanes, mixed at the end. Lone surrogates are all alike. */
function hashText(text: string, seed: number): void {
  let a = seed ^ 0x9e3779b9;
  let b = seed ^ 0x7f4a7c15 ^ text.length;
  if (text.length <= SHORT_TEXT) {
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      a = Math.imul(a ^ unit, 0x9e3779b1);
      b = Math.imul(b ^ unit, 0x85ebca77);
      a ^= a >>> 15;
      b ^= b >>> 13;
    }
  } else {
    let rest = text;
    while (rest.length > 0) {
      const { read, written } = encoder.encodeInto(rest, bytes);
      bytes.fill(0, written, Math.min(BUFFER_BYTES, written + 3));
      const end = (written + 3) >> 2;
      for (let i = 0; i < end; i++) {
        const word = words[i]!;
        a = Math.imul(a ^ word, 0x9e3779b1);
        b = Math.imul(b ^ word, 0x85ebca77);
        a ^= a >>> 15;
        b ^= b >>> 13;
      }
      rest = read === rest.length ? "" : rest.slice(read);
    }
  }
  high = mix(a ^ Math.imul(b, 0xc2b2ae3d));
  low = mix(b ^ Math.imul(high, 0x27d4eb2f));
}

function mix(word: number): number {
  let x = word;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

export class DistinctSketch {
  private hashes: Set<number> | null = new Set();
  private registers: Uint8Array | null = null;

  /** Counts `text`; `seed` keeps values of different types apart. */
  add(text: string, seed = 0): void {
    hashText(text, seed);
    this.addHash((high & 0x1fffff) * 0x100000000 + low);
  }

  private addHash(hash: number): void {
    if (this.hashes) {
      this.hashes.add(hash);
      if (this.hashes.size > EXACT_LIMIT) this.estimate();
      return;
    }
    record(this.registers!, hash);
  }

  private estimate(): void {
    const registers = new Uint8Array(REGISTERS);
    for (const hash of this.hashes!) record(registers, hash);
    this.registers = registers;
    this.hashes = null;
  }

  merge(other: DistinctSketch): void {
    if (other.registers) {
      if (!this.registers) this.estimate();
      const mine = this.registers!;
      for (let i = 0; i < REGISTERS; i++) if (other.registers[i]! > mine[i]!) mine[i] = other.registers[i]!;
    } else for (const hash of other.hashes!) this.addHash(hash);
  }

  count(): DistinctCount {
    if (this.hashes) return { count: this.hashes.size, estimated: false };
    let harmonic = 0;
    let empty = 0;
    for (const register of this.registers!) {
      harmonic += 2 ** -register;
      if (register === 0) empty++;
    }
    const raw = ((0.7213 / (1 + 1.079 / REGISTERS)) * REGISTERS * REGISTERS) / harmonic;
    const small = raw <= 2.5 * REGISTERS && empty > 0;
    return { count: Math.round(small ? REGISTERS * Math.log(REGISTERS / empty) : raw), estimated: true };
  }

  toJson(): DistinctJson {
    if (this.hashes) return { hashes: [...this.hashes].sort((a, b) => a - b) };
    return { registers: Buffer.from(this.registers!).toString("base64") };
  }

  static fromJson(json: DistinctJson): DistinctSketch {
    const sketch = new DistinctSketch();
    if (json.registers !== undefined) {
      sketch.hashes = null;
      sketch.registers = new Uint8Array(Buffer.from(json.registers, "base64"));
    } else sketch.hashes = new Set(json.hashes ?? []);
    return sketch;
  }
}

/** The low 12 bits choose a register, the other 41 give the rank of their first 1. */
function record(registers: Uint8Array, hash: number): void {
  const lowWord = hash >>> 0;
  const index = lowWord & (REGISTERS - 1);
  const upper = Math.floor(hash / 0x100000000);
  const tail = lowWord >>> INDEX_BITS;
  let rank: number;
  if (tail !== 0) rank = Math.clz32(tail) - INDEX_BITS + 1;
  else rank = 32 - INDEX_BITS + (upper !== 0 ? Math.clz32(upper) - 11 + 1 : 22);
  if (rank > registers[index]!) registers[index] = rank;
}
