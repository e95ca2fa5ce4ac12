/** SQL of the rows of one part, as a task reads them: the columns of its segment, and what was decided so far. */
import { join, resolve } from "node:path";
import { quoteName } from "../db";
import type { Sidecar } from "../run-folder";
import { layeredRows, type VerdictSlice } from "../table/layered-rows";
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
    overlays: segment.readsText ? [...input.overlays, ...segment.overlays] : [],
    verdicts: input.verdicts,
  };
}

/**
 * SELECT of the part's rows in their order, for one thread: the columns of the segment by the steps' names, `KEPT` where
 * something was decided, and `extra`.
 */
export function partSql(rows: PartRows, out: string, extra: readonly string[] = []): string {
  const flags = rows.flags.map(({ folder, name }): Sidecar => {
    const column = { name, type: "", shownAs: flagSource(name) };
    return {
      folder,
      path: join(out, folder),
      name: folder,
      version: "",
      columns: [column],
      shards: rows.shards,
    };
  });
  const from = layeredRows({
    run: { path: rows.base, shards: rows.shards },
    sidecars: [...rows.sidecars, ...flags],
    aligned: new Set([...rows.aligned, ...flags.map(({ folder }) => folder)]),
    overlays: rows.overlays.map((path) => resolve(out, path)),
    shards: rows.shards,
    n: null,
    ids: false,
    verdicts: verdictsIn(rows, out),
  });
  const columns = rows.columns.map(({ name, source }) => `${quoteName(source)} as ${quoteName(name)}`);
  const kept = `${rows.verdicts ? KEPT : "true"} as ${KEPT}`;
  return `select ${[kept, ...columns, ...extra].join(", ")} from (${from})`;
}

export function verdictsIn({ verdicts }: PartRows, out: string): VerdictSlice | null {
  return verdicts && { ...verdicts, files: verdicts.files.map((file) => resolve(out, file)) };
}

/** The verdicts over a part: the files that speak of its rows, and from where on. */
export function verdictSlice(
  files: readonly { readonly path: string; readonly rows: number }[],
  { start, rows }: Pick<Part, "start" | "rows">,
): VerdictSlice | null {
  if (files.length === 0) return null;
  const found: string[] = [];
  let [at, first] = [0, 0];
  for (const file of files) {
    const end = at + file.rows;
    if (end > start && at < start + rows) {
      if (found.length === 0) first = at;
      found.push(file.path);
    }
    at = end;
  }
  return { files: found, from: { offset: start - first, rows } };
}
