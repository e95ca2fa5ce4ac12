/** Finds the lines of a JSONL file: split at LF only, a CR before it is not part of the row, U+2028 is. */
import type { RowFinder, RowSink } from "./row-finder";

const LF = 10;
const CR = 13;

export class LineFinder implements RowFinder {
  private lineStart = -1;
  private lastByte = -1;
  private at = 0;

  get openStart(): number {
    return this.lineStart < this.at ? this.lineStart : -1;
  }

  scan(bytes: Buffer, offset: number, sink: RowSink): void {
    if (this.lineStart < 0) this.lineStart = offset;
    let newline = bytes.indexOf(LF);
    while (newline >= 0) {
      const position = offset + newline;
      const before = newline > 0 ? bytes[newline - 1] : this.lastByte;
      const end = before === CR && this.lineStart < position ? position - 1 : position;
      sink.row(this.lineStart, end, this.lineStart, null);
      this.lineStart = position + 1;
      newline = bytes.indexOf(LF, newline + 1);
    }
    this.at = offset + bytes.length;
    if (bytes.length > 0) this.lastByte = bytes[bytes.length - 1]!;
  }

  /** What stands after the last line break is a line too; nothing after it is none. */
  finish(end: number, _atFileEnd: boolean, sink: RowSink): void {
    if (this.lineStart >= 0 && this.lineStart < end) sink.row(this.lineStart, end, this.lineStart, null);
    this.lineStart = end;
    this.at = end;
  }
}
