/** The run that holds the rows which a pipeline's run decided about, and rows that a pipeline gave another text. */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Db, quoteText } from "../db";
import { type Run, readRun } from "../run/run";
import { type RunFolder, readParquet } from "../run-folder";
import { type FoundRow, findRows, type KeyKind } from "./find-rows";

/** The run itself, or the one at the bottom of its layers. */
export function baseRun(run: Run): Run {
  const { pipeline } = run.manifest;
  return pipeline ? baseRun(readRun(resolve(run.out, pipeline.input))) : run;
}

/** `findRows` that also knows the text_ids of rewritten texts. */
export async function findRowsThrough(
  db: Db,
  folder: Pick<RunFolder, "path" | "layers" | "shards">,
  key: string,
): Promise<{ readonly rows: readonly FoundRow[]; readonly by: KeyKind }> {
  const found = await findRows(db, folder.path, key);
  if (found.rows.length > 0) return found;
  const files = folder.layers
    .flatMap(({ overlays }) => overlays.flatMap((path) => folder.shards.map((shard) => join(path, shard))))
    .filter((path) => existsSync(path));
  if (files.length === 0) return found;
  const keys = await db.all<{ row_key: string }>(
    `select distinct row_key from ${readParquet(files)} where text_id = ${quoteText(key)} order by row_key`,
  );
  const rows: FoundRow[] = [];
  for (const { row_key } of keys) rows.push(...(await findRows(db, folder.path, row_key)).rows);
  return { rows, by: found.by };
}
