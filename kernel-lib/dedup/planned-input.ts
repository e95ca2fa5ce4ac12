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

/** A run folder among the tables: sidecars are written into it. */
export interface InputRun {
  readonly path: string;
  /** Its number among the tables. Runs over one source share row_keys, so a row is known by both. */
  readonly table: number;
}

/** The run folders, when the first input is table `from`. @throws InputError where there is none, or none that can be written into. */
export function runsOf(planned: readonly PlannedInput[], from = 0): InputRun[] {
  const runs = planned.flatMap(({ run }, i) => (run === null ? [] : [{ path: run, table: from + i }]));
  if (runs.length > 0) return runs;
  throw new InputError(
    `sidecars: none of ${planned.map(({ name }) => name).join(", ")} is a run folder with rows of its own, so there is nowhere ` +
      "to write them (a pipeline's run has none; --text and --id make a table of a run): take the answer from --out",
  );
}

/** That a table has no such column, and what it has. */
export function noColumn(name: string, column: string, names: readonly string[]): InputError {
  const near = nearestNames(column, names);
  return new InputError(
    `${name}: no column "${column}"${near.length > 0 ? `; near it: ${near.join(", ")}` : ""}; ` +
      `it has ${names.slice(0, 12).join(", ")}: name the text with --text COLUMN and the id with --id COLUMN`,
  );
}
