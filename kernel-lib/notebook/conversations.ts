/** Several rows as conversations, one below the other: the first ones open, the others as a line that opens. */

import { InputError } from "../errors";
import { type Conversation, type ConversationOptions, showConversation } from "./conversation";
import { conversationLine } from "./conversation-html";
import { thousands } from "./counts";
import { datasetHtml } from "./dataset-html";
import { escapeHtml } from "./escape-html";

type Row = Readonly<Record<string, unknown>>;

/** What is needed of a table to show its first rows. */
export interface RowsTable {
  head(n: number): { toArray(): Promise<Row[]> };
}

export interface ConversationsOptions extends ConversationOptions {
  /** At most this many rows, the first ones. Default 20. */
  readonly rows?: number;
  /** How many of them are open. Default 2. */
  readonly open?: number;
}

/** Rows that show themselves as conversations. */
export class Conversations {
  constructor(
    readonly conversations: readonly Conversation[],
    private readonly open: number,
    /** What is not shown, in words; null when everything is. */
    private readonly rest: string | null,
  ) {}

  toString(): string {
    const parts = this.conversations.map(
      (conversation, i) => `=== ${i + 1} of ${this.conversations.length} ===\n${conversation}`,
    );
    return [...parts, ...(this.rest === null ? [] : [this.rest])].join("\n\n") || "no rows";
  }

  [Symbol.for("corpuslab.display")](): Record<string, string> {
    const parts = this.conversations.map((conversation, i) => {
      const title = `<b>${i + 1}</b> <bdi style="opacity:.72">${escapeHtml(conversationLine(conversation.view, 120))}</bdi>`;
      return (
        `<details${i < this.open ? " open" : ""} style="border-top:1px solid rgba(128,128,128,.35);padding:6px 0;max-width:64em;overflow-wrap:anywhere">` +
        `<summary style="cursor:pointer">${title}</summary><div style="padding:6px 0 0 14px">${conversation.html()}</div></details>`
      );
    });
    const rest = this.rest === null ? "" : `<div style="opacity:.72">${escapeHtml(this.rest)}</div>`;
    return {
      "text/plain": this.toString(),
      "text/html": datasetHtml(`<div style="text-align:left">${parts.join("") || "no rows"}${rest}</div>`),
    };
  }
}

/**
 * The first rows as conversations, in order: of a table, or of a list of rows. Options are those of `showConversation`
 * for each of them. Says when there are more rows than are shown.
 * @example await showConversations(ds.sample(10, { seed: 1 }))
 */
export async function showConversations(
  rows: readonly Row[] | RowsTable | Promise<readonly Row[] | RowsTable>,
  { rows: most = 20, open = 2, ...options }: ConversationsOptions = {},
): Promise<Conversations> {
  if (!Number.isSafeInteger(most) || most < 1) {
    throw new InputError(`showConversations: rows ${most}, expected a whole number from 1 on`);
  }
  const given = await rows;
  const isTable = "head" in given;
  const read = isTable ? await given.head(most + 1).toArray() : given;
  const rest =
    read.length <= most
      ? null
      : isTable
        ? `The first ${thousands(most)} rows; there are more: rows says how many are shown`
        : `${thousands(read.length - most)} more of ${thousands(read.length)} rows not shown: rows says how many are`;
  return new Conversations(
    read.slice(0, most).map((row) => showConversation(row, options)),
    open,
    rest,
  );
}
