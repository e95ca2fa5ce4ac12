/** Which of two rows is kept: the rank order of the whole room. */
import type { RowLines } from "./row-lines";
import type { Signatures } from "./signatures";

/**
 * Earlier published runs first, then verified correct, then the longer completion (UTF-8 bytes), then the datasets in the
 * order given, then row_key. A total order, so that input order and workers change nothing.
 */
export class Ranking {
  private readonly keys = new Map<number, string>();
  private readonly correct = new Map<number, number>();

  constructor(
    private readonly signatures: Signatures,
    private readonly lines: RowLines,
    /** Datasets below this number come from an earlier run. */
    private readonly earlier: number = 0,
  ) {}

  /** Negative where `a` ranks before `b`. */
  readonly compare = (a: number, b: number): number => {
    const [fileA, fileB] = [this.signatures.fileOf(a), this.signatures.fileOf(b)];
    if (this.earlier > 0) {
      const before = Number(fileB.dataset < this.earlier) - Number(fileA.dataset < this.earlier);
      if (before !== 0) return before;
    }
    const checks = fileA.fields.verified !== null || fileB.fields.verified !== null;
    const verified = checks ? this.isCorrect(b) - this.isCorrect(a) : 0;
    if (verified !== 0) return verified;
    const longer = this.signatures.completion[b]! - this.signatures.completion[a]!;
    if (longer !== 0) return longer;
    if (fileA.dataset !== fileB.dataset) return fileA.dataset - fileB.dataset;
    const [keyA, keyB] = [this.key(a), this.key(b)];
    return keyA < keyB ? -1 : keyA > keyB ? 1 : a - b;
  };

  private isCorrect(row: number): number {
    let found = this.correct.get(row);
    if (found === undefined) {
      found = this.lines.verified(row);
      this.correct.set(row, found);
    }
    return found;
  }

  private key(row: number): string {
    let found = this.keys.get(row);
    if (found === undefined) {
      found = this.lines.key(row);
      this.keys.set(row, found);
    }
    return found;
  }
}
