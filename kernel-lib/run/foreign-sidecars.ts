/** Sidecars that others added to a run (labels, scores of somebody's own) and that a resumed run leaves alone. */

import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { Db } from "../db";
import { parquetFiles, readParquet } from "../run-folder";
import { isOfOtherRows, rowsBasis } from "../run-folder/rows-basis";

/**
 * Folders below flags/ of which this run `written` nothing, and that have the same rows in the same order as `rows/`, as
 * `flags/<name>/`. One that does not, or whose flag.json names other rows, is no sidecar of these rows any more.
 */
export async function foreignSidecars(out: string, written: ReadonlySet<string>): Promise<string[]> {
  if (!existsSync(join(out, "flags"))) return [];
  const own = new Set([...written].map((name) => name.split("/").slice(0, 2).join("/")));
  const others = readdirSync(join(out, "flags"))
    .map((name) => `flags/${name}`)
    .filter((folder) => !own.has(folder) && parquetFiles(join(out, folder)).length > 0);
  if (others.length === 0) return [];
  const db = await Db.open({ threads: 1, memoryLimit: "200MB" });
  try {
    const sound: string[] = [];
    const basis = rowsBasis(out);
    for (const folder of others) {
      if (isOfOtherRows(join(out, folder, "flag.json"), basis)) continue;
      if (await hasSameRows(db, out, folder)) sound.push(`${folder}/`);
    }
    return sound;
  } finally {
    db.close();
  }
}

async function hasSameRows(db: Db, out: string, folder: string): Promise<boolean> {
  const shards = parquetFiles(join(out, "rows"));
  if (shards.join("\n") !== parquetFiles(join(out, folder)).join("\n")) return false;
  for (const shard of shards) {
    const side = readParquet([join(out, folder, shard)]);
    if (!(await db.describe(`select * from ${side}`)).some(({ name }) => name === "row_key")) return false;
    const { n } = await db.one<{ n: number }>(
      `select count(*) as n from (select row_key as a from ${readParquet([join(out, "rows", shard)])})
       positional join (select row_key as b from ${side}) where a is distinct from b`,
    );
    if (n > 0) return false;
  }
  return true;
}
