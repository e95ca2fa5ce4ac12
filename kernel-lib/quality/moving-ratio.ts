/**
 * The moving-average type-token ratio (Covington & McFall 2010, Journal of Quantitative Linguistics 17): the mean over all
 * windows of so many consecutive words of their different words ÷ words. One step a word, memory of one window.
 */
export class MovingRatio {
  private readonly ring: Int32Array;
  private readonly counts = new Map<number, number>();
  private seen = 0;
  private sum = 0;

  constructor(private readonly window: number) {
    this.ring = new Int32Array(window);
  }

  add(word: number): void {
    const { ring, counts, window } = this;
    const place = this.seen % window;
    if (this.seen >= window) {
      const oldest = ring[place]!;
      const left = counts.get(oldest)! - 1;
      if (left === 0) counts.delete(oldest);
      else counts.set(oldest, left);
    }
    ring[place] = word;
    counts.set(word, (counts.get(word) ?? 0) + 1);
    this.seen++;
    // Whole numbers add up without error.
    if (this.seen >= window) this.sum += counts.size;
  }

  /** Null for fewer words than a window. */
  get mean(): number | null {
    const { seen, window, sum } = this;
    return seen < window ? null : sum / (seen - window + 1) / window;
  }
}
