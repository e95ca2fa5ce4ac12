/** SQL of a run's rows with the columns of its sidecars. */

import { join } from "node:path";
import { quoteName } from "../db";
import { type RunFolder, readParquet, type Sidecar } from "../run-folder";

/** Columns that say in which file of rows/ a row stands, and where in it. */
export const ID_FILE = "__corpuslab_file";
export const ID_ROW = "__corpuslab_row";

/** Rows that are known by their place: for each file, numbers from 0. */
export type RowPlaces = ReadonlyMap<string, readonly (number | bigint)[]>;

export interface RunRowsOptions {
  readonly run: Pick<RunFolder, "path" | "shards">;
  readonly sidecars: readonly Sidecar[];
  /** Folders of the sidecars that have the rows of rows/ in the same order. */
  readonly aligned: ReadonlySet<string>;
  /** The rows' shards that are read, some of the run's first or all. */
  readonly shards: readonly string[];
  /** How many rows of them; null for all. */
  readonly n: number | null;
  readonly only: RowPlaces | null;
  readonly ids: boolean;
}

/**
 * Sidecars in `aligned` go by position: DuckDB reads the columns that are asked for on either side, and neither keys nor
 * a hash table. It does not push conditions down through such a join, so a few rows that are known by their place
 * (`only`) are picked on each side first and joined by key.
 */
export function runRows(options: RunRowsOptions): string {
  const { run, sidecars, aligned, n, only, ids } = options;
  const shards =
    only === null ? options.shards : options.shards.filter((shard) => only.has(rowsPath(run, shard)));
  if (shards.length === 0) return runRows({ ...options, shards: run.shards.slice(0, 1), n: 0, only: null });
  const parquet = (folder: string, names: readonly string[]) =>
    readParquet(
      names.map((shard) => join(folder, shard)),
      ", union_by_name = true",
    );
  // A file each: of several files in one scan DuckDB would read all texts to look at the row numbers.
  const pickedFrom = (folder: string, places: RowPlaces) => {
    const parts = shards.map((shard) => {
      const numbers = places.get(rowsPath(run, shard))!.join(", ");
      return `select *, filename, file_row_number from ${parquet(folder, [shard])} where file_row_number in (${numbers})`;
    });
    return `(${parts.join(" union all by name ")})`;
  };
  const picked = (folder: string) => (only === null ? parquet(folder, shards) : pickedFrom(folder, only));
  const valuesOf = (sidecar: Sidecar, from: string) =>
    sidecar.columns.map(({ name, shownAs }) => `${from}.${quoteName(name)} as ${quoteName(shownAs)}`);
  const beside = sidecars.filter(({ folder }) => aligned.has(folder));
  const joined = sidecars.filter(({ folder }) => !aligned.has(folder));
  const join1 = (sidecar: Sidecar, i: number) =>
    only === null
      ? `positional join ${picked(sidecar.path)} s${i}`
      : `left join ${picked(sidecar.path)} s${i} on s${i}.row_key = r.row_key`;
  const own = only === null ? "r.*" : "r.* exclude (filename, file_row_number)";
  const places = ids ? [`r.filename as ${ID_FILE}`, `r.file_row_number as ${ID_ROW}`] : [];
  const values = beside.flatMap((sidecar, i) => valuesOf(sidecar, `s${i}`));
  const limit = n === null ? "" : ` limit ${n}`;
  const rows =
    `select ${[own, ...values, ...places].join(", ")} from ${picked(join(run.path, "rows"))} r ` +
    `${beside.map(join1).join(" ")}${limit}`;
  if (joined.length === 0) return rows;
  // The view's order of columns: sidecar by sidecar.
  const later = [
    ...beside.flatMap(({ columns }) => columns.map(({ shownAs }) => quoteName(shownAs))),
    ...(ids ? [ID_FILE, ID_ROW] : []),
  ];
  const all = sidecars.flatMap((sidecar) =>
    aligned.has(sidecar.folder)
      ? sidecar.columns.map(({ shownAs }) => `r.${quoteName(shownAs)}`)
      : valuesOf(sidecar, `j${joined.indexOf(sidecar)}`),
  );
  const canonical = later.length === 0 ? "r.*" : `r.* exclude (${later.join(", ")})`;
  const joins = joined.map((sidecar, i) => {
    const names = only === null ? sameShards(sidecar, shards) : sidecar.shards;
    return `left join ${parquet(sidecar.path, names)} j${i} on j${i}.row_key = r.row_key`;
  });
  const ownPlaces = ids ? [`r.${ID_FILE}`, `r.${ID_ROW}`] : [];
  return `select ${[canonical, ...all, ...ownPlaces].join(", ")} from (${rows}) r ${joins.join(" ")}`;
}

function rowsPath(run: Pick<RunFolder, "path">, shard: string): string {
  return join(run.path, "rows", shard);
}

/** The sidecar's shards of the same names; all of them where one is missing. */
function sameShards(sidecar: Sidecar, shards: readonly string[]): readonly string[] {
  const has = new Set(sidecar.shards);
  return shards.every((shard) => has.has(shard)) ? shards : sidecar.shards;
}
