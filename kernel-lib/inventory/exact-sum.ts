/**
 * A sum of floating-point numbers that does not depend on the order of its terms: the exact value is kept as a few
 * non-overlapping partial sums and rounded once, when it is read (Shewchuk 1997, as in Python's `math.fsum`).
 */
export class ExactSum {
  private partials: number[] = [];

  add(value: number): void {
    const partials = this.partials;
    let x = value;
    let kept = 0;
    for (let i = 0; i < partials.length; i++) {
      let y = partials[i]!;
      if (Math.abs(x) < Math.abs(y)) [x, y] = [y, x];
      const high = x + y;
      const low = y - (high - x);
      if (low !== 0) partials[kept++] = low;
      x = high;
    }
    partials.length = kept;
    partials.push(x);
  }

  merge(other: ExactSum): void {
    for (const partial of other.partials) this.add(partial);
  }

  /** The exact sum, correctly rounded (ties to even). */
  value(): number {
    const partials = this.partials;
    let at = partials.length;
    if (at === 0) return 0;
    let high = partials[--at]!;
    let low = 0;
    while (at > 0) {
      const x = high;
      const y = partials[--at]!;
      high = x + y;
      low = y - (high - x);
      if (low !== 0) break;
    }
    if (at > 0 && ((low < 0 && partials[at - 1]! < 0) || (low > 0 && partials[at - 1]! > 0))) {
      const doubled = low * 2;
      const rounded = high + doubled;
      if (doubled === rounded - high) high = rounded;
    }
    return high;
  }

  toJson(): number[] {
    return [...this.partials];
  }

  static fromJson(partials: readonly number[]): ExactSum {
    const sum = new ExactSum();
    for (const partial of partials) sum.add(partial);
    return sum;
  }
}
