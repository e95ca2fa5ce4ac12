/** Whether the logs of reviews are as they were written. */

import { readFileSync } from "node:fs";
import { brokenLog, lineHash, NO_LINE, type ReviewHead, type ReviewLog, readReviewLogs } from "./review-log";

export interface VerifiedLog extends ReviewHead {
  readonly decisions: number;
  /** Null where every line follows the one before it. */
  readonly fault: string | null;
  readonly torn: readonly string[];
}

/**
 * Every line of each log names the one before it. `heads` are those that the logs had earlier (pools.json keeps them): a
 * log that is shorter now, or has other lines up to there, was cut or written anew, which its own chain cannot show.
 */
export function verifyReviews(labels: string, heads: readonly ReviewHead[] = []): VerifiedLog[] {
  const logs = readReviewLogs(labels);
  const verified = logs.map((log): VerifiedLog => {
    const earlier = heads.filter(({ file }) => file === log.head.file);
    const gone = earlier.find((head) => hashAfter(log, head.lines) !== head.sha256);
    const cut = gone === undefined ? null : cutFault(log, gone);
    const fault = log.broken === null ? cut : brokenLog(log.broken);
    return { ...log.head, decisions: log.acts.length, fault, torn: log.torn };
  });
  const missing = heads.filter(
    ({ file, lines }) => lines > 0 && !logs.some(({ head }) => head.file === file),
  );
  return [
    ...verified,
    ...missing.map((head) => ({ ...head, decisions: 0, fault: `${head.file}: the log is gone`, torn: [] })),
  ];
}

function cutFault({ path, head }: ReviewLog, gone: ReviewHead): string {
  return head.lines < gone.lines
    ? `${path}: has ${head.lines} lines, there were ${gone.lines}: lines were cut off at its end`
    : `${path}: its first ${gone.lines} lines are not those that stood there: the log was written anew`;
}

function hashAfter({ path }: ReviewLog, lines: number): string | null {
  if (lines === 0) return NO_LINE;
  const line = readFileSync(path, "utf8").split("\n")[lines - 1];
  return line === undefined || line === "" ? null : lineHash(line);
}
