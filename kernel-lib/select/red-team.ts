/**
 * Pools of red-team rows: only rows that a reviewer looked at as they are now, and whose completion is a safe one. The
 * decisions are read from the audit log itself: no column of a run, and no predicate, stands in for them.
 */

import type { Db } from "../db";
import { InputError } from "../errors";
import type { Overlay } from "../label/label-columns";
import { labelFolder, workspaceLabels } from "../label/log";
import { noReviewColumns, reviewOverlay, shownColumns } from "../label/review-columns";
import { brokenLog, type ReviewHead, readReviewLogs } from "../label/review-log";
import { SAFE_COMPLETIONS } from "../label/review-values";
import { type Column, datasetsOfRun, type RunFolder } from "../run-folder";
import { REVIEW_COLUMNS, REVIEWS_SIDECAR } from "../run-folder/review-columns";
import { spelledExpression } from "./predicate";
import type { PoolRule } from "./standard-pools";

/** What holds of every row of a red-team pool. */
export const RED_TEAM_GATE = `_review_status = 'decided' AND _safety_label IN (${SAFE_COMPLETIONS.map((name) => `'${name}'`).join(", ")})`;

/** Why the gate keeps a row out; null for rows that it lets in. */
export const GATE_REASON =
  "case when _review_status is null then 'not_reviewed' when _review_status = 'text_changed' then 'text_changed_after_review' " +
  `when _review_status = 'disputed' then 'reviewers_disagree' when ${RED_TEAM_GATE} then null ` +
  "else coalesce(_safety_label, 'not_reviewed') end";

/** What each reason means, and what to do. */
export const GATE_WORDS: Readonly<Record<string, string>> = {
  not_reviewed: "nobody has decided on it: corpuslab review DIR",
  text_changed_after_review: "its text is not the one that was reviewed: review it again",
  reviewers_disagree: "reviewers disagree on it: corpuslab review DIR --adjudicate",
  unsafe_help: "a reviewer found that its completion does harm",
  benign: "a reviewer found that nothing about it asks for harm",
  unclear: "a reviewer could not tell",
};

/** Whether rows of a pool of this name are taken for red-team rows: `red_team`, `RedTeam-high`, `my.red-team`. */
export function isRedTeam(pool: string): boolean {
  return pool
    .toLowerCase()
    .replace(/[^a-z0-9]/g, "")
    .includes("redteam");
}

/** The pool `red_team`, of all rows that the gate lets in. */
export const RED_TEAM_POOL: PoolRule = {
  ...{ name: "red_team", predicate: RED_TEAM_GATE, columns: [], needs: null, custom: false },
  words: "reviewed rows whose completion is safe: a refusal, or help that avoids the harm",
  gate: { of: "true", open: false },
};

/** A pool whose name says red team: of its rows those that the gate lets in. */
export async function gatedPool(db: Db, rule: PoolRule): Promise<PoolRule> {
  const { sql } = await spelledExpression(db, rule.predicate);
  const words = `${rule.words}, among reviewed rows whose completion is safe`;
  return { ...rule, predicate: `${RED_TEAM_GATE} AND (${sql})`, words, gate: { of: sql, open: false } };
}

/** A red-team pool of the user's own: their predicate narrows the gate. In research mode (`open`) it stands alone. */
export async function redTeamPool(db: Db, name: string, predicate: string, open: boolean): Promise<PoolRule> {
  // DuckDB's own spelling is one whole expression: parentheses and comments of the text cannot reach around it.
  const { sql } = await spelledExpression(db, predicate);
  return {
    ...{ name, columns: [], needs: null, custom: true },
    predicate: open ? predicate : `${RED_TEAM_GATE} AND (${sql})`,
    words: open
      ? "own predicate, research mode: rows need no review"
      : "own predicate, among reviewed rows whose completion is safe",
    gate: { of: sql, open },
  };
}

/** What reviewers decided, as pools see it. */
export interface PoolReviews {
  /** Null where no log says anything of the runs' datasets. */
  readonly overlay: Overlay | null;
  readonly heads: readonly ReviewHead[];
}

/**
 * The reviews for pools over these runs; null where no log speaks of their datasets and no pool asks (`isAsked`).
 * @throws InputError for a log that was edited, when a pool rests on it.
 */
export function poolReviews(
  runs: readonly RunFolder[],
  folder: string | undefined,
  isAsked: boolean,
): PoolReviews | null {
  const labels = folder === undefined ? workspaceLabels() : labelFolder(folder);
  const datasets = runs.map(({ path }) => datasetsOfRun(path));
  const overlay = reviewOverlay(labels, datasets.every((list) => list !== null) ? datasets.flat() : null);
  if (overlay === null && !isAsked) return null;
  const logs = labels === null ? [] : readReviewLogs(labels);
  for (const { broken } of logs) if (broken !== null) throw new InputError(`pools: ${brokenLog(broken)}`);
  return { overlay, heads: logs.map(({ head }) => head) };
}

/**
 * The runs without what an earlier moment said of reviews.
 * @throws InputError for rows that have a column of reviews by themselves.
 */
export function withoutReviews(runs: readonly RunFolder[]): RunFolder[] {
  return runs.map((run) => {
    const forged = run.columns.find(({ name }) => name.toLowerCase() in REVIEW_COLUMNS);
    if (forged !== undefined) {
      throw new InputError(
        `pools: ${run.path}: its rows have a column ${forged.name}, a name that is kept for what reviewers decide; rename it`,
      );
    }
    return { ...run, sidecars: run.sidecars.filter(({ folder }) => folder !== REVIEWS_SIDECAR) };
  });
}

export const REVIEW_POOL_COLUMNS: readonly Column[] = Object.entries(REVIEW_COLUMNS).map(([name, type]) => ({
  name,
  type,
}));

/** SQL of each review column beside a row `r`, and the join that it needs. */
export function reviewValues({ overlay }: PoolReviews): {
  readonly values: ReadonlyMap<string, string>;
  readonly join: string;
} {
  const columns = overlay === null ? noReviewColumns() : shownColumns("rv.by_text", "r.text_id");
  return {
    values: new Map(columns.map(({ name, sql }) => [name, sql])),
    join: overlay === null ? "" : `left join ${overlay.sql} rv on rv.row_key = r.row_key`,
  };
}
