/** SQL text that stands for rows, and how a row is known again. */

import type { RowPlaces } from "../run-folder/run-rows";

export { ID_FILE, ID_ROW } from "../run-folder/run-rows";

/** What the SQL shall give beside the rows' own columns. */
export interface Want {
  /** `_subset`, `_split`, `_file` and, for Parquet, `_row`: where a row comes from. */
  readonly place: boolean;
  /** The columns `ID_FILE` and `ID_ROW`. */
  readonly ids: boolean;
  /**
   * Rows of this relation, by file, of which alone something is asked: a relation that finds them without reading all
   * others gives these. It may give more, so the asker has a predicate too.
   */
  readonly only?: RowPlaces;
}

export const PLAIN: Want = { place: false, ids: false };
export const PLACE_COLUMNS = ["_subset", "_split", "_file", "_row"] as const;

/** Some rows of a relation as SQL of their own. */
export interface RelationPart {
  readonly sql: string;
  /** Null where the files do not say. */
  readonly rows: number | null;
}

/** Rows as SQL over files: built when it is asked for, the same text each time. */
export interface Relation {
  sql(want: Want, signal?: AbortSignal): Promise<string>;
  /** SQL of the first `n` rows, where that reads less than `limit n` over `sql`. */
  first?(n: number, want: Want, signal?: AbortSignal): Promise<string>;
  /** Number of rows, where files say so without being read. */
  rows?(signal?: AbortSignal): Promise<number>;
  /**
   * The rows as consecutive parts that can be read apart from each other, each of whole files with at most `rows` rows
   * where it has several; the same parts for the same files.
   */
  parts?(rows: number, signal?: AbortSignal): Promise<readonly RelationPart[]>;
  /**
   * How a row is known again: by file and row number (`fileNumber` turns `ID_FILE` into a number that is the same on
   * every machine), by its `row_key`, or only by its content. `files` are the values that `ID_FILE` may have, in the
   * order of the table.
   */
  identity(signal?: AbortSignal): Promise<
    | {
        readonly kind: "place";
        readonly fileNumber: (column: string) => string;
        readonly files: readonly string[];
      }
    | { readonly kind: "key"; readonly files: readonly string[] }
    | { readonly kind: "content" }
  >;
}

/** True when SQL text speaks of where rows come from. */
export function mentionsPlace(...texts: readonly string[]): boolean {
  return texts.some((text) => /\b_(subset|split|file|row)\b/i.test(text));
}

/** `cut`, which is the first `n` rows of `relation`, read in the way that `relation` offers for them. */
export function firstRows(relation: Relation, n: number, cut: Relation): Relation {
  if (!relation.first) return cut;
  const { first } = relation;
  return {
    identity: (signal) => cut.identity(signal),
    sql: (want, signal) => first(n, want, signal),
    first: (fewer, want, signal) => first(Math.min(n, fewer), want, signal),
  };
}

/** Neighbors together as long as they have at most `most` rows. */
export function inGroups<T>(
  items: readonly T[],
  counts: readonly number[],
  most: number,
): { readonly items: readonly T[]; readonly rows: number }[] {
  const groups: { items: T[]; rows: number }[] = [];
  for (const [i, count] of counts.entries()) {
    const last = groups.at(-1);
    if (last && last.rows + count <= most) {
      last.items.push(items[i]!);
      last.rows += count;
    } else groups.push({ items: [items[i]!], rows: count });
  }
  return groups;
}
