/** Turns found rows into text: one batch a chunk, bytes that are no UTF-8 text set aside with their reason. */
import { isAscii, isUtf8, transcode } from "node:buffer";
import type { RowFault, RowFinder, RowSink } from "./row-finder";
import type { BadRow, RawRow, RowBatch } from "./source";

export interface CollectOptions {
  readonly firstRow: number;
  readonly maxRowBytes: number;
  /** Turns a row's text into JSON text (CSV); default: it is that already. */
  readonly toJson?: ((text: string) => string | RowFault) | undefined;
}

/**
 * Feeds a finder and keeps the bytes of the row that goes over a chunk's end. Memory: one chunk, one row (of a row
 * longer than `maxRowBytes` only that many bytes), one batch.
 */
export class RowCollector implements RowSink {
  private rows: RawRow[] = [];
  private bad: BadRow[] = [];
  private row_: number;
  private chunk: Buffer = EMPTY;
  private chunkStart = 0;
  private readonly kept: Buffer[] = [];
  private keptStart = -1;
  private keptBytes = 0;
  /** The found rows of this chunk: start, end, start, end … */
  private spans: number[] = [];
  private readonly faults = new Map<number, RowFault>();

  constructor(
    private readonly finder: RowFinder,
    private readonly options: CollectOptions,
  ) {
    this.row_ = options.firstRow;
  }

  /** Number of the row that comes next. */
  get nextRow(): number {
    return this.row_;
  }

  row(start: number, end: number, _cut: number, fault: RowFault | null): void {
    if (fault) this.faults.set(this.spans.length, fault);
    this.spans.push(start, end);
  }

  /** The rows that end in this chunk, or null when none does. */
  add(bytes: Buffer, offset: number): RowBatch | null {
    this.chunk = bytes;
    this.chunkStart = offset;
    this.finder.scan(bytes, offset, this);
    this.decodeAll();
    const open = this.finder.openStart;
    if (open >= 0) this.keep(open, bytes, offset);
    return this.take();
  }

  /** The rows that the end of the bytes completes. */
  finish(end: number, atFileEnd: boolean): RowBatch | null {
    this.chunk = EMPTY;
    this.chunkStart = end;
    this.finder.finish(end, atFileEnd, this);
    this.decodeAll();
    return this.take();
  }

  private take(): RowBatch | null {
    if (this.rows.length === 0 && this.bad.length === 0) return null;
    const batch = { rows: this.rows, bad: this.bad };
    this.rows = [];
    this.bad = [];
    return batch;
  }

  private keep(open: number, bytes: Buffer, offset: number): void {
    if (open >= offset || this.keptStart !== open) this.drop();
    this.keptStart = open;
    const from = Math.max(0, open - offset);
    const room = this.options.maxRowBytes + 1 - this.keptBytes;
    const part = bytes.subarray(from, Math.min(bytes.length, from + room));
    if (part.length === 0) return;
    this.kept.push(Buffer.from(part));
    this.keptBytes += part.length;
  }

  private drop(): void {
    this.kept.length = 0;
    this.keptBytes = 0;
    this.keptStart = -1;
  }

  private decodeAll(): void {
    const { spans, chunk, chunkStart } = this;
    let i = 0;
    while (i < spans.length && spans[i]! < chunkStart) {
      this.decodeKept(spans[i]!, spans[i + 1]!, this.faults.get(i));
      i += 2;
    }
    if (i < spans.length) {
      const region = chunk.subarray(spans[i]! - chunkStart, spans[spans.length - 1]! - chunkStart);
      const ascii = isAscii(region);
      const utf8 = ascii || isUtf8(region);
      for (; i < spans.length; i += 2) {
        const start = spans[i]! - chunkStart;
        this.decode(chunk, start, spans[i + 1]! - chunkStart, spans[i]!, ascii, utf8, this.faults.get(i));
      }
    }
    if (spans.length > 0) this.spans = [];
    if (this.faults.size > 0) this.faults.clear();
  }

