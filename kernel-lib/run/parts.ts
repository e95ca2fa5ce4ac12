/** Names of shards: which follow from the sources and their sizes, never from who does the work. */
import type { ShardRange, Source, SourceFile } from "../source/source";

/** One file of one split, with its place in the run folder. */
export interface PlannedFile {
  readonly source: Source;
  readonly subset: string;
  readonly split: string;
  readonly file: SourceFile;
  /** Folder below rows/ (and below every sidecar): `train`, `solutions/train`, `owner--name/train`. */
  readonly folder: string;
}

/** All files of all sources, in the order in which datasets, splits and files were given. */
export function plannedFiles(sources: readonly Source[]): PlannedFile[] {
  return sources.flatMap((source) =>
    source.splits.flatMap(({ subset, split, files }) =>
      files.map((file) => ({
        source,
        subset,
        split,
        file,
        folder: folderOf(source, subset, split, sources.length),
      })),
    ),
  );
}

function folderOf(source: Source, subset: string, split: string, sources: number): string {
  const parts = [subset === "default" ? "" : subset, split].filter(Boolean).map(safeName);
  return [...(sources > 1 ? [datasetSlug(source.dataset)] : []), ...parts].join("/");
}

/** A dataset name as one folder name: `owner--name`. */
export function datasetSlug(dataset: string): string {
  return safeName(dataset.replaceAll("/", "--"));
}

function safeName(name: string): string {
  const safe = name.replace(/[^\p{L}\p{N}._-]/gu, "_");
  return /^\.+$/.test(safe) ? safe.replaceAll(".", "_") : safe;
}

/** Path of a shard below rows/. */
export function partName(folder: string, index: number): string {
  return `${folder}/part-${String(index).padStart(5, "0")}.parquet`;
}

/** The first `limit` rows of a split: shards cut off accordingly, files in order. */
export function limitShards(
  files: readonly { readonly shards: readonly ShardRange[] }[],
  limit: number,
): ShardRange[][] {
  let left = limit;
  return files.map(({ shards }) =>
    shards.flatMap((shard) => {
      const rows = Math.min(left, shard.rows);
      left -= rows;
      return rows > 0 || shard.rows === 0 ? [{ ...shard, rows }] : [];
    }),
  );
}
