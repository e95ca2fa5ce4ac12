/** What a dataset reference resolves to: a pinned revision and its files, grouped by subset (config) and split. */

export type FileFormat = "jsonl" | "json" | "parquet" | "csv";

/** One data file, present on this machine. */
export interface SourceFile {
  /** Absolute path on this machine. */
  readonly path: string;
  /** Path in the dataset repository, with forward slashes: part of `row_key`. */
  readonly name: string;
  readonly format: FileFormat;
  readonly compression: "gzip" | null;
  readonly bytes: number;
  /** sha256 as the Hub states it, or null (then computed when the run manifest is written). */
  readonly sha256: string | null;
}

/** The files of one split of one subset, in the order in which their rows count. */
export interface SourceSplit {
  readonly subset: string;
  readonly split: string;
  readonly files: readonly SourceFile[];
}

export interface Source {
  /** `owner/name`, or a local file's or folder's base name. */
  readonly dataset: string;
  /** Commit, or for local files `local`; part of `row_key`. */
  readonly revision: string;
  readonly splits: readonly SourceSplit[];
  /** License as the card states it; several are joined with `, `. */
  readonly license: string | null;
  /** Where the files came from, for people: a Hub URL, a folder. */
  readonly origin: string;
}

/** A row as it stands in its file, as JSON text. Parquet and CSV rows are turned into JSON text by DuckDB. */
export interface RawRow {
  /** 0-based: the physical line of a JSONL file, else the row (array element) number. */
  readonly row: number;
  /** Byte offset in the unpacked file; null where the format has none (Parquet, CSV). */
  readonly offset: number | null;
  readonly text: string;
}

/** A row that could not be turned into text; its bytes are kept. */
export interface BadRow {
  readonly row: number;
  readonly offset: number | null;
  /** One of: blank, invalid_utf8, too_long, not_json, not_an_object, not_csv. */
  readonly reason: string;
  readonly detail: string;
  readonly bytes: Uint8Array;
}

/** Consecutive rows of a file, in order; `bad` holds those that are not in `rows`. */
export interface RowBatch {
  readonly rows: readonly RawRow[];
  readonly bad: readonly BadRow[];
}

/** A stretch of a file that becomes one output part. Follows from the file and the options alone. */
export interface ShardRange {
  readonly firstRow: number;
  readonly rows: number;
  /** Byte range in the unpacked file; null where the format has no byte offsets. */
  readonly start: number | null;
  readonly end: number | null;
}
