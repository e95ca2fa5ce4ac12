/**
 * The audit log of reviews: one file a reviewer, one decision a line, each line with the SHA-256 of the line before it, so
 * that a line which was changed, moved or taken out is noticed. A file a reviewer, because chains of several people could
 * not be merged by git.
 */

import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { lockRun } from "../engine/lock";
import { errorText, InputError } from "../errors";
import { checked } from "./acts";
import { appendActs } from "./log";
import { type ReviewAct, reviewAct } from "./review-act";

/** What `prev` is in a first line. */
export const NO_LINE = "0".repeat(64);

/** How long a file is, and the hash that its next line will name: kept elsewhere, it shows that lines were cut off. */
export interface ReviewHead {
  /** Path below the folder of reviews. */
  readonly file: string;
  readonly lines: number;
  readonly sha256: string;
}

export interface ReviewLog {
  /** Absolute. */
  readonly path: string;
  /** Decisions up to the first line that breaks the chain. */
  readonly acts: readonly ReviewAct[];
  readonly head: ReviewHead;
  /** Where the chain is broken, first of all; null where every line follows the one before it. */
  readonly broken: string | null;
  /** Lines that a killed process left half written. */
  readonly torn: readonly string[];
}

export function reviewsFolder(labels: string): string {
  return join(labels, "reviews");
}

/** The file of a reviewer: the name where it is fit for one, else what is left of it with a hash of the whole. */
export function reviewerFile(reviewer: string): string {
  const name = reviewer.normalize("NFC");
  const plain = name.replace(/[^A-Za-z0-9_-]+/g, "-").replace(/^-+|-+$/g, "");
  const isPlain = /^[a-z0-9_-]{1,60}$/.test(name);
  return isPlain
    ? `${name}.jsonl`
    : `${plain.slice(0, 40) || "reviewer"}-${lineHash(name).slice(0, 8)}.jsonl`;
}

/** The logs of all reviewers below the folder of labels, by file name. */
export function readReviewLogs(labels: string): ReviewLog[] {
  const folder = reviewsFolder(labels);
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => name.endsWith(".jsonl") && !name.startsWith("."));
  return names.sort().map((name) => readReviewLog(folder, name));
}

/** One reviewer's log, its chain checked. Memory: the file. */
export function readReviewLog(folder: string, file: string): ReviewLog {
  const path = join(folder, file);
  const bytes = existsSync(path) ? readFileSync(path, "utf8") : "";
  const lines = bytes.split("\n");
  if (lines.at(-1) === "") lines.pop();
  const acts: ReviewAct[] = [];
  const torn: string[] = [];
  let fault: string | null = null;
  let prev = NO_LINE;
  for (const [i, line] of lines.entries()) {
    const where = `${path} line ${i + 1}`;
    const act = parse(line);
    if (typeof act === "object") {
      fault = faultOf(act, { n: i + 1, prev, file });
      if (fault === null) acts.push(act);
    } else if (i === lines.length - 1 && bytes.endsWith("\n")) fault = act;
    else torn.push(`${where}: ${act}; its writer was stopped: it decides nothing`);
    if (fault !== null) {
      fault = `${where}: ${fault}`;
      break;
    }
    prev = lineHash(line);
  }
  return { path, acts, head: { file, lines: lines.length, sha256: prev }, broken: fault, torn };
}

/** What a line says that it cannot: each names the bytes of the line before it, and stands in its reviewer's file. */
function faultOf(
  act: ReviewAct,
  { n, prev, file }: { n: number; prev: string; file: string },
): string | null {
  if (act.prev !== prev) {
    return n === 1
      ? "names a line before it, but is the first one: lines were taken out"
      : `does not follow line ${n - 1}: that line was changed, or lines were put in or taken out`;
  }
  if (act.n !== n) return `says that it is line ${act.n}`;
  if (reviewerFile(act.reviewer) !== file)
    return `is signed ${JSON.stringify(act.reviewer)}, whose file is another`;
  return null;
}

/** A reviewer's decision stands at the end of their log. @throws InputError where the log was changed by somebody else. */
export function appendReview(labels: string, decision: Omit<ReviewAct, "n" | "prev">): ReviewAct {
  const folder = reviewsFolder(labels);
  const file = reviewerFile(decision.reviewer);
  const unlock = waitForLock(folder);
  try {
    const { head, broken, path } = readReviewLog(folder, file);
    if (broken !== null) throw new InputError(brokenLog(broken));
    const act = checked("review", reviewAct, { n: head.lines + 1, prev: head.sha256, ...decision });
    appendActs(path, [act]);
    return act;
  } finally {
    unlock();
  }
}

/** What to do about a log whose chain is broken. */
export function brokenLog(broken: string): string {
  return `${broken}; decisions are never edited: restore the file as it was (git log -p shows it), then go on`;
}

const WAIT_MS = 20;
const PATIENCE = 250;

/** Two processes of one reviewer never write at once: each line names the one before it. */
function waitForLock(folder: string): () => void {
  for (let attempt = 1; ; attempt++) {
    try {
      return lockRun(folder);
    } catch (error) {
      const isHeld = error instanceof InputError && /is being written by/.test(errorText(error));
      if (!isHeld || attempt > PATIENCE) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, WAIT_MS);
    }
  }
}

function parse(line: string): ReviewAct | string {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    return `not JSON (${errorText(error).slice(0, 120)})`;
  }
  const parsed = reviewAct.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  return `${issue?.path.join(".") || "the line"}: ${issue?.message ?? "no decision"}`;
}

/** What the next line names: SHA-256 of the line as it stands in the file. */
export function lineHash(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
