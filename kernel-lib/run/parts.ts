/** Names of shards: which follow from the sources and their sizes, never from who does the work. */
import { InputError } from "../errors";
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

/**
 * All files of all sources, in the order in which datasets, splits and files were given.
 * @throws InputError when a file of a dataset is given twice.
 */
export function plannedFiles(sources: readonly Source[]): PlannedFile[] {
  const files = sources.flatMap((source) =>
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
  assertDistinct(files);
  return files;
}

function folderOf(source: Source, subset: string, split: string, sources: number): string {
  const parts = [subset === "default" ? "" : subset, split].filter(Boolean).map(safeName);
  return [...(sources > 1 ? [datasetSlug(source.dataset)] : []), ...parts].join("/");
}

/** A dataset name as one folder name: `owner--name`. */
export function datasetSlug(dataset: string): string {
  return safeName(dataset.replaceAll("/", "--"));
}

/** Letters, digits and `._-`; never a name that starts with a dot, which listings pass over. */
function safeName(name: string): string {
  return name.replace(/[^\p{L}\p{N}._-]/gu, "_").replace(/^\.+/, (dots) => "_".repeat(dots.length));
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

/** Two files of one name in one dataset would share row keys. */
function assertDistinct(files: readonly PlannedFile[]): void {
  const seen = new Set<string>();
  for (const { source, file } of files) {
    const key = `${source.dataset}/${file.name}`;
    if (seen.has(key)) {
      throw new InputError(
        `${file.name} of ${source.dataset} is given twice, so its rows would share their keys: ` +
          "name each file once; files of one name in several folders belong below one folder that is opened",
      );
    }
    seen.add(key);
  }
}
