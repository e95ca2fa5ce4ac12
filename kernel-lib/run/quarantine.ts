/** Unreadable source rows, kept with their bytes: `quarantine/…jsonl`. */
import { closeSync, openSync, writeSync } from "node:fs";
import type { BadRow } from "../source/source";

export interface QuarantinePlace {
  readonly dataset: string;
  readonly subset: string;
  readonly split: string;
  readonly file: string;
}

/** Bytes encoded at a time; a multiple of 3, so that the pieces join to one base64 text. */
const PIECE = 3 << 20;

/** Writes bad rows to one file, in the order given; the file exists only when there was one. */
export class QuarantineWriter {
  private descriptor: number | null = null;
  readonly reasons = new Map<string, number>();

  constructor(
    private readonly path: () => string,
    private readonly place: QuarantinePlace,
  ) {}

  get rows(): number {
    let total = 0;
    for (const count of this.reasons.values()) total += count;
    return total;
  }

  add(bad: BadRow): void {
    this.descriptor ??= openSync(this.path(), "wx");
    const { row, offset, reason, detail } = bad;
    const head = JSON.stringify({ ...this.place, row, offset, reason, detail });
    writeAll(this.descriptor, `${head.slice(0, -1)},"bytes_base64":"`);
    const bytes = Buffer.from(bad.bytes.buffer, bad.bytes.byteOffset, bad.bytes.byteLength);
    for (let at = 0; at < bytes.length; at += PIECE) {
      writeAll(this.descriptor, bytes.toString("base64", at, Math.min(bytes.length, at + PIECE)));
    }
    writeAll(this.descriptor, '"}\n');
    this.reasons.set(reason, (this.reasons.get(reason) ?? 0) + 1);
  }

  close(): void {
    if (this.descriptor !== null) closeSync(this.descriptor);
    this.descriptor = null;
  }
}

function writeAll(descriptor: number, text: string): void {
  const bytes = Buffer.from(text, "utf8");
  for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at);
}
