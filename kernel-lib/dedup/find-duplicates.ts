/** Signatures of all rows → who repeats whom, and what the report says of it. */
import type { ProgressListener } from "../progress";
import { exactRepresentatives } from "./exact-duplicates";
import { type NearDuplicate, nearDuplicates } from "./near-duplicates";
import { Ranking } from "./rank";
import { RowLines } from "./row-lines";
import type { DedupSettings } from "./settings";
import type { Signatures } from "./signatures";

/** One dropped row. */
export interface Duplicate {
  readonly row_key: string;
  /** The user's own id; null where the table has none. */
  readonly id: string | null;
  /** row_key of the kept row it repeats. */
  readonly duplicate_of: string;
  readonly kind: "exact" | "near";
  /** Jaccard similarity of the two rows' shingles, 0..1; 1 for exact ones. */
  readonly similarity: number;
  /** row_key of the kept row of its cluster: the same as `duplicate_of`. */
  readonly cluster: string;
}

/** What another threshold would drop, exact duplicates included. */
export interface WhatIf {
  readonly threshold: number;
  readonly duplicates: number;
  /** Below the run's threshold candidates are missing: at least so many. */
  readonly lowerBound: boolean;
}

export interface Found {
  /** Rows of the run, without those of earlier runs. */
  readonly rows: number;
  /** Of each of them, in the order of the input: 1 where it is kept. */
  readonly keptRows: Uint8Array;
  readonly names: readonly string[];
  readonly rowsOf: readonly number[];
  /** Sorted by row_key. */
  readonly duplicates: readonly Duplicate[];
  /** `matrix[i][j]`: rows of table i that repeat a kept row of table j. */
  readonly matrix: readonly (readonly number[])[];
  /** Rows without text, by why. */
  readonly withoutText: readonly number[];
  /** Rows with fewer words than a shingle. */
  readonly short: number;
  readonly whatIf: readonly WhatIf[];
  /** Bytes of the lines of dropped rows, and of all. */
  readonly bytes: { readonly dropped: number; readonly all: number };
  readonly verified: number;
  readonly crowdRows: number;
  /** The largest clusters with beginnings of their rows' lines. */
  readonly examples: readonly Example[];
}

export interface Example {
  readonly kept: { readonly key: string; readonly line: string };
  readonly rows: number;
  readonly dropped: readonly { readonly key: string; readonly line: string; readonly similarity: number }[];
}

export interface FindOptions {
  /** Names of all tables, those of earlier runs first. */
  readonly names: readonly string[];
  /** Of rows of earlier runs, which come first: 1 for those that were kept. */
  readonly earlier: Uint8Array;
  /** How many of the tables are of earlier runs. */
  readonly earlierTables: number;
  readonly whatIf: readonly number[];
  readonly signal: AbortSignal;
  readonly onProgress: ProgressListener;
}

