/** Signatures of all rows → who repeats whom, and what the report says of it. */
import type { ProgressListener } from "../progress";
import { exactRepresentatives } from "./exact-duplicates";
import { type Dropped, type Found, foundOf } from "./found";
import { type NearDuplicate, nearDuplicates } from "./near-duplicates";
import { Ranking } from "./rank";
import { RowLines } from "./row-lines";
import type { DedupSettings } from "./settings";
import type { Signatures } from "./signatures";

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
    return foundOf(signatures, settings, lines, {
      ...{ names, firstNew, verified: near.verified, crowdRows: near.crowdRows },
      dropped: allDropped(representative, nearOf),
      whatIf: others.map((threshold) => ({
        threshold,
        duplicates: droppedWith(representative, near.dropped.get(threshold) ?? looser(threshold)),
        lowerBound: threshold < settings.threshold,
      })),
    });
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
function allDropped(representative: Uint32Array, nearOf: ReadonlyMap<number, NearDuplicate>): Dropped[] {
  const dropped: Dropped[] = [];
  representative.forEach((stands, row) => {
    const near = nearOf.get(stands);
    if (near) dropped.push({ row, of: near.of, similarity: near.similarity, kind: "near" });
    else if (stands !== row) dropped.push({ row, of: stands, similarity: 1, kind: "exact" });
  });
  return dropped;
}
