/** From a table to an open threshold explorer. */

import { interruptSignal } from "../interrupt";
import { hasJournal } from "../kernel/journal";
import { type OnProgress, withProgress } from "../notebook/progress";
import type { ProgressListener } from "../progress";
import type { Table } from "../table/table";
import { Explorer } from "./explorer";
import { bytesPerRow, type LiveRows, liveRows } from "./live-rows";
import { EXPLORE, type LoadedColumns, loadColumns } from "./load-columns";
import { makeCells, type SketchOptions, sketchLoaded } from "./sketch";

export interface ExploreOptions extends Omit<SketchOptions, "columns" | "onProgress"> {
  /** The column whose threshold is looked for. */
  readonly column?: string;
  /** Several columns at once: a row is kept when all keep it. More than two work live only. */
  readonly columns?: readonly string[];
  /** Live counts hold the columns in memory, up to this many bytes; beyond it the explorer is static. Default 2 × 10^9. */
  readonly liveBytes?: number | undefined;
  /** Told about the reading in place of the notebook's display; null: nobody is. */
  readonly onProgress?: OnProgress | undefined;
}

/** Live explorers whose rows stay in memory; opening one more closes the oldest. */
const MOST_LIVE = 4;
const live: Explorer[] = [];

/**
 * An explorer of one or more number columns: what a threshold keeps, by group, with the rows on both sides. The columns
 * are read once (DuckDB spills beyond `memoryLimit`, default 4 GB); live counts then hold 14 to 62 bytes a row and
 * answer exactly. Stops on interrupt.
 * @throws InputError for a column that is missing (with the nearest names) or not a number.
 * @example const t = await explore(table, { column: "stats_approx_tokens", by: "meta_domain" })
 */
export async function explore(table: Table | Promise<Table>, options: ExploreOptions): Promise<Explorer> {
  const { column, columns = column === undefined ? [] : [column], by = null, onProgress } = options;
  const { liveBytes = 2e9 } = options;
  const of = await table;
  // asked for anew when rows are read again: an interrupt since then was meant for something else
  const signal = () => options.signal ?? interruptSignal();
  const load = (report: ProgressListener) =>
    loadColumns(of, { ...options, columns, by, signal: signal(), onProgress: report });
  const [loaded, sketch] = await withProgress(EXPLORE, onProgress, async (report) => {
    const read = await load(report);
    try {
      return [read, await sketchLoaded(read, { ...options, signal: signal() })] as const;
    } catch (error) {
      read.db.close();
      throw error;
    }
  });
  const bytes = sketch.total.rows * bytesPerRow(loaded);
  const staticOnly =
    bytes > liveBytes
      ? `static: live counts would hold ${gigabytes(bytes)} in memory, more than ${gigabytes(liveBytes)}; allow it with { liveBytes: ${roundUp(bytes)} }`
      : null;
  let held: LoadedColumns | null = loaded;
  const letGo = () => {
    held?.db.close();
    held = null;
  };
  // without the project's kernel nothing asks for rows by itself, so they are read again if they are asked for
  if (staticOnly !== null || !hasJournal()) letGo();
  const explorer: Explorer = new Explorer({
    ...{ table: of, sketch, staticOnly },
    load: async (): Promise<LiveRows> => {
      remember(explorer);
      const from = held ?? (await load(() => undefined));
      held = null;
      try {
        if (from !== loaded) await makeCells(from, sketch.groups, sketch.columns);
        return await liveRows(from, sketch);
      } finally {
        from.db.close();
      }
    },
    onClose: () => {
      letGo();
      forget(explorer);
    },
  });
  return explorer;
}

function remember(explorer: Explorer): void {
  forget(explorer); // it stands once, as the newest, also after a reading that failed
  live.push(explorer);
  if (live.length > MOST_LIVE) live[0]!.close();
}

function forget(explorer: Explorer): void {
  const at = live.indexOf(explorer);
  if (at >= 0) live.splice(at, 1);
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toPrecision(2)} GB`;
}

function roundUp(bytes: number): string {
  return `${Math.ceil(bytes / 1e9)}e9`;
}
