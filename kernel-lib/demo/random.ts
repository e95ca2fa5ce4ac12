/** Random draws that follow from (seed, stream, index) alone, so that any row can be made again on its own. */

/** A small fast generator (sfc32): 128 bits of state, distinct for distinct (seed, stream, index). */
export class Random {
  private a: number;
  private b: number;
  private c: number;
  private d = 1;

  constructor(seed: number, stream: string, index = 0) {
    this.a = index | 0;
    this.b = (Math.floor(index / 4294967296) ^ hashText(stream)) | 0;
    this.c = seed | 0;
    for (let i = 0; i < 12; i++) this.bits();
  }

  /** 32 random bits, 0 .. 2^32 - 1. */
  bits(): number {
    const t = (this.a + this.b + this.d) | 0;
    this.d = (this.d + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = (this.c << 21) | (this.c >>> 11);
    this.c = (this.c + t) | 0;
    return t >>> 0;
  }

  /** A number in [0, 1). */
  fraction(): number {
    return this.bits() / 4294967296;
  }

  /** A whole number, `low` and `high` included. */
  int(low: number, high: number): number {
    return low + Math.floor(this.fraction() * (high - low + 1));
  }

  /** True with probability `p`. */
  chance(p: number): boolean {
    return this.fraction() < p;
  }

  pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.fraction() * items.length)]!;
  }

  /** A whole number with a long tail: median `middle`, about one in a hundred above six times that. */
  longTail(middle: number, most: number): number {
    const normal = this.fraction() + this.fraction() + this.fraction() + this.fraction() - 2;
    return Math.min(most, Math.max(1, Math.round(middle * Math.exp(1.35 * normal))));
  }

  /** A UUID of version 4. */
  uuid(): string {
    const [a, b, c, d] = [hex(this.bits()), hex(this.bits()), hex(this.bits()), hex(this.bits())];
    const variant = "89ab"[this.bits() & 3]!;
    return `${a}-${b.slice(0, 4)}-4${b.slice(5)}-${variant}${c.slice(1, 4)}-${c.slice(4)}${d}`;
  }
}

/** 8 hexadecimal digits. */
export function hex(bits: number): string {
  return (bits >>> 0).toString(16).padStart(8, "0");
}

function hashText(text: string): number {
  let hash = 2166136261;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 16777619);
  return hash | 0;
}
