/** The workspace's labels as a sidecar of a run, for readers without the log: pools, view.sql, Python. */

import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { Db, quoteName, quoteText } from "../db";
import { lockRun } from "../engine/lock";
import { InputError } from "../errors";
import { LABEL_COLUMNS, labelOverlays, type Overlay } from "../label/label-columns";
import { labelFolder } from "../label/log";
import { reviewOverlay, shownColumns } from "../label/review-columns";
import { brokenLog, readReviewLogs } from "../label/review-log";
import { readRun } from "../run/run";
import { writeView } from "../run/view";
import { datasetsOfRun, parquetFiles, readParquet } from "../run-folder";
import { REVIEWS_SIDECAR } from "../run-folder/review-columns";
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
  /** Rows that a reviewer decided on with the text they have now; they stand in `flags/reviews.v1`. */
  readonly reviewed: number;
}

/**
 * `<run>/flags/labels.v1` holds the labels of this moment, and the patches where there are any for the run's datasets:
 * the same rows in the same order as `rows/`, null where nothing was said. It replaces the one that was there, and
 * view.sql shows its columns; pools that are built from now on have them. Later labels need another call. Where reviews
 * speak of the run's datasets, `flags/reviews.v1` holds their columns likewise; red-team pools read the log all the same.
 * @throws InputError when the folder holds no finished run, for a log of reviews that was edited, and where there is no workspace (or `from`).
 * @example await writeLabels("out/demo")
 */
export async function writeLabels(
  run: string | { readonly out: string },
  { from }: { readonly from?: string } = {},
): Promise<WrittenLabels> {
  const { out } = readRun(typeof run === "string" ? resolve(run) : run.out);
  const folder = labelFolder(from);
  const overlays = labelOverlays(folder, datasetsOfRun(out));
  for (const { broken } of readReviewLogs(folder))
    if (broken !== null) throw new InputError(`labels: ${brokenLog(broken)}`);
  const reviews = reviewOverlay(folder, datasetsOfRun(out));
  const unlock = lockRun(out);
  const building = join(out, ".labels-building");
  const reviewing = join(out, ".reviews-building");
  const db = await Db.open({ threads: 1, memoryLimit: "400MB" });
  try {
    for (const half of [building, reviewing]) rmSync(half, { recursive: true, force: true });
    const written = { rows: 0, labeled: 0, patched: 0 };
    let reviewed = 0;
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
      if (reviews === null) continue;
      const said = join(reviewing, shard);
      mkdirSync(dirname(said), { recursive: true });
      await db.run(
        `copy (${reviewsSql(join(out, "rows", shard), reviews)}) to ${quoteText(`${said}.tmp`)} (format parquet, compression zstd)`,
      );
      renameDurably(`${said}.tmp`, said);
      const { n } = await db.one<{ n: number }>(
        `select count(*) filter (_reviewed)::double as n from ${readParquet([said])}`,
      );
      reviewed += n;
    }
    if (!existsSync(building)) throw new InputError(`labels: ${out} holds no rows to write labels beside`);
    replace(building, join(out, LABELS_SIDECAR), join(out, ".labels-old"));
    if (reviews === null) rmSync(join(out, REVIEWS_SIDECAR), { recursive: true, force: true });
    else replace(reviewing, join(out, REVIEWS_SIDECAR), join(out, ".reviews-old"));
    await writeView(out);
    return { sidecar: LABELS_SIDECAR, ...written, reviewed };
  } finally {
    db.close();
    for (const half of [building, reviewing]) rmSync(half, { recursive: true, force: true });
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

function reviewsSql(shard: string, { sql }: Overlay): string {
  const columns = shownColumns("rv.by_text", "r.text_id").map(
    (one) => `${one.sql} as ${quoteName(one.name)}`,
  );
  return (
    `select ${["r.row_key", ...columns].join(", ")} from ` +
    `(select row_key, text_id, file_row_number from ${readParquet([shard], ", file_row_number = true")}) r ` +
    `left join ${sql} rv on rv.row_key = r.row_key order by r.file_row_number`
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
