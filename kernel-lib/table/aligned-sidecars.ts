/** Which sidecars of a run have the rows of rows/ in the same order, so that their values can be laid beside the rows. */

import { readFileSync } from "node:fs";
import { join, sep } from "node:path";
import { type Db, quoteText } from "../db";
import { type RunFolder, readParquet } from "../run-folder";
import { rowCounts, stampOf } from "../run-folder/row-counts";

interface Known {
  readonly stamp: string;
  readonly aligned: boolean;
}

/** Verdicts by the sidecar's absolute path, as long as its files and the rows' are the same. */
const known = new Map<string, Known>();

/** Last rows of shards that are compared: shards have nearly all the same number of rows. */
const MOST_LAST_ROWS = 32;
/** Sidecars that the library writes itself, shard by shard from the rows, beside the run's own flags. */
const OWN = ["exact_duplicate", "labels", "reviews"];

/**
 * The folders of the sidecars whose shards are those of rows/, row for row. Shard names and row counts are compared for
 * all (flags of a pipeline's run are made row for row, so that is enough); then row_keys: at some places of every shard of a sidecar that the run itself wrote, all of them for others, which
 * reads that column once (3 seconds for 10M rows). A sidecar that is not among them has to be joined by row_key. Costs a
 * stat for each file when nothing changed since the last call in this process.
 */
export async function alignedSidecars(db: Db, run: RunFolder): Promise<ReadonlySet<string>> {
  const own = new Set([...OWN, ...flagsOfRun(run.path)]);
  const flagsOfLayers = new Set(run.layers.flatMap(({ flags }) => flags));
  const aligned = new Set<string>();
  let counts: readonly number[] | null = null;
  const rows = join(run.path, "rows");
  const stampOfRows = stampOf(pathsIn(run, rows));
  for (const sidecar of run.sidecars) {
    if (sidecar.shards.join("\n") !== run.shards.join("\n")) continue;
    const { path } = sidecar;
    const stamp = `${stampOfRows}\n${stampOf(pathsIn(run, path))}`;
    let verdict = known.get(path);
    if (verdict?.stamp !== stamp) {
      counts ??= await rowCounts(db, pathsIn(run, rows));
      const isOwn = sidecar.folder.startsWith("flags/") && own.has(sidecar.name);
      const check = flagsOfLayers.has(path) ? "counts" : isOwn ? "some keys" : "all keys";
      verdict = { stamp, aligned: await isAligned(db, run, path, counts, check) };
      known.set(path, verdict);
    }
    if (verdict.aligned) aligned.add(sidecar.folder);
  }
  return aligned;
}

async function isAligned(
  db: Db,
  run: RunFolder,
  folder: string,
  counts: readonly number[],
  check: "counts" | "some keys" | "all keys",
): Promise<boolean> {
  const paths = pathsIn(run, folder);
  const theirs = await rowCounts(db, paths);
  if (theirs.some((count, i) => count !== counts[i])) return false;
  if (check === "counts") return true;
  const rows = join(run.path, "rows");
  const differ =
    check === "some keys"
      ? `select 1 from (${someKeys(run, rows, counts)}) r full join (${someKeys(run, folder, counts)}) s
       using (shard, place) where r.row_key is distinct from s.row_key limit 1`
      : `select 1 from ${readParquet(pathsIn(run, rows))} r positional join ${readParquet(paths)} s
       where r.row_key is distinct from s.row_key limit 1`;
  return (await db.all(differ)).length === 0;
}

/** `shard`, `place`, `row_key` of rows 0, 1, 3, 7, 15 … and of the last ones: DuckDB reads no others. */
function someKeys(run: RunFolder, folder: string, counts: readonly number[]): string {
  const places = new Set<number>();
  const most = counts.reduce((a, b) => Math.max(a, b), 0);
  for (let at = 0; at < most; at = 2 * at + 1) places.add(at);
  for (const last of [...new Set(counts)].slice(0, MOST_LAST_ROWS)) places.add(Math.max(0, last - 1));
  const shard = `replace(filename, ${quoteText(folder + sep)}, '')`;
  return `select ${shard} as shard, file_row_number as place, row_key from ${readParquet(pathsIn(run, folder))}
    where file_row_number in (${[...places].join(", ")})`;
}

function pathsIn(run: RunFolder, folder: string): string[] {
  return run.shards.map((shard) => join(folder, shard));
}

/** The flags that the run computed, as its run.json says; none where that cannot be read. */
function flagsOfRun(folder: string): string[] {
  try {
    const { config } = JSON.parse(readFileSync(join(folder, "run.json"), "utf8")) as {
      config: { flags: unknown };
    };
    return Array.isArray(config.flags) ? config.flags.map(String) : [];
  } catch {
    return [];
  }
}
