/** One row read again from its source file, entered at the shard that the run's planner cut. */

import { existsSync, readFileSync } from "node:fs";
import { z } from "zod";
import { statePath } from "../engine/commit";
import { datasetSlug } from "../run/parts";
import { isSeekable, readRows } from "../source/read-rows";
import type { BadRow, RawRow, ShardRange, SourceFile } from "../source/source";

const plan = z.object({
  summary: z.object({
    shards: z.array(
      z.object({
        firstRow: z.number(),
        rows: z.number(),
        start: z.number().nullable(),
        end: z.number().nullable(),
      }),
    ),
  }),
});

/**
 * The row with this number, readable or not; null where the file has fewer. Reads from the beginning of the shard that
 * holds it, or of the file where the run's bookkeeping is gone or the file is packed.
 */
export async function readSourceRow(
  run: string,
  dataset: string,
  file: SourceFile,
  row: number,
  signal?: AbortSignal,
): Promise<RawRow | BadRow | null> {
  const range = isSeekable(file) ? shardOf(run, dataset, file, row) : null;
  const options = { ...(range ? { range } : {}), ...(signal ? { signal } : {}) };
  for await (const { rows, bad } of readRows(file, options)) {
    const found = rows.find((one) => one.row === row) ?? bad.find((one) => one.row === row);
    if (found) return found;
    if ((rows[0]?.row ?? -1) > row) return null;
  }
  return null;
}

/** The planned shard, when the file still has the size that it had. */
function shardOf(run: string, dataset: string, file: SourceFile, row: number): ShardRange | null {
  const path = statePath(run, `done/plan/${datasetSlug(dataset)}/${file.name}.json`);
  if (!existsSync(path)) return null;
  try {
    const { shards } = plan.parse(JSON.parse(readFileSync(path, "utf8"))).summary;
    const shard = shards.find(({ firstRow, rows }) => row >= firstRow && row < firstRow + rows);
    return shard && (shard.end === null || shard.end <= file.bytes) ? shard : null;
  } catch {
    return null;
  }
}
