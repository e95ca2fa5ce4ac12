/** Rows as lines of JSON in files: what dedup reads, whatever they came from. Other tables are laid out so first. */
import { closeSync, openSync, readSync, statSync } from "node:fs";

/** A file of lines and the fields in which a row's parts stand. */
export interface LineFile {
  readonly path: string;
  /** Before `#<row>` in the key of a row that brings none. */
  readonly name: string;
  readonly fields: LineFields;
  /** Rank of the dataset: earlier ones keep their rows. */
  readonly dataset: number;
}

export interface LineFields {
  readonly text: string;
  readonly id: string | null;
  /** Field with the row_key; without one it is `<name>#<row>`. */
  readonly key: string | null;
  /** Field with "1" where the answer was verified as correct. */
  readonly verified: string | null;
}

/** Lines that begin at bytes `from` ≤ offset < `to`. */
export interface LineRange {
  readonly file: LineFile;
  readonly from: number;
  readonly to: number;
}

/** Bytes of a range: the unit of work of a thread, and of memory. */
const RANGE_BYTES = 64 << 20;

/** The file cut into ranges, by its size alone. */
export function lineRanges(file: LineFile, bytes = RANGE_BYTES): LineRange[] {
  const { size } = statSync(file.path);
  const ranges: LineRange[] = [];
  for (let from = 0; from < size; from += bytes)
    ranges.push({ file, from, to: Math.min(size, from + bytes) });
  return ranges;
}

/** Offset of the first line that begins at or after `offset`. */
export function nextLine(path: string, offset: number): number {
  if (offset === 0) return 0;
  const file = openSync(path, "r");
  try {
    const piece = Buffer.alloc(1 << 16);
    // A line begins at `offset` when the byte before it is a line feed.
    for (let at = offset - 1; ; ) {
      const got = readSync(file, piece, 0, piece.length, at);
      if (got === 0) return at;
      const feed = piece.subarray(0, got).indexOf(0x0a);
      if (feed >= 0) return at + feed + 1;
      at += got;
    }
  } finally {
    closeSync(file);
  }
}
