/** SQL of the rows of one part, as a task reads them: the columns of its segment, and what was decided so far. */
import { join, resolve } from "node:path";
import { quoteName } from "../db";
import type { Sidecar } from "../run-folder";
import { layeredRows, sidecarRows } from "../run-folder/layered-rows";
import type { VerdictSlice } from "../run-folder/verdict-slice";
import type { Part } from "./parts";
import { flagSource, type Segment, type SegmentColumn } from "./segments";

/** Where a part's rows stand; plain JSON. Relative paths are paths in the output folder. */
export interface PartRows {
  /** Folder of rows/. */
  readonly base: string;
  readonly shards: readonly string[];
  readonly columns: readonly SegmentColumn[];
  readonly sidecars: readonly Sidecar[];
  /** Those of them that go by position. */
  readonly aligned: readonly string[];
  readonly flags: readonly { readonly folder: string; readonly name: string }[];
  readonly overlays: readonly string[];
  /** Whether `columns` has some of the rows themselves; else they stand in sidecars and flags. */
  readonly readsRows: boolean;
  readonly verdicts: VerdictSlice | null;
}

/** Name of the column that says whether a row is still in. */
export const KEPT = "__corpuslab_kept";

export function partRows(
  part: Part,
  segment: Segment,
  input: {
    readonly base: string;
    readonly aligned: ReadonlySet<string>;
    /** Texts that layers below rewrote. */
    readonly overlays: readonly string[];
    readonly verdicts: VerdictSlice | null;
  },
): PartRows {
  const shards = part.shards.map(({ name }) => name);
  const isAligned = ({ folder }: Sidecar) => input.aligned.has(folder);
  return {
    base: input.base,
    shards,
    columns: segment.columns,
    // One that goes by row_key may have its rows anywhere.
    sidecars: segment.sidecars.map((sidecar) => (isAligned(sidecar) ? { ...sidecar, shards } : sidecar)),
    aligned: segment.sidecars.filter(isAligned).map(({ folder }) => folder),
    flags: segment.flags,
    readsRows: segment.readsRows,
    overlays: segment.readsText ? [...input.overlays, ...segment.overlays] : [],
    verdicts: input.verdicts,
  };
}

/**
 * SELECT of the part's rows in their order, for one thread: the columns of the segment by the steps' names, `KEPT` where
 * something was decided, and more expressions over rows and over verdicts.
 */
export function partSql(
  rows: PartRows,
  out: string,
  {
    ofRows = [],
    ofVerdicts = [],
  }: { readonly ofRows?: readonly string[]; readonly ofVerdicts?: readonly string[] } = {},
): string {
  const flags = rows.flags.map(({ folder, name }): Sidecar => {
    const column = { name, type: "", shownAs: flagSource(name) };
    const path = join(out, folder);
    return { folder, path, name: folder, version: "", columns: [column], shards: rows.shards };
  });
  const sidecars = [...rows.sidecars, ...flags];
  const aligned = new Set([...rows.aligned, ...flags.map(({ folder }) => folder)]);
  const { shards } = rows;
  const verdicts = verdictsIn(rows, out);
  const needsRows =
    rows.readsRows ||
    ofRows.length > 0 ||
    sidecars.length === 0 ||
    sidecars.some(({ folder }) => !aligned.has(folder));
  const from = needsRows
    ? layeredRows({
        ...{
          run: { path: rows.base, shards },
          sidecars,
          aligned,
          shards,
          n: null,
          ids: false,
          verdicts,
          inOrder: true,
        },
        overlays: rows.overlays.map((path) => resolve(out, path)),
      })
    : sidecarRows(sidecars, { shards, verdicts });
  const columns = rows.columns.map(({ name, source }) => `${quoteName(source)} as ${quoteName(name)}`);
  const kept = `${rows.verdicts ? KEPT : "true"} as ${KEPT}`;
  return `select ${[kept, ...columns, ...ofRows, ...ofVerdicts].join(", ")} from (${from})`;
}

export function verdictsIn({ verdicts }: PartRows, out: string): VerdictSlice | null {
  return verdicts && { ...verdicts, files: verdicts.files.map((file) => resolve(out, file)) };
}
