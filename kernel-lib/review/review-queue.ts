/** Which rows are still to be looked at, in the order of the run. */

import { InputError, nearestNames } from "../errors";
import { overlayFile } from "../label/overlay-file";
import type { Reviews } from "../label/review-state";
import type { Table, TableRow } from "../table/table";

/** `todo`: those that this reviewer has not decided; `unreviewed`: that nobody has; `disputed`: on which reviewers disagree. */
export const REVIEW_ROWS = ["todo", "unreviewed", "disputed", "all"] as const;
export type ReviewRows = (typeof REVIEW_ROWS)[number];

export interface QueueOptions {
  readonly table: Table;
  readonly where: string | undefined;
  /** Columns of flags, one of which has to be true. */
  readonly flags: readonly string[];
  readonly rows: ReviewRows;
  readonly reviewer: string;
}

/** A row's identity for a decision. */
export type RowText = readonly [rowKey: string, textId: string];

/**
 * The rows to be looked at.
 * @throws InputError for a table whose rows are not canonical, and a flag that it has no column of.
 */
export async function reviewQueue(
  { table, where, flags, rows, reviewer }: QueueOptions,
  reviews: Reviews,
  done: readonly RowText[],
): Promise<Table> {
  const schema = await table.schema;
  const missing = ["row_key", "text_id", "text"].filter(
    (name) => !schema.some((column) => column.name === name),
  );
  if (missing.length > 0) {
    throw new InputError(
      `review: ${table.origin} has no column ${missing.join(", ")}; expected the rows of a run: corpuslab normalize <dataset> --out DIR`,
    );
  }
  let queue = table;
  if (where !== undefined) queue = queue.filter(where);
  for (const flag of flags) checkFlag(flag, schema);
  if (flags.length > 0) queue = queue.filter(flags.map((flag) => `"${flag}"`).join(" or "));
  const [listed, isIn] = listedRows(rows, reviewer, reviews);
  if (isIn) queue = queue.filter(among(listed));
  else if (listed.length > 0) queue = queue.filter(`not (${among(listed)})`);
  return done.length > 0 ? queue.filter(`not (${among(done)})`) : queue;
}

/** The rows after those that are done; `n` at most. */
export async function nextRows(queue: Table, n: number): Promise<TableRow[]> {
  return await queue.head(n).toArray();
}

function listedRows(rows: ReviewRows, reviewer: string, reviews: Reviews): [RowText[], boolean] {
  const all = [...reviews].flatMap(([key, texts]) =>
    [...texts].map(([text, review]) => ({ key, text, review })),
  );
  const isListed: Record<ReviewRows, (one: (typeof all)[number]) => boolean> = {
    todo: ({ review }) => review.decisions.some((decision) => decision.reviewer === reviewer),
    unreviewed: () => true,
    disputed: ({ review }) => review.status === "disputed",
    all: () => false,
  };
  return [all.filter(isListed[rows]).map(({ key, text }) => [key, text] as const), rows === "disputed"];
}

function among(rows: readonly RowText[]): string {
  if (rows.length === 0) return "false";
  const lines = rows.map(([row_key, text_id]) => ({ row_key, text_id }));
  const list = overlayFile(lines, { row_key: "VARCHAR", text_id: "VARCHAR" });
  return `exists (select 1 from ${list} d where d.row_key = this.row_key and d.text_id = this.text_id)`;
}

function checkFlag(flag: string, schema: readonly { readonly name: string; readonly type: string }[]): void {
  const column = schema.find(({ name }) => name === flag);
  if (column?.type === "BOOLEAN") return;
  const booleans = schema.filter(({ type }) => type === "BOOLEAN").map(({ name }) => name);
  const near = nearestNames(flag, booleans);
  throw new InputError(
    `review: ${column ? `column ${flag} is ${column.type}, expected a BOOLEAN` : `no flag ${JSON.stringify(flag)}`}` +
      `${near.length > 0 ? `; nearest: ${near.join(", ")}` : ""}; flags are computed by corpuslab flag DIR`,
  );
}
