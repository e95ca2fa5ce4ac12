/** One task of an inventory: a stretch of one file in, its profile out as plain JSON. */
import type { SourceRow } from "../json-text";
import { ColumnCache, parseRow, RowSyntaxError } from "../json-text";
import type { RowPlace } from "../normalize/adapter";
import { readRows } from "../source/read-rows";
import type { ShardRange, SourceFile } from "../source/source";
import type { CoverageOf } from "./coverage";
import type { SplitProfileJson } from "./profile";
import { Profile } from "./profile";

export interface ProfileShardOptions {
  /** Where the rows belong; `coverageOf` gets it. */
  readonly place?: RowPlace;
  /** Default: no coverage but correctness metadata, which needs no adapter. */
  readonly coverageOf?: CoverageOf;
  /** Stop after this many parseable rows. Default: all. */
  readonly maxRows?: number;
  readonly signal?: AbortSignal;
  /** Called after each batch with the rows done so far and the byte offset reached, null where there is none. */
  readonly onProgress?: (progress: { readonly rows: number; readonly offset: number | null }) => void;
}

const NOWHERE: RowPlace = { dataset: "", subset: "default", split: "train" };
/** Columns whose texts repeat row after row: parsed once per distinct text. */
const CACHED_COLUMNS = ["tools"];

/**
 * The profile of the rows of `file` in `range` (null: the whole file), read in one streaming pass with bounded memory.
 * Rows that do not parse are counted with their reason and position. Profiles of consecutive ranges give
 * `mergeProfiles` the profile of the whole, whatever the ranges.
 * @throws InputError when the file cannot be read, and the signal's reason when aborted.
 */
export async function profileShard(
  file: SourceFile,
  range: ShardRange | null,
  {
    place = NOWHERE,
    coverageOf,
    maxRows = Number.POSITIVE_INFINITY,
    signal,
    onProgress,
  }: ProfileShardOptions = {},
): Promise<SplitProfileJson> {
  const profile = new Profile();
  const caches = new Map(CACHED_COLUMNS.map((name) => [name, new ColumnCache()] as const));
  const options = { ...(range ? { range } : {}), ...(signal ? { signal } : {}) };
  for await (const batch of readRows(file, options)) {
    signal?.throwIfAborted();
    let offset: number | null = null;
    let nextBad = 0;
    for (const { row, offset: at, text } of batch.rows) {
      if (profile.rows >= maxRows) {
        profile.stopped = true;
        profile.stoppedAt = at;
        return profile.toJson();
      }
      while (nextBad < batch.bad.length && batch.bad[nextBad]!.row < row) {
        profile.addUnreadable(file.name, batch.bad[nextBad++]!);
      }
      offset = at;
      let source: SourceRow;
      try {
        source = parseRow(text, { caches });
      } catch (error) {
        if (!(error instanceof RowSyntaxError)) throw error;
        profile.addUnreadable(file.name, { row, offset: at, reason: error.reason, detail: error.message });
        continue;
      }
      profile.addRow(source, file.name, row, coverageOf ? coverageOf(source, place) : null);
    }
    while (nextBad < batch.bad.length) profile.addUnreadable(file.name, batch.bad[nextBad++]!);
    onProgress?.({ rows: profile.rows, offset });
  }
  return profile.toJson();
}

/** The profile of all rows together. Order: by file, then by row, as the shards stand in the split. */
export function mergeProfiles(profiles: readonly SplitProfileJson[]): SplitProfileJson {
  const whole = new Profile();
  for (const profile of profiles) whole.merge(Profile.fromJson(profile));
  return whole.toJson();
}
