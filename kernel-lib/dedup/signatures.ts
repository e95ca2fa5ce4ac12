/** The signatures of all rows of a run, as columns; band keys stay on disk until a band is asked for. */
import type { LineFile } from "./line-file";
import { SignatureFile } from "./signature-file";

/** One signature file and the lines it was made of. */
export interface SignedRange {
  readonly file: LineFile;
  /** Path of the signature file. */
  readonly path: string;
}

export class Signatures {
  readonly rows: number;
  /** Two 64-bit hashes of the content, as four numbers a row. */
  readonly exact: Uint32Array;
  /** Offset and length of the line. */
  readonly place: Float64Array;
  readonly length: Uint32Array;
  /** Bytes of what the assistant wrote. */
  readonly completion: Uint32Array;
  readonly words: Uint32Array;
  readonly grams: Uint32Array;
  /** Why there is no text, see NO_TEXT; 0: there is. */
  readonly state: Uint32Array;
  /** Number of the first row of each range, and of the row behind the last. */
  private readonly starts: Float64Array;
  private readonly files: readonly SignatureFile[];
  /** Rows of the same file before each range. */
  private readonly rowsBefore: readonly number[];

  constructor(readonly ranges: readonly SignedRange[]) {
    this.files = ranges.map(({ path }) => new SignatureFile(path));
    this.starts = new Float64Array(ranges.length + 1);
    const inFile = new Map<string, number>();
    this.rowsBefore = ranges.map(({ file }, i) => {
      const { rows } = this.files[i]!.index;
      this.starts[i + 1] = this.starts[i]! + rows;
      const before = inFile.get(file.path) ?? 0;
      inFile.set(file.path, before + rows);
      return before;
    });
    this.rows = this.starts[ranges.length]!;
    this.exact = new Uint32Array(this.rows * 4);
    this.place = new Float64Array(this.rows);
    const column = () => new Uint32Array(this.rows);
    [this.length, this.completion, this.words, this.grams, this.state] = [
      column(),
      column(),
      column(),
      column(),
      column(),
    ];
    this.files.forEach((file, i) => {
      const [from, to] = [this.starts[i]!, this.starts[i + 1]!];
      file.column("exact", bytesOf(this.exact.subarray(from * 4, to * 4)));
      file.column("place", bytesOf(this.place.subarray(from, to)));
      for (const name of ["length", "completion", "words", "grams", "state"] as const)
        file.column(name, bytesOf(this[name].subarray(from, to)));
    });
  }

  /** Number of the range a row stands in. */
  rangeOf(row: number): number {
    let [low, high] = [0, this.ranges.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.starts[middle]! <= row) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** 0-based number of the row in its file. */
  numberOf(row: number): number {
    const range = this.rangeOf(row);
    return this.rowsBefore[range]! + row - this.starts[range]!;
  }

  fileOf(row: number): LineFile {
    return this.ranges[this.rangeOf(row)]!.file;
  }

  /** Number of the first row of a range; with `ranges.length`, of all rows. */
  startOf(range: number): number {
    return this.starts[range]!;
  }

  /** Reads the keys of a band of all rows. */
  band(band: number, into: Uint8Array): void {
    this.files.forEach((file, i) => {
      file.band(band, into.subarray(this.starts[i]! * 8, this.starts[i + 1]! * 8));
    });
  }

  /** Reads the sketches of all rows, `hashes` bytes each. */
  sketches(hashes: number, into: Uint8Array): void {
    this.files.forEach((file, i) => {
      file.sketches(into.subarray(this.starts[i]! * hashes, this.starts[i + 1]! * hashes));
    });
  }

  close(): void {
    for (const file of this.files) file.close();
  }
}

function bytesOf(column: Uint32Array | Float64Array): Uint8Array {
  return new Uint8Array(column.buffer, column.byteOffset, column.byteLength);
}
