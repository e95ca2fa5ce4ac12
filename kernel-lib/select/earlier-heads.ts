/** Pools keep how long each log of reviews was: a log that was cut short or written anew since then is noticed by them. */

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../errors";
import type { ReviewHead } from "../label/review-log";
import { verifyReviews } from "../label/verify-reviews";
import { poolsManifest } from "./pools-manifest";

/** The heads that the pools in this folder keep; none where no pools stand there, or none that knew of reviews. */
export function headsOfPools(folder: string): readonly ReviewHead[] {
  const path = join(folder, "pools.json");
  if (!existsSync(path)) return [];
  try {
    return poolsManifest.safeParse(JSON.parse(readFileSync(path, "utf8"))).data?.reviews ?? [];
  } catch {
    return []; // whoever reads or replaces these pools says what is wrong with the file
  }
}

/**
 * Nothing happens where the logs go on from what they were when the pools in `out` were built.
 * @throws InputError where they do not: pools that are built anew would keep the new heads, and nothing would show it.
 */
export function checkEarlierHeads(out: string, labels: string | null): void {
  const heads = headsOfPools(out);
  if (heads.length === 0) return;
  const fault = labels === null ? "there is no workspace" : firstFault(labels, heads);
  if (fault === null) return;
  throw new InputError(
    `pools: ${fault}; the pools in ${out} rest on the log as it was: restore it (git log -p shows it), ` +
      "or build into another folder",
  );
}

function firstFault(labels: string, heads: readonly ReviewHead[]): string | null {
  return verifyReviews(labels, heads).find(({ fault }) => fault !== null)?.fault ?? null;
}