export async function findDuplicates(
  signatures: Signatures,
  settings: DedupSettings,
  { names, earlier, earlierTables, whatIf, signal, onProgress }: FindOptions,
): Promise<Found> {
  const lines = new RowLines(signatures, settings);
  try {
    const ranking = new Ranking(signatures, lines, earlierTables);
    const firstNew = earlier.length;
    const isGone = (row: number) => row < firstNew && earlier[row] === 0;
    onProgress({ stage: "dedup-exact", done: 0, unit: "rows", share: 0 });
    const representative = exactRepresentatives(signatures, ranking, isGone);
    const { rows, grams } = signatures;
    signal.throwIfAborted();
    const takesPart = (row: number) => representative[row] === row && grams[row]! > 0 && !isGone(row);
    const others = whatIf.filter((threshold) => threshold !== settings.threshold && settings.near);
    const stricter = others.filter((threshold) => threshold > settings.threshold);
    const near = settings.near
      ? nearDuplicates(signatures, settings, ranking, lines, takesPart, {
          firstNew,
          whatIf: stricter,
          onProgress: (share) => {
            signal.throwIfAborted();
            onProgress({ stage: "dedup-near", done: Math.round(share * rows), unit: "rows", share });
          },
        })
      : { duplicates: [], dropped: new Map<number, ReadonlySet<number>>(), verified: 0, crowdRows: 0 };
    const looser = (threshold: number): ReadonlySet<number> => {
      const options = { firstNew, whatIf: [], onProgress: () => signal.throwIfAborted() };
      const found = nearDuplicates(
        signatures,
        { ...settings, threshold },
        ranking,
        lines,
        takesPart,
        options,
      );
      return new Set(found.duplicates.map(({ row }) => row));
    };
    const nearOf = new Map(near.duplicates.map((duplicate) => [duplicate.row, duplicate]));
    const dropped = allDropped(representative, nearOf);
    const tables = names.map((_, table) => table);
    const matrix = tables.map(() => tables.map(() => 0));
    const clusters = new Map<number, typeof dropped>();
    const bytes = { dropped: 0, all: 0 };
    for (let row = firstNew; row < rows; row++) bytes.all += signatures.length[row]!;
    for (const each of dropped) {
      matrix[signatures.fileOf(each.row).dataset]![signatures.fileOf(each.of).dataset]!++;
      bytes.dropped += signatures.length[each.row]!;
      const cluster = clusters.get(each.of);
      if (cluster) cluster.push(each);
      else clusters.set(each.of, [each]);
    }
    const keyOf = new Map<number, string>();
    const key = (row: number): string => {
      let found = keyOf.get(row);
      if (found === undefined) {
        found = lines.key(row);
        keyOf.set(row, found);
      }
      return found;
    };
    const duplicates = dropped.map(({ row, of, similarity, kind }): Duplicate => {
      return {
        row_key: key(row),
        id: lines.id(row),
        duplicate_of: key(of),
        kind,
        similarity,
        cluster: key(of),
      };
    });
    duplicates.sort((a, b) => (a.row_key < b.row_key ? -1 : a.row_key > b.row_key ? 1 : 0));
    const rowsOf = names.map(() => 0);
    signatures.ranges.forEach(({ file }, i) => {
      rowsOf[file.dataset]! += signatures.startOf(i + 1) - signatures.startOf(i);
    });
    const { withoutText, short } = countRows(signatures, settings, firstNew);
    const examples = [...clusters]
      .sort(([a, p], [b, q]) => q.length - p.length || (key(a) < key(b) ? -1 : 1))
      .slice(0, 5)
      .map(([of, members]): Example => {
        const shown = members
          .map(({ row, similarity }) => ({ key: key(row), row, similarity }))
          .sort((a, b) => a.similarity - b.similarity || (a.key < b.key ? -1 : 1))
          .slice(0, 3);
        return {
          kept: { key: key(of), line: lines.beginning(of) },
          rows: members.length + 1,
          dropped: shown.map((each) => ({
            key: each.key,
            line: lines.beginning(each.row),
            similarity: each.similarity,
          })),
        };
      });
    const kept = new Uint8Array(rows - firstNew).fill(1);
    for (const { row } of dropped) kept[row - firstNew] = 0;
    return {
      rows: rows - firstNew,
      keptRows: kept,
      names,
      rowsOf,
      duplicates,
      matrix,
      withoutText,
      short,
      bytes,
      verified: near.verified,
      crowdRows: near.crowdRows,
      examples,
      whatIf: others.map((threshold) => ({
        threshold,
        duplicates: droppedWith(representative, near.dropped.get(threshold) ?? looser(threshold)),
        lowerBound: threshold < settings.threshold,
      })),
    };
  } finally {
    lines.close();
  }
}

/** Rows that would go where `near` of the representatives would: those, and exact duplicates. */
function droppedWith(representative: Uint32Array, near: ReadonlySet<number>): number {
  let dropped = 0;
  representative.forEach((stands, row) => {
    if (stands !== row || near.has(row)) dropped++;
  });
  return dropped;
}

/** Exact duplicates repeat what their representative repeats. */
function allDropped(
  representative: Uint32Array,
  nearOf: ReadonlyMap<number, NearDuplicate>,
): { row: number; of: number; similarity: number; kind: "exact" | "near" }[] {
  const dropped: { row: number; of: number; similarity: number; kind: "exact" | "near" }[] = [];
  representative.forEach((stands, row) => {
    const near = nearOf.get(stands);
    if (near) dropped.push({ row, of: near.of, similarity: near.similarity, kind: "near" });
    else if (stands !== row) dropped.push({ row, of: stands, similarity: 1, kind: "exact" });
  });
  return dropped;
}

function countRows({ rows, state, words }: Signatures, { ngram, near }: DedupSettings, firstNew: number) {
  const withoutText = [0, 0, 0, 0, 0];
  let short = 0;
  for (let row = firstNew; row < rows; row++) {
    if (state[row] !== 0) withoutText[state[row]!]!++;
    else if (near && words[row]! < ngram) short++;
  }
  return { withoutText, short };
}
