/** `label(row, "bad", { reason })`: what somebody says about a row, kept beside it and never in it. */

import { InputError } from "../errors";
import { datasetHtml } from "../notebook/dataset-html";
import { escapeHtml } from "../notebook/escape-html";
import { plainText } from "../notebook/plain-text";
import { authorOf, checked, keyOf, type LabelAct, labelAct, labelsPath, type RowOrKey } from "./acts";
import { appendActs, labelFolder } from "./log";

export interface LabelOptions {
  /** Why; default none. */
  readonly reason?: string;
  /** Default `git config user.name`, else the user of this machine. */
  readonly author?: string;
  /** Folder of the log; default `labels/` of the workspace. Tables show the labels of the workspace only. */
  readonly into?: string;
}

/** One written act, as it stands in the log. Shows itself in a notebook. */
export class Labeled {
  constructor(
    readonly acts: readonly LabelAct[],
    /** The log's path. */
    readonly log: string,
  ) {}

  toString(): string {
    const [first] = this.acts;
    if (!first) return "no rows, so nothing was labeled";
    const { label, reason, author, time } = first;
    const what = label === null ? "label taken back" : `labeled ${label}`;
    const rows = this.acts.length === 1 ? first.row_key : `${this.acts.length} rows, from ${first.row_key}`;
    return plainText(`${what}: ${rows}${reason === null ? "" : ` (${reason})`} · ${author}, ${time}`);
  }

  [Symbol.for("corpuslab.display")](): Record<string, string> {
    const text = this.toString();
    return {
      "text/plain": text,
      "text/html": datasetHtml(`<div style="overflow-wrap:anywhere">${escapeHtml(text)}</div>`),
    };
  }
}

/**
 * The row (or each of the rows) has this label; `null` takes the label back. A line is added to the workspace's
 * `labels/labels.jsonl`; no other file changes, and earlier lines stay. Of several labels of a row the last counts.
 * Tables over runs show it in the columns label, label_reason, label_author and label_time from the next read on.
 * @throws InputError for a row without row_key, an empty label, and where there is no workspace.
 * @example label(row, "bad", { reason: "the answer is for another question" })
 */
export function label(
  row: RowOrKey | readonly RowOrKey[],
  name: string | null,
  { reason, author, into }: LabelOptions = {},
): Labeled {
  if (name !== null) checkName(name);
  const folder = labelFolder(into);
  const time = new Date().toISOString();
  const by = authorOf(author);
  const rows = Array.isArray(row) ? (row as readonly RowOrKey[]) : [row as RowOrKey];
  const acts = rows.map((one) =>
    checked("label", labelAct, {
      ...keyOf("label", one),
      label: name,
      reason: reason ?? null,
      author: by,
      time,
    }),
  );
  if (acts.length > 0) appendActs(labelsPath(folder), acts);
  return new Labeled(acts, labelsPath(folder));
}

function checkName(name: unknown): void {
  if (typeof name === "string" && /^[^\p{Cc}]{1,100}$/u.test(name) && name.trim() === name) return;
  throw new InputError(
    `label: ${JSON.stringify(name)} is no label, expected a word or a few such as "bad", at most 100 characters ` +
      "on one line without spaces at its ends, or null to take a label back",
  );
}
