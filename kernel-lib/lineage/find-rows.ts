/** Where in a run a row stands, found by the columns that name rows: no text is read. */

import { join, relative, sep } from "node:path";
import type { Db } from "../db";
import { splitRowKey } from "../row";
import { parquetFiles, readParquet } from "../run-folder";

/** A row that was written: kept in rows/ or refused in rejected/. */
export interface FoundRow {
  readonly rowKey: string;
  readonly id: string;
  readonly textId: string;
  readonly dataset: string;
  readonly subset: string;
  readonly split: string;
  readonly sourceRevision: string;
  readonly sourceFile: string;
  /** 0-based. */
  readonly sourceRow: number;
  /** Null for a kept row. */
  readonly refusal: { readonly stage: string; readonly reason: string; readonly detail: string } | null;
  /** Path in the run folder. */
  readonly file: string;
  /** Path below rows/ or rejected/<stage>/: the same in every sidecar. */
  readonly shard: string;
  /** 0-based row of that file. */
  readonly position: number;
}

export type KeyKind = "row_key" | "id or text_id";

/** All rows with this row_key, else with this id or text_id: kept ones first, in the order of the run. */
export async function findRows(
  db: Db,
  run: string,
  key: string,
): Promise<{ readonly rows: readonly FoundRow[]; readonly by: KeyKind }> {
  const parts = splitRowKey(key);
  if (parts) {
    // The row number has sharp bounds in every row group, the key has not.
    const rows = await search(db, run, `source_row = ${parts.row} and row_key = ?`, [key]);
    if (rows.length > 0) return { rows, by: "row_key" };
  }
  const rows = await search(db, run, "(id = ? or text_id = ?)", [key, key]);
  return { rows, by: parts && rows.length === 0 ? "row_key" : "id or text_id" };
}

async function search(
  db: Db,
  run: string,
  predicate: string,
  values: readonly string[],
): Promise<FoundRow[]> {
  const found: FoundRow[] = [];
  for (const folder of ["rows", "rejected"] as const) {
    const files = parquetFiles(join(run, folder)).map((name) => join(run, folder, name));
    if (files.length === 0) continue;
    const refusal = folder === "rejected" ? ", reject_reason, reject_detail" : "";
    const rows = await db.all<Record<string, string | number | null>>(
      `select row_key, id, text_id, dataset, subset, split, source_revision, source_file, source_row${refusal},
         filename, file_row_number
       from ${readParquet(files, ", filename = true, file_row_number = true")}
       where ${predicate} order by filename, file_row_number`,
      values,
    );
    for (const row of rows) {
      const text = (name: string) => String(row[name] ?? "");
      const shard = relative(join(run, folder), text("filename")).split(sep).join("/");
      const stage = shard.slice(0, shard.indexOf("/"));
      found.push({
        ...{ rowKey: text("row_key"), id: text("id"), textId: text("text_id"), dataset: text("dataset") },
        ...{ subset: text("subset"), split: text("split"), sourceRevision: text("source_revision") },
        ...{ sourceFile: text("source_file"), sourceRow: Number(row.source_row) },
        refusal:
          folder === "rows" ? null : { stage, reason: text("reject_reason"), detail: text("reject_detail") },
        file: `${folder}/${shard}`,
        shard: folder === "rows" ? shard : shard.slice(stage.length + 1),
        position: Number(row.file_row_number),
      });
    }
  }
  return found;
}
