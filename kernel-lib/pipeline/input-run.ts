/** The run that a pipeline goes over: its rows, sidecars and earlier layers, and how many rows it hands on. */
import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import { join } from "node:path";
import type { Db } from "../db";
import { InputError, ShardError } from "../errors";
import { type LedgerEntry, sum } from "../run/ledger";
import { type Run, readRun } from "../run/run";
import { parquetFiles, type RunFolder, readParquet } from "../run-folder";
import { basisOf, readLayeredRun } from "../run-folder/layers";
import { rowCounts } from "../run-folder/row-counts";
import { alignedSidecars } from "../table/aligned-sidecars";
import type { InputShard } from "./parts";

export interface Split {
  readonly dataset: string;
  readonly subset: string;
  readonly split: string;
}

export interface InputRun {
  readonly run: Run;
  readonly folder: RunFolder;
  /** Folders of the sidecars that go by position. */
  readonly aligned: ReadonlySet<string>;
  readonly shards: readonly InputShard[];
  readonly splits: readonly Split[];
  /** Rows that enter the pipeline, by split. */
  readonly rowsIn: readonly number[];
  /** Identity of the rows/ shards. */
  readonly basis: string;
  /** Identity of all its files, by size and time: what was made from others is made anew. */
  readonly stamp: string;
  /** Verdicts of the layer below, over all rows; none over a run that is no layer, or that dropped no row. */
  readonly verdicts: readonly { readonly path: string; readonly rows: number }[];
}

/**
 * Reads the input of a pipeline; of rows only the first of each folder is looked at.
 * @throws InputError when it is no finished run.
 */
export async function readInputRun(db: Db, path: string): Promise<InputRun> {
  const run = readRun(path);
  const folder = await readLayeredRun(db, run.out);
  const aligned = await alignedSidecars(db, folder);
  const paths = folder.shards.map((shard) => join(folder.path, "rows", shard));
  const counts = await rowCounts(db, paths);
  const last = lastStage(run.ledger.splits);
  const splits = last.map(({ dataset, subset, split }) => ({ dataset, subset, split }));
  const splitOf = splits.length === 1 ? () => 0 : await splitsByFolder(db, folder, splits);
  const shards = folder.shards.map((name, i) => ({ name, rows: counts[i]!, split: splitOf(name) }));
  const verdicts = folder.layers.at(-1)?.verdicts ?? [];
  const verdictRows = await rowCounts(db, verdicts);
  checkCounts(run, shards, folder.layers.length === 0 ? last : null, verdictRows);
  const keptAll = sum(last.map(({ rows_out }) => rows_out)) === sum(counts);
  return {
    ...{ run, folder, aligned, shards, splits },
    rowsIn: last.map(({ rows_out }) => rows_out),
    basis: basisOf(folder),
    stamp: stampOf([
      ...paths,
      ...folder.sidecars.flatMap((sidecar) => sidecar.shards.map((shard) => join(sidecar.path, shard))),
      ...verdicts,
      ...folder.layers.flatMap(({ overlays }) =>
        overlays.flatMap((path) => parquetFiles(path).map((name) => join(path, name))),
      ),
    ]),
    verdicts: keptAll ? [] : verdicts.map((file, i) => ({ path: file, rows: verdictRows[i]! })),
  };
}

function stampOf(paths: readonly string[]): string {
  const hash = createHash("sha256");
  for (const path of paths) {
    const { size, mtimeMs } = statSync(path);
    hash.update(`${path}\t${size}\t${mtimeMs}\n`);
  }
  return hash.digest("hex");
}

function lastStage(entries: readonly LedgerEntry[]): readonly LedgerEntry[] {
  const stage = entries.at(-1)?.stage;
  return entries.filter((entry) => entry.stage === stage);
}

/** A folder below rows/ holds rows of one split: the first row says of which. */
async function splitsByFolder(
  db: Db,
  { path, shards }: RunFolder,
  splits: readonly Split[],
): Promise<(shard: string) => number> {
  const folderOf = (shard: string) => shard.split("/").slice(0, -1).join("/");
  const known = new Map<string, number>();
  for (const shard of shards) {
    const folder = folderOf(shard);
    if (known.has(folder)) continue;
    const [row] = await db.all<{ dataset: string; subset: string; split: string }>(
      `select dataset, subset, split from ${readParquet([join(path, "rows", shard)])} limit 1`,
    );
    if (!row) continue; // a shard without rows: another one of the folder says it
    known.set(
      folder,
      splits.findIndex((s) => s.dataset === row.dataset && s.subset === row.subset && s.split === row.split),
    );
  }
  return (shard) => {
    const split = known.get(folderOf(shard)) ?? 0;
    if (split >= 0) return split;
    throw new InputError(
      `${join(path, "rows", shard)}: holds rows of a split that the run's ledger does not name`,
    );
  };
}

function checkCounts(
  run: Run,
  shards: readonly InputShard[],
  entries: readonly LedgerEntry[] | null,
  verdictRows: readonly number[],
): void {
  const rows = shards.reduce((sum, shard) => sum + shard.rows, 0);
  entries?.forEach(({ dataset, subset, split, rows_out }, i) => {
    const found = shards.filter((shard) => shard.split === i).reduce((sum, shard) => sum + shard.rows, 0);
    if (found === rows_out) return;
    throw new ShardError(
      `${run.out}: rows/ holds ${found} rows of ${dataset} ${subset}/${split}, its ledger says ${rows_out}: do not use this run`,
    );
  });
  if (entries !== null) return;
  const decided = verdictRows.reduce((sum, count) => sum + count, 0);
  if (decided !== rows) {
    throw new ShardError(
      `${run.out}: verdicts/ speaks of ${decided} rows, rows/ holds ${rows}: do not use this run`,
    );
  }
}
