/** The rows that moved as one Parquet file. */
import { randomUUID } from "node:crypto";
import { mkdirSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { Db, quoteName, quoteText } from "../db";
import { errorText, InputError } from "../errors";
import { readParquet } from "../run-folder";

export interface MovedFile {
  readonly key: "row_key" | "row_number";
  readonly files: readonly string[];
  /** Names of the compared columns, in the order of the files' `before_i`, `after_i`, `change_i`. */
  readonly columns: readonly string[];
}

/** The file is there, whole. Returns its path. */
export async function writeMoved(
  path: string,
  { key, files, columns }: MovedFile,
  signal?: AbortSignal,
): Promise<string> {
  const values = columns.flatMap((name, i) =>
    ["before", "after", "change"].map((what) => `${what}_${i} as ${quoteName(`${name}_${what}`)}`),
  );
  const shown = [key, "direction", "because", "before", "after", ...values].join(", ");
  const rows =
    files.length > 0
      ? `select ${shown} from ${readParquet(files)}`
      : `select null::varchar as ${key}, null::varchar as direction, null::varchar as because, null::varchar as before, null::varchar as after where false`;
  const temporary = `${path}.${randomUUID()}.tmp`;
  const db = await Db.open({ threads: 2, memoryLimit: "1GB", ...(signal ? { signal } : {}) });
  try {
    mkdirSync(dirname(path), { recursive: true });
    await db.run(`copy (${rows}) to ${quoteText(temporary)} (format parquet, compression zstd)`);
    renameSync(temporary, path);
    return path;
  } catch (cause) {
    signal?.throwIfAborted();
    throw new InputError(`diff: cannot write the rows that moved to ${path}: ${errorText(cause)}`, { cause });
  } finally {
    rmSync(temporary, { force: true });
    db.close();
  }
}
