/** Where the first rows stand that a pipeline's run kept. */

import { join } from "node:path";
import type { Db } from "../db";
import { type RunFolder, readParquet } from "../run-folder";
import { rowCounts } from "../run-folder/row-counts";
import type { RowPlaces } from "../run-folder/run-rows";

/**
 * Files of rows/ and row numbers in them of the first `n` rows that the last layer kept (`dropped`: of its first `n` rows),
 * in their order. Reads verdicts, and those up to the last such row alone.
 */
export async function firstKept(
  db: Db,
  run: RunFolder,
  n: number,
  { dropped }: { readonly dropped: boolean },
): Promise<RowPlaces> {
  const { verdicts } = run.layers.at(-1)!;
  const paths = run.shards.map((shard) => join(run.path, "rows", shard));
  const [sizes, decided] = [await rowCounts(db, paths), await rowCounts(db, verdicts)];
  const places = new Map<string, number[]>();
  let [left, before, shard, start] = [n, 0, 0, 0];
  for (const [i, path] of verdicts.entries()) {
    if (left === 0) break;
    const rows = await db.all<{ r: number }>(
      `select file_row_number::INTEGER as r from ${readParquet([path])} ${dropped ? "" : "where kept"} order by r limit ${left}`,
    );
    for (const { r } of rows) {
      while (before + r >= start + sizes[shard]!) start += sizes[shard++]!;
      const found = places.get(paths[shard]!);
      if (found) found.push(before + r - start);
      else places.set(paths[shard]!, [before + r - start]);
    }
    left -= rows.length;
    before += decided[i]!;
  }
  return places;
}