  /** A row that began in an earlier chunk. */
  private decodeKept(start: number, end: number, fault: RowFault | undefined): void {
    const length = end - start;
    const wanted = Math.min(length, this.options.maxRowBytes);
    const missing = wanted - this.keptBytes;
    const parts = missing > 0 ? [...this.kept, this.chunk.subarray(0, missing)] : this.kept;
    const bytes = parts.length === 1 ? parts[0]!.subarray(0, wanted) : Buffer.concat(parts, wanted);
    this.drop();
    if (length > this.options.maxRowBytes) this.tooLong(start, length, bytes);
    else this.decode(bytes, 0, length, start, isAscii(bytes), isUtf8(bytes), fault);
  }

  private decode(
    source: Buffer,
    start: number,
    end: number,
    offset: number,
    ascii: boolean,
    utf8: boolean,
    fault: RowFault | undefined,
  ): void {
    const length = end - start;
    if (length > this.options.maxRowBytes) {
      this.tooLong(offset, length, source.subarray(start, start + this.options.maxRowBytes));
      return;
    }
    if (fault) {
      this.refuse(offset, fault, source.subarray(start, end));
      return;
    }
    if (isBlank(source, start, end)) {
      this.refuse(offset, BLANK, source.subarray(start, end));
      return;
    }
    if (!ascii && !utf8) {
      const bytes = source.subarray(start, end);
      if (!isUtf8(bytes)) {
        this.refuse(offset, invalidUtf8(bytes), bytes);
        return;
      }
    }
    const text = ascii ? source.toString("latin1", start, end) : utf8Text(source, start, end);
    const json = this.options.toJson ? this.options.toJson(text) : text;
    if (typeof json === "string") this.rows.push({ row: this.row_++, offset, text: json });
    else this.refuse(offset, json, source.subarray(start, end));
  }

  private tooLong(offset: number, length: number, bytes: Buffer): void {
    const { maxRowBytes } = this.options;
    const detail =
      `the row has ${length} bytes, the limit is ${maxRowBytes}; its first ${maxRowBytes} bytes are kept, ` +
      `all of it stands in the unpacked file from byte ${offset}`;
    this.refuse(offset, { reason: "too_long", detail }, bytes);
  }

  private refuse(offset: number, { reason, detail }: RowFault, bytes: Buffer): void {
    this.bad.push({ row: this.row_++, offset, reason, detail, bytes: Buffer.from(bytes) });
  }
}

const EMPTY = Buffer.alloc(0);
const BLANK: RowFault = { reason: "blank", detail: "blank line" };

/**
 * Text of bytes that are known to be UTF-8. Where most characters are not ASCII, converting to UTF-16 first is three times
 * as fast as decoding at once; where few are, its extra buffer costs more than it saves (measured on Node 20).
 */
function utf8Text(source: Buffer, start: number, end: number): string {
  if (!isDense(source, start, end)) return source.toString("utf8", start, end);
  return transcode(source.subarray(start, end), "utf8", "ucs2").toString("ucs2");
}

/** Whether a long text has more than a quarter of non-ASCII bytes, judged by 32 of them. */
function isDense(bytes: Buffer, start: number, end: number): boolean {
  const step = (end - start) >> 5;
  if (step < 64) return false;
  let count = 0;
  for (let at = start; at < end; at += step) if (bytes[at]! > 127) count++;
  return count > 8;
}

function isBlank(bytes: Buffer, start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!;
    if (byte !== 32 && (byte < 9 || byte > 13)) return false;
  }
  return true;
}

function invalidUtf8(bytes: Buffer): RowFault {
  const repaired = Buffer.from(bytes.toString("utf8", 0, bytes.length));
  let at = 0;
  while (at < bytes.length && bytes[at] === repaired[at]) at++;
  const hex = bytes.subarray(at, at + 4).toString("hex");
  return { reason: "invalid_utf8", detail: `not UTF-8 at byte ${at} of the row (0x${hex})` };
}
