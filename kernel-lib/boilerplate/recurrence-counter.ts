/** How often texts recur, in bounded memory: a sketch that never counts too few, and the texts that were seen. */

/** A 64-bit hash of a text: FNV-1a's multiply over UTF-16 units, two lanes, each mixed at the end. */
export class TextHash {
  low = 0;
  high = 0;

  of(text: string): this {
    let [a, b] = [0x811c9dc5, 0x9e3779b9];
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      a = Math.imul(a ^ unit, 0x01000193);
      b = Math.imul(b ^ unit, 0x85ebca6b) + (a >>> 15);
    }
    this.low = mixed(a);
    this.high = mixed(b ^ text.length);
    return this;
  }
}

function mixed(hash: number): number {
  let h = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** Counters of the sketch: 64 MiB, of which only the pages that are used take memory. */
const SLOTS = 1 << 25;
const MOST = 0xffff;

/** Counts up to 65,535, never too few (count-min sketch with conservative update; Estan and Varghese 2002). */
export class RecurrenceCounter {
  private readonly counts = new Uint16Array(SLOTS);

  add({ low, high }: TextHash): void {
    const [a, b] = [low & (SLOTS - 1), high & (SLOTS - 1)];
    const least = Math.min(this.counts[a]!, this.counts[b]!);
    if (least === MOST) return;
    if (this.counts[a] === least) this.counts[a] = least + 1;
    if (this.counts[b] === least) this.counts[b] = least + 1;
  }

  /** How often it was added, or more; 65,535 at most. */
  atMost({ low, high }: TextHash): number {
    return Math.min(this.counts[low & (SLOTS - 1)]!, this.counts[high & (SLOTS - 1)]!);
  }
}

/** Which texts were seen, by their 64-bit hashes: 16 to 32 bytes each. */
export class SeenTexts {
  private table = new Uint32Array(1 << 12);
  private size = 0;

  /** True the first time. */
  add({ low, high }: TextHash): boolean {
    if (this.size * 4 >= this.table.length) this.grow();
    const at = slotOf(this.table, low, high);
    if (this.table[at] !== 0 || this.table[at + 1] !== 0) return false;
    this.put(at, low, high);
    this.size++;
    return true;
  }

  private put(at: number, low: number, high: number): void {
    this.table[at] = low;
    // Two zeros are an empty slot.
    this.table[at + 1] = low === 0 && high === 0 ? 1 : high;
  }

  private grow(): void {
    const before = this.table;
    this.table = new Uint32Array(before.length * 2);
    for (let i = 0; i < before.length; i += 2) {
      const [low, high] = [before[i]!, before[i + 1]!];
      if (low !== 0 || high !== 0) this.put(slotOf(this.table, low, high), low, high);
    }
  }
}

function slotOf(table: Uint32Array, low: number, given: number): number {
  const high = low === 0 && given === 0 ? 1 : given;
  const mask = table.length - 1;
  for (let at = (low << 1) & mask; ; at = (at + 2) & mask) {
    if (table[at] === 0 && table[at + 1] === 0) return at;
    if (table[at] === low && table[at + 1] === high) return at;
  }
}
