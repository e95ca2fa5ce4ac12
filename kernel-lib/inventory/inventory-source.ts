import { InputError } from "../errors";
import { interruptSignal } from "../interrupt";
import { type OnProgress, withProgress } from "../notebook/progress";
import { JOBS, type ProgressListener } from "../progress";
import { planShards } from "../source/plan-shards";
import type { Source, SourceFile } from "../source/source";
import type { ProfiledSplit } from "./build-inventory";
import { buildInventory } from "./build-inventory";
import type { CoverageChoice, CoverageChooser } from "./coverage";
import { hashFile } from "./hash-file";
import type { Inventory } from "./inventory";
import type { SplitProfileJson } from "./profile";
import { mergeProfiles, profileShard } from "./profile-shard";

export interface InventoryOptions {
  /** Read only this many rows of each split, evenly from the beginnings of its files. Default: all rows. */
  readonly sample?: number | undefined;
  /** How each split's coverage is read. Default: only correctness metadata, which needs no adapter. */
  readonly coverage?: CoverageChooser | undefined;
  /** Stops the reading. Default: the notebook's interrupt button. */
  readonly signal?: AbortSignal | undefined;
  /** Told after each batch, in place of the display that a notebook shows by itself; null: nothing is shown. */
  readonly onProgress?: OnProgress | undefined;
}

const NO_ADAPTER: CoverageChoice = { adapter: null, note: null, of: null };

/**
 * What is in a source: exact counts of rows, unreadable lines, types, nulls and metadata for each split, from one
 * streaming pass over each file. With `sample` only the first rows are read and everything is marked as estimated
 * (unless the sample holds all rows). Splits, files and columns are in the order of the source; the same files give the
 * same inventory. Memory does not grow with the data.
 * @throws InputError when a file cannot be read.
 * @example const inventory = await inventorySource(source, { sample: 1000 });
 */
export async function inventorySource(source: Source, options: InventoryOptions = {}): Promise<Inventory> {
  return withProgress(JOBS.inventory, options.onProgress, (report) => read(source, options, report));
}

async function read(
  source: Source,
  { sample, coverage = () => NO_ADAPTER, signal = interruptSignal() }: InventoryOptions,
  report: ProgressListener,
): Promise<Inventory> {
  if (sample !== undefined && !(Number.isInteger(sample) && sample > 0)) {
    throw new InputError(
      `inventory: sample is ${sample}, expected a whole number above 0; leave it out to read all`,
    );
  }
  const bytesTotal = source.splits.flatMap(({ files }) => files).reduce((sum, { bytes }) => sum + bytes, 0);
  const profiled: ProfiledSplit[] = [];
  const sums = new Map<string, string>();
  let rows = 0;
  let bytes = 0;
  const sampled = sample === undefined ? Number.POSITIVE_INFINITY : sample * source.splits.length;
  const progress = (rowsOfFile: number, bytesOfFile: number) => {
    const done = rows + rowsOfFile;
    const share = Math.max(done / sampled, (bytes + bytesOfFile) / Math.max(1, bytesTotal));
    report({ stage: "inventory", done, unit: "rows", share: Math.min(1, share) });
  };
  progress(0, 0);
  for (const split of source.splits) {
    const found = await coverage(split);
    const place = { dataset: source.dataset, subset: split.subset, split: split.split };
    const profiles: SplitProfileJson[] = [];
    let left = sample ?? Number.POSITIVE_INFINITY;
    let finished = true;
    for (const [i, file] of split.files.entries()) {
      const maxRows = Math.ceil(left / (split.files.length - i));
      const plain = file.compression === null && file.format !== "parquet";
      const [profile, sha256] = await Promise.all([
        profileShard(file, null, {
          place,
          maxRows,
          signal,
          onProgress: (step) => progress(step.rows, plain ? Math.min(step.offset ?? 0, file.bytes) : 0),
          ...(found.of ? { coverageOf: found.of } : {}),
        }),
        sums.get(file.path) ?? file.sha256 ?? hashFile(file.path, { signal }),
      ]);
      sums.set(file.path, sha256);
      profiles.push(profile);
      finished &&= !profile.stopped;
      left -= profile.rows;
      rows += profile.rows;
      bytes += file.bytes;
      progress(0, 0);
    }
    profiled.push({
      split,
      profile: mergeProfiles(profiles),
      sha256: split.files.map((file) => sums.get(file.path)!),
      adapter: found.adapter,
      note: found.note,
      ...(finished ? {} : { estimate: { rows: await estimateRows(split.files, profiles) } }),
    });
  }
  return buildInventory(source, profiled);
}

/** Rows of a split of which samples were read; exact for Parquet, null when a file gives no hint. */
async function estimateRows(
  files: readonly SourceFile[],
  profiles: readonly SplitProfileJson[],
): Promise<number | null> {
  let total = 0;
  for (const [i, file] of files.entries()) {
    const { rows, stopped, stoppedAt } = profiles[i]!;
    if (!stopped) total += rows;
    else if (file.format === "parquet") total += (await planShards(file)).rows;
    else if (stoppedAt && file.compression === null) total += Math.round((rows / stoppedAt) * file.bytes);
    else return null;
  }
  return total;
}
