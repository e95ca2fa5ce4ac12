/** The rows that have one text: which of them is kept, and which are its exact duplicates. */

import { join } from "node:path";
import { type Db, quoteText } from "../db";
import { parquetFiles, readParquet } from "../run-folder";

export interface DuplicateCluster {
  /** row_key of the row that is kept. */
  readonly kept: string;
  /** Whether the asked row is the kept one. */
  readonly isKept: boolean;
  /** Rows that repeat its text, without the kept one. */
  readonly duplicates: number;
  /** Their row_keys, by key; at most 20. */
  readonly members: readonly string[];
}

const SHOWN = 20;
const EVIDENCE = "same text as ";

/**
 * The cluster of a row; null for one whose text no other row has, and where the run did not look for duplicates.
 * @param duplicateOf row_key of the kept row where this one is a duplicate, else null
 */
export async function duplicateCluster(
  db: Db,
  run: string,
  rowKey: string,
  duplicateOf: string | null,
): Promise<DuplicateCluster | null> {
  const kept = duplicateOf ?? rowKey;
  const files = (folder: string) => parquetFiles(join(run, folder)).map((name) => join(run, folder, name));
  const sources: string[] = [];
  // Decisions name marked and refused duplicates alike; the sidecar knows the marked ones of runs without decisions.
  const decisions = files("decisions/exact_duplicate");
  if (decisions.length > 0) {
    sources.push(
      `select row_key from ${readParquet(decisions)} where evidence = ${quoteText(EVIDENCE + kept)}`,
    );
  }
  const sidecar = files("flags/exact_duplicate.v1");
  if (sidecar.length > 0) {
    sources.push(
      `select row_key from ${readParquet(sidecar)} where quality_duplicate_of = ${quoteText(kept)}`,
    );
  }
  if (sources.length === 0) return null;
  const { n, members } = await db.one<{ n: number; members: string[] | null }>(
    `select count(*) as n, list(row_key order by row_key)[1:${SHOWN}] as members from (${sources.join(" union ")})`,
  );
  if (n === 0) return null;
  return { kept, isKept: kept === rowKey, duplicates: n, members: members ?? [] };
}

/** row_key of the kept row, where a refusal or mark says which. */
export function keptRow(evidence: string | null): string | null {
  return evidence?.startsWith(EVIDENCE) ? evidence.slice(EVIDENCE.length) : null;
}
