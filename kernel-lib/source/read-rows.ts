/** The rows of any source file as JSON text, in file order, with bounded memory. */

import { statSync } from "node:fs";
import type { Db } from "../db";
import { InputError, ShardError } from "../errors";
import { readChunks } from "./byte-stream";
import { RowCollector } from "./collect-rows";
import { jsonLayout } from "./json-layout";
import { RecordFinder, readCsvHeader, recordToJson } from "./read-csv";
import { ArrayFinder } from "./read-json-array";
import { LineFinder } from "./read-lines";
import { readParquet } from "./read-parquet";
import type { RowFault, RowFinder } from "./row-finder";
import type { RowBatch, ShardRange, SourceFile } from "./source";

export interface ReadRowsOptions {
  /** A shard of the file's plan; default: the whole file. Only for seekable files. */
  readonly range?: ShardRange | null;
  readonly signal?: AbortSignal;
  /** Rows longer than this many bytes are `bad`; default 256 MiB (the longest text V8 holds is twice that). */
  readonly maxRowBytes?: number;
  /** DuckDB to read Parquet with; default: one for this call. */
  readonly db?: Db;
  /** Bytes read at once, so about the size of a batch; default 1 MiB. */
  readonly chunkBytes?: number;
}

export const MAX_ROW_BYTES = 256 * 1024 * 1024;

/**
 * Yields every row of the file once, in order, as JSON text; whether the text is valid JSON is for `parseRow` to say.
 * `row` is the 0-based line (JSONL), array element (JSON) or record (Parquet, CSV without its header), `offset` the
 * byte in the unpacked file. Rows that are no text are in `bad` with their bytes: blank, invalid_utf8, too_long,
 * not_json (faults between array elements), not_csv. Memory does not depend on the file's size. Returning early
 * closes the file.
 * @throws ShardError when the file is missing, damaged or not what its name says; InputError for UTF-16 text, JSON
 * whose rows cannot be told, and a range of a file that cannot be read from the middle.
 * @example for await (const { rows } of readRows(describeFile("rows.jsonl"))) for (const { text } of rows) JSON.parse(text);
 */
export async function* readRows(
  file: SourceFile,
  options: ReadRowsOptions = {},
): AsyncGenerator<RowBatch, void, void> {
  const { range = null, signal, maxRowBytes = MAX_ROW_BYTES, chunkBytes } = options;
  if (range && !isSeekable(file)) {
    throw new InputError(
      `${file.name}: got rows ${range.firstRow} and on, expected no range: packed files are read from the start`,
    );
  }
  if (file.format === "parquet") {
    yield* readParquet(file, { range, signal, db: options.db });
    return;
  }
  const layout = await textLayout(file);
  if (!layout) return;
  const start = range?.start ?? layout.bodyStart;
  const collector = new RowCollector(layout.finder(start), {
    firstRow: range?.firstRow ?? 0,
    maxRowBytes,
    toJson: layout.toJson,
  });
  let end = start;
  try {
    for await (const { bytes, offset } of readChunks(file, {
      start,
      end: range?.end ?? null,
      chunkBytes,
      signal,
    })) {
      end = offset + bytes.length;
      const batch = collector.add(bytes, offset);
      if (batch) yield batch;
    }
    const atFileEnd = !range || range.end === statSync(file.path).size;
    const batch = collector.finish(end, atFileEnd);
    if (batch) yield batch;
  } catch (error) {
    if (!(error instanceof ShardError) || collector.nextRow === 0) throw error;
    throw new ShardError(`${error.message} (${collector.nextRow} rows were read before)`, { cause: error });
  }
  if (range && collector.nextRow !== range.firstRow + range.rows) {
    throw new ShardError(
      `${file.name}: found ${collector.nextRow - range.firstRow} rows at byte ${start}, the plan has ${range.rows}; ` +
        "the file was changed since it was planned, start again",
    );
  }
}

/** Whether a range of the file can be read alone: all but packed text. */
export function isSeekable(file: SourceFile): boolean {
  return file.format === "parquet" || file.compression === null;
}

/** How to find rows in a text file. */
export interface TextLayout {
  /** Where the first row may begin; 0 also skips a byte order mark. */
  readonly bodyStart: number;
  /** A finder for bytes that begin at `start`, which is `bodyStart` or a row's `cut`. */
  finder(start: number): RowFinder;
  readonly toJson?: (text: string) => string | RowFault;
}

/** The layout of a JSONL, JSON or CSV file; null when it has no rows because it is empty. */
export async function textLayout(file: SourceFile): Promise<TextLayout | null> {
  if (file.format === "csv") {
    const header = await readCsvHeader(file);
    if (!header) return null;
    const delimiter = header.delimiter.charCodeAt(0);
    return {
      bodyStart: header.bodyStart,
      finder: () => new RecordFinder(delimiter),
      toJson: recordToJson(header),
    };
  }
  if (file.format === "json") {
    const layout = jsonLayout(file);
    if (layout.kind === "array") {
      const { bodyStart, wrapped } = layout;
      return { bodyStart, finder: (start) => new ArrayFinder({ wrapped, resumed: start > bodyStart }) };
    }
  }
  return { bodyStart: 0, finder: () => new LineFinder() };
}
