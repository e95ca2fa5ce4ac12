/** How many rows Parquet files hold. */

import { statSync } from "node:fs";
import { type Db, literalPath, quoteList } from "../db";

/** Rows by file, as long as it is the same one. */
const counted = new Map<string, { readonly stamp: string; readonly rows: number }>();

/** Rows of each file, from its footer, which is read once in a process as long as the file is the same. */
export async function rowCounts(db: Db, paths: readonly string[]): Promise<number[]> {
  const stamps = paths.map((path) => stampOf([path]));
  const unknown = paths.filter((path, i) => counted.get(path)?.stamp !== stamps[i]);
  if (unknown.length > 0) {
    const lines = await db.all<{ file_name: string; num_rows: number }>(
      `select file_name, num_rows from parquet_file_metadata(${quoteList(unknown.map(literalPath))})`,
    );
    const rows = new Map(lines.map(({ file_name, num_rows }) => [file_name, num_rows]));
    paths.forEach((path, i) => {
      const found = rows.get(path);
      if (found !== undefined) counted.set(path, { stamp: stamps[i]!, rows: found });
    });
  }
  return paths.map((path, i) => {
    const found = counted.get(path);
    return found && found.stamp === stamps[i] ? found.rows : 0;
  });
}

/** What files look like from outside: another text once one of them was written anew. */
export function stampOf(paths: readonly string[]): string {
  return paths
    .map((path) => {
      const { ino, size, mtimeMs } = statSync(path);
      return `${ino} ${size} ${mtimeMs}`;
    })
    .join(",");
}
