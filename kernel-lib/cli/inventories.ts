/** Inventories of several datasets, each with its report folder. */
import { join } from "node:path";
import { descriptionFolders } from "../dataset";
import { errorText, ShardError } from "../errors";
import type { Inventory } from "../inventory/inventory";
import { inventory as inventoryOf } from "../inventory/inventory-of";
import { reportSlug, writeReports } from "../inventory/write-reports";
import { displaySymbol } from "../notebook/display";
import type { ProgressListener } from "../progress";
import type { Source } from "../source/source";

export interface InventoriesOptions {
  /** The report's folder; of several datasets the folder that holds one folder each. Default `reports/<name>`. */
  readonly out?: string;
  readonly sample?: number;
  readonly signal: AbortSignal;
  readonly onProgress: ProgressListener;
}

export interface WrittenInventories {
  readonly written: readonly { readonly inventory: Inventory; readonly folder: string }[];
  /** What could not be read, a sentence for each source that has no report. */
  readonly failures: readonly string[];
}

/** One inventory and one written report for each source that can be read, in order. */
export async function writeInventories(
  sources: readonly Source[],
  { out, sample, signal, onProgress }: InventoriesOptions,
): Promise<WrittenInventories> {
  const bytes = sources.map(({ splits }) =>
    splits.flatMap(({ files }) => files).reduce((sum, f) => sum + f.bytes, 0),
  );
  const total = bytes.reduce((sum, b) => sum + b, 0) || 1;
  let bytesBefore = 0;
  let rowsBefore = 0;
  const written: { inventory: Inventory; folder: string }[] = [];
  const failures: string[] = [];
  for (const [i, source] of sources.entries()) {
    let rows = 0;
    const reading = inventoryOf(source, {
      signal,
      folders: descriptionFolders(),
      ...(sample === undefined ? {} : { sample }),
      onProgress: (progress) => {
        rows = progress.done;
        const share = (bytesBefore + progress.share * bytes[i]!) / total;
        onProgress({ ...progress, done: rowsBefore + rows, share });
      },
    });
    const inventory = await reading.catch((error: unknown) => {
      if (!(error instanceof ShardError)) throw error;
      failures.push(`no inventory of ${source.dataset}: ${errorText(error)}`);
      return null;
    });
    rowsBefore += rows;
    bytesBefore += bytes[i]!;
    if (inventory === null) continue;
    const folder = folderOf(source, sources.length, out);
    writeReports(inventory, folder);
    written.push({ inventory, folder });
  }
  return { written, failures };
}

/** The coverage table and the gaps as text. */
export function coverageText(inventory: Inventory): string {
  return inventory[displaySymbol]()["text/plain"];
}

function folderOf(source: Source, sources: number, out: string | undefined): string {
  const slug = reportSlug(source.dataset);
  if (out === undefined) return join("reports", slug);
  return sources > 1 ? join(out, slug) : out;
}
