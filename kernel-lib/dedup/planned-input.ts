/** What dedup is given, and what is known of it before a row is read. */
import { InputError, nearestNames } from "../errors";
import type { Table } from "../table/table";
import type { LineFile } from "./line-file";

/** A run folder, a file or folder of rows, a table, or rows in memory. */
export type DedupInput = string | Table | readonly Readonly<Record<string, unknown>>[];

export interface InputColumns {
  /** Column with the text. Default `text`. */
  readonly text?: string | undefined;
  /** Column with the user's own id. Default `id` where there is one. */
  readonly id?: string | undefined;
}

/** A shard of Parquet that a task lays out as lines. */
export interface ParquetShard {
  readonly path: string;
  /** Where its lines go, relative to the output folder. */
  readonly lines: string;
}

export interface PlannedInput {
  /** For people. */
  readonly name: string;
  /** Absolute path of the run folder, where it is one. */
  readonly run: string | null;
  /** Lines that are there already. */
  readonly files: readonly LineFile[];
  /** Shards to be laid out first, and the fields their lines will have. */
  readonly shards: readonly ParquetShard[];
}

/** That a table has no such column, and what it has. */
export function noColumn(name: string, column: string, names: readonly string[]): InputError {
  const near = nearestNames(column, names);
  return new InputError(
    `${name}: no column "${column}"${near.length > 0 ? `; near it: ${near.join(", ")}` : ""}; ` +
      `it has ${names.slice(0, 12).join(", ")}: name the text with --text COLUMN and the id with --id COLUMN`,
  );
}
