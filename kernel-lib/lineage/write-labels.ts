/** The workspace's labels as a sidecar of a run, for readers without the log: pools, view.sql, Python. */

import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { Db, quoteName, quoteText } from "../db";
import { lockRun } from "../engine/lock";
import { InputError } from "../errors";
import { LABEL_COLUMNS, labelOverlays, type Overlay } from "../label/label-columns";
import { labelFolder } from "../label/log";
import { readRun } from "../run/run";
import { writeView } from "../run/view";
import { datasetsOfRun, parquetFiles, readParquet } from "../run-folder";
import { renameDurably } from "../select/pool-folder";

/** Where labels stand in a run folder. */
export const LABELS_SIDECAR = "flags/labels.v1";

export interface WrittenLabels {
  /** Path in the run folder. */
  readonly sidecar: string;
  readonly rows: number;
  /** Rows that have a label, and rows that have a patch. */
  readonly labeled: number;
  readonly patched: number;
}

/**
 * `<run>/flags/labels.v1` holds the labels of this moment, and the patches where there are any for the run's datasets:
 * the same rows in the same order as `rows/`, null where nothing was said. It replaces the one that was there, and
 * view.sql shows its columns; pools that are built from now on have them. Later labels need another call.
 * @throws InputError when the folder holds no finished run, and where there is no workspace (or `from`).
 * @example await writeLabels("out/demo")
 */
export async function writeLabels(
  run: string | { readonly out: string },
  { from }: { readonly from?: string } = {},
): Promise<WrittenLabels> {
  const { out } = readRun(typeof run === "string" ? resolve(run) : run.out);
  const overlays = labelOverlays(labelFolder(from), datasetsOfRun(out));
  const unlock = lockRun(out);
  const building = join(out, ".labels-building");
  const db = await Db.open({ threads: 1, memoryLimit: "400MB" });
  try {
    rmSync(building, { recursive: true, force: true });
    const written = { rows: 0, labeled: 0, patched: 0 };
    for (const shard of parquetFiles(join(out, "rows"))) {
      const to = join(building, shard);
      mkdirSync(dirname(to), { recursive: true });
      await db.run(
        `copy (${sidecarSql(join(out, "rows", shard), overlays)}) to ${quoteText(`${to}.tmp`)} (format parquet, compression zstd)`,
      );
      renameDurably(`${to}.tmp`, to);
      const patched = overlays.some(isPatches) ? "count(patch_text_id)" : "0";
      const counts = await db.one<typeof written>(
        `select count(*) as rows, count(label) as labeled, ${patched}::bigint as patched from ${readParquet([to])}`,
      );
      for (const name of ["rows", "labeled", "patched"] as const) written[name] += counts[name];
    }
    if (!existsSync(building)) throw new InputError(`labels: ${out} holds no rows to write labels beside`);
    replace(building, join(out, LABELS_SIDECAR), join(out, ".labels-old"));
    await writeView(out);
    return { sidecar: LABELS_SIDECAR, ...written };
  } finally {
    db.close();
    rmSync(building, { recursive: true, force: true });
    unlock();
  }
}

function sidecarSql(shard: string, overlays: readonly Overlay[]): string {
  const shown = overlays.some((overlay) => !isPatches(overlay))
    ? []
    : LABEL_COLUMNS.map((name) => `null::varchar as ${name}`);
  const columns = overlays.flatMap((overlay, i) => overlay.columns.map((name) => `o${i}.${quoteName(name)}`));
  const joins = overlays.map(({ sql }, i) => `left join ${sql} o${i} on o${i}.row_key = r.row_key`);
  return (
    `select ${["r.row_key", ...shown, ...columns].join(", ")} from ` +
    `(select row_key, file_row_number from ${readParquet([shard], ", file_row_number = true")}) r ` +
    `${joins.join(" ")} order by r.file_row_number`
  );
}

function isPatches({ columns }: Overlay): boolean {
  return columns.includes("patch_text_id");
}

function replace(building: string, target: string, old: string): void {
  rmSync(old, { recursive: true, force: true });
  mkdirSync(dirname(target), { recursive: true });
  if (existsSync(target)) renameSync(target, old);
  renameSync(building, target);
  rmSync(old, { recursive: true, force: true });
}
