/** CSV and TSV as RFC 4180 has it: records may hold line breaks within quotes; each becomes a JSON object of strings. */
import { InputError } from "../errors";
import { readChunks } from "./byte-stream";
import type { RowFault, RowFinder, RowSink } from "./row-finder";
import type { SourceFile } from "./source";

export interface CsvHeader {
  readonly columns: readonly string[];
  readonly delimiter: string;
  /** Byte after the header's line break. */
  readonly bodyStart: number;
}

const QUOTE = 34;
const LF = 10;
const CR = 13;

enum At {
  FieldStart,
  Plain,
  Quoted,
  AfterQuote,
}

/** Finds records: a line break counts only outside quotes, and quotes count only where a field begins. */
export class RecordFinder implements RowFinder {
  private state = At.FieldStart;
  private recordStart = -1;
  private at = 0;
  private lastByte = -1;
  constructor(private readonly delimiter: number) {}

  get openStart(): number {
    return this.recordStart < this.at ? this.recordStart : -1;
  }

  scan(bytes: Buffer, offset: number, sink: RowSink): void {
    if (this.recordStart < 0) this.recordStart = offset;
    const { delimiter } = this;
    const length = bytes.length;
    let state = this.state;
    let i = 0;
    while (i < length) {
      if (state === At.Quoted) {
        const quote = bytes.indexOf(QUOTE, i);
        if (quote < 0) break;
        state = At.AfterQuote;
        i = quote + 1;
        continue;
      }
      const byte = bytes[i++]!;
      if (byte === LF) {
        const position = offset + i - 1;
        const before = i > 1 ? bytes[i - 2] : this.lastByte;
        const end = before === CR && this.recordStart < position ? position - 1 : position;
        sink.row(this.recordStart, end, this.recordStart, null);
        this.recordStart = offset + i;
        state = At.FieldStart;
      } else if (byte === delimiter) state = At.FieldStart;
      else if (byte === QUOTE && state !== At.Plain) state = At.Quoted;
      else if (byte !== CR || state !== At.AfterQuote) state = At.Plain;
    }
    this.state = state;
    this.at = offset + length;
    if (length > 0) this.lastByte = bytes[length - 1]!;
  }

  finish(end: number, _atFileEnd: boolean, sink: RowSink): void {
    const start = this.recordStart;
    if (start >= 0 && start < end) sink.row(start, end, start, this.state === At.Quoted ? UNCLOSED : null);
    this.recordStart = end;
    this.at = end;
  }
}

const UNCLOSED: RowFault = {
  reason: "not_csv",
  detail: "the file ends inside a quoted field: it is cut short",
};

/** The fields of one record; null for an empty field without quotes. */
export function splitRecord(record: string, delimiter: string): (string | null)[] {
  const fields: (string | null)[] = [];
  let at = 0;
  for (;;) {
    if (record[at] !== '"') {
      const end = record.indexOf(delimiter, at);
      const field = end < 0 ? record.slice(at) : record.slice(at, end);
      fields.push(field === "" ? null : field);
      if (end < 0) return fields;
      at = end + 1;
      continue;
    }
    let close = record.indexOf('"', at + 1);
    while (close >= 0 && record[close + 1] === '"') close = record.indexOf('"', close + 2);
    const inside = record.slice(at + 1, close < 0 ? record.length : close).replaceAll('""', '"');
    const end = close < 0 ? -1 : record.indexOf(delimiter, close + 1);
    const rest = close < 0 ? "" : record.slice(close + 1, end < 0 ? record.length : end);
    fields.push(inside + rest);
    if (end < 0) return fields;
    at = end + 1;
  }
}

/** Turns a record into a JSON object; another number of fields than columns is a fault. */
export function recordToJson({ columns, delimiter }: CsvHeader): (record: string) => string | RowFault {
  const keys = columns.map((column) => `${JSON.stringify(column)}:`);
  return (record) => {
    const fields = splitRecord(record, delimiter);
    if (fields.length !== keys.length) {
      return {
        reason: "not_csv",
        detail: `the record has ${fields.length} fields, the header has ${keys.length} columns`,
      };
    }
    let json = "{";
    for (let i = 0; i < keys.length; i++) json += (i > 0 ? "," : "") + keys[i]! + JSON.stringify(fields[i]);
    return `${json}}`;
  };
}

const MAX_HEADER_BYTES = 1024 * 1024;

/**
 * The header of a CSV file, null when the file is empty. The delimiter is a tab for .tsv, else the one of comma, tab,
 * semicolon and bar that stands in the header, comma first.
 * @throws InputError when the first megabyte holds no end of a header.
 */
export async function readCsvHeader(file: SourceFile): Promise<CsvHeader | null> {
  let head = Buffer.alloc(0);
  let start = -1;
  let ended = true;
  for await (const { bytes, offset } of readChunks(file, { chunkBytes: 64 * 1024 })) {
    if (start < 0) start = offset;
    head = Buffer.concat([head, bytes]);
    if (firstRecordEnd(head) >= 0 || head.length > MAX_HEADER_BYTES) {
      ended = false;
      break;
    }
  }
  if (head.length === 0) return null;
  const found = firstRecordEnd(head);
  if (found < 0 && !ended) {
    throw new InputError(
      `${file.name}: no end of the CSV header in the first ${MAX_HEADER_BYTES} bytes; expected a first line of column names`,
    );
  }
  const end = found < 0 ? head.length : found;
  const line = head.toString("utf8", 0, end).replace(/\r$/, "");
  const delimiter = delimiterOf(file, line);
  return {
    columns: columnNames(splitRecord(line, delimiter)),
    delimiter,
    bodyStart: start + Math.min(head.length, end + 1),
  };
}

/** Index of the line break that ends the first record; any delimiter may open a quoted field. */
function firstRecordEnd(head: Buffer): number {
  let quoted = false;
  for (let i = 0; i < head.length; i++) {
    if (head[i] === QUOTE) quoted = !quoted;
    else if (head[i] === LF && !quoted) return i;
  }
  return -1;
}

function delimiterOf(file: SourceFile, line: string): string {
  if (/\.tsv(\.gz)?$/i.test(file.name)) return "\t";
  const unquoted = line.replace(/"(?:[^"]|"")*"/g, "");
  return [",", "\t", ";", "|"].find((candidate) => unquoted.includes(candidate)) ?? ",";
}

/** Names as they stand; an empty one becomes `column_N`, a repeated one gets `_1`, `_2` … so that no value is lost. */
function columnNames(fields: readonly (string | null)[]): string[] {
  const used = new Set<string>();
  return fields.map((field, i) => {
    const name = field ?? `column_${i}`;
    let unique = name;
    for (let n = 1; used.has(unique); n++) unique = `${name}_${n}`;
    used.add(unique);
    return unique;
  });
}
