/** Where a file is cut into shards: by its contents and the options alone, never by who reads it. */

import type { Db } from "../db";
import { readChunks } from "./byte-stream";
import { parquetRowGroups } from "./read-parquet";
import { isSeekable, textLayout } from "./read-rows";
import type { RowSink } from "./row-finder";
import type { ShardRange, SourceFile } from "./source";

export interface FilePlan {
  /** Planned rows, bad ones included. */
  readonly rows: number;
  /** Size of the unpacked text; for Parquet that of its unpacked columns. Null when `maxRows` ended the plan. */
  readonly unpackedBytes: number | null;
  /** In file order, without gaps between rows. */
  readonly shards: readonly ShardRange[];
  /** Whether `readRows` takes a shard alone. Otherwise the file is read once, from the start, for all its shards. */
  readonly seekable: boolean;
}

export interface PlanOptions {
  /** Most rows in a shard; default 20,000. */
  readonly rowsPerShard?: number;
  /** Most unpacked bytes in a shard, but for one with a single longer row; default 64 MiB. */
  readonly shardBytes?: number;
  /** Plans only the file's first rows, and reads no further; default: all. */
  readonly maxRows?: number;
  readonly signal?: AbortSignal;
  /** DuckDB to read Parquet's metadata with; default: one for this call. */
  readonly db?: Db;
  /** Bytes read at once; default 1 MiB. */
  readonly chunkBytes?: number;
}

/**
 * The shards of a file, found in one pass over its bytes (Parquet: from its metadata). Equal files and options give
 * equal plans. Memory does not depend on the file's size.
 * @throws as `readRows` does; a gzip file that is cut short has no plan.
 * @example const { shards } = await planShards(describeFile("rows.jsonl"), { rowsPerShard: 5_000 });
 */
export async function planShards(file: SourceFile, options: PlanOptions = {}): Promise<FilePlan> {
  const {
    rowsPerShard = 20_000,
    shardBytes = 64 * 1024 * 1024,
    maxRows = Number.POSITIVE_INFINITY,
  } = options;
  const { signal, db, chunkBytes } = options;
  const seekable = isSeekable(file);
  if (file.format === "parquet") {
    const groups = await parquetRowGroups(file, { db });
    const rows = groups.reduce((sum, group) => sum + group.rows, 0);
    return {
      rows: Math.min(rows, maxRows),
      unpackedBytes: rows > maxRows ? null : groups.reduce((sum, group) => sum + group.bytes, 0),
      shards: firstRows(shardsOfGroups(groups, rowsPerShard, shardBytes), maxRows),
      seekable,
    };
  }
  const layout = await textLayout(file);
  if (!layout) return { rows: 0, unpackedBytes: 0, shards: [], seekable };
  const finder = layout.finder(layout.bodyStart);
  const planner = new Planner(rowsPerShard, shardBytes, maxRows);
  let end = layout.bodyStart;
  for await (const { bytes, offset } of readChunks(file, { start: layout.bodyStart, chunkBytes, signal })) {
    finder.scan(bytes, offset, planner);
    if (planner.ended) break;
    end = offset + bytes.length;
  }
  if (!planner.ended) finder.finish(end, true, planner);
  planner.close(end);
  return { rows: planner.rows, unpackedBytes: planner.ended ? null : end, shards: planner.shards, seekable };
}

class Planner implements RowSink {
  readonly shards: ShardRange[] = [];
  rows = 0;
  /** Whether a row beyond `maxRows` was seen. */
  ended = false;
  private start = -1;
  private firstRow = 0;
  constructor(
    private readonly rowsPerShard: number,
    private readonly shardBytes: number,
    private readonly maxRows: number,
  ) {}

  row(start: number, end: number, cut: number): void {
    if (this.ended) return;
    if (this.rows >= this.maxRows) {
      this.close(cut >= 0 ? cut : start);
      this.ended = true;
      return;
    }
    if (this.start < 0) this.start = cut >= 0 ? cut : start;
    else if (
      cut >= 0 &&
      (this.rows - this.firstRow >= this.rowsPerShard || end - this.start > this.shardBytes)
    ) {
      this.close(cut);
      this.start = cut;
    }
    this.rows++;
  }

  close(end: number): void {
    if (this.rows === this.firstRow) return;
    this.shards.push({ firstRow: this.firstRow, rows: this.rows - this.firstRow, start: this.start, end });
    this.firstRow = this.rows;
  }
}

/** Whole row groups where they fit; a larger group is cut into equal parts, since a part costs a read of its group. */
function shardsOfGroups(
  groups: readonly { readonly rows: number; readonly bytes: number }[],
  rowsPerShard: number,
  shardBytes: number,
): ShardRange[] {
  const shards: ShardRange[] = [];
  let firstRow = 0;
  let rows = 0;
  let bytes = 0;
  const close = (): void => {
    if (rows > 0) shards.push({ firstRow, rows, start: null, end: null });
    firstRow += rows;
    rows = 0;
    bytes = 0;
  };
  for (const group of groups) {
    if (rows + group.rows > rowsPerShard || bytes + group.bytes > shardBytes) close();
    const parts = Math.min(
      group.rows,
      Math.max(Math.ceil(group.rows / rowsPerShard), Math.ceil(group.bytes / shardBytes)),
    );
    for (let part = 0; part < parts - 1; part++) {
      rows = Math.ceil((group.rows * (part + 1)) / parts) - Math.ceil((group.rows * part) / parts);
      close();
    }
    rows += group.rows - (parts > 1 ? Math.ceil((group.rows * (parts - 1)) / parts) : 0);
    bytes += group.bytes / Math.max(1, parts);
  }
  close();
  return shards;
}

function firstRows(shards: readonly ShardRange[], maxRows: number): ShardRange[] {
  return shards
    .filter((shard) => shard.firstRow < maxRows)
    .map((shard) => ({ ...shard, rows: Math.min(shard.rows, maxRows - shard.firstRow) }));
}
