/** What a reviewer is shown of a row: the conversation and what flags say of it, as text whose hash goes into the log. */

import { createHash } from "node:crypto";
import { conversationText } from "../notebook/conversation-text";
import { type ConversationView, conversationView } from "../notebook/conversation-view";
import { counted } from "../notebook/counts";
import { cutLine, cutText, plainText } from "../notebook/plain-text";
import { ROW_COLUMNS } from "../row";
import { REVIEW_COLUMNS } from "../run-folder/review-columns";

type Row = Readonly<Record<string, unknown>>;

export interface ReviewSheet {
  readonly rowKey: string;
  readonly dataset: string;
  readonly textId: string;
  /** What is shown, without control characters and direction overrides. */
  readonly text: string;
  /** SHA-256 of `text` in UTF-8. */
  readonly sha256: string;
  /** Characters of the conversation that are not in it. */
  readonly hidden: number;
  readonly view: ConversationView;
  /** What flags say, a line each. */
  readonly flags: readonly string[];
  /** The source's columns that have no place in the row, such as the answer that was rejected. */
  readonly source: string | null;
}

/** Characters of a single text that are shown at first. */
export const SHOWN_CHARS = 20_000;
const SOURCE_CHARS = 1_500;
const LIST_CHARS = 400;
/** Columns of flags that say what was found, beside those that say whether. */
const FOUND = /_(reasons|categories|faults|where)$/;

/**
 * The sheet of a row. What other reviewers decided is not on it, so that each decides on their own. The same row gives the
 * same text.
 */
export function reviewSheet(
  row: Row,
  { maxChars = SHOWN_CHARS }: { readonly maxChars?: number } = {},
): ReviewSheet {
  const own = Object.fromEntries(Object.keys(ROW_COLUMNS).map((name) => [name, row[name]]));
  const whole = conversationView(own, { maxChars });
  const view = { ...whole, facts: { ...whole.facts, calls: [], columns: [], marks: [] } };
  const flags = flagLines(row);
  const extra = row.source_extra_json;
  const source =
    typeof extra === "string" && extra !== "" && extra !== "{}"
      ? plainText(cutText(extra, SOURCE_CHARS), { lines: true })
      : null;
  const text = [
    conversationText(view),
    ["flags:", ...(flags.length > 0 ? flags : ["none raised"]).map((line) => `  ${line}`)].join("\n"),
    ...(source === null
      ? []
      : [`not part of the row, as the source has it:\n  ${source.replaceAll("\n", "\n  ")}`]),
    ...(whole.hiddenChars > 0 ? [`${counted(whole.hiddenChars, "character")} not shown`] : []),
  ].join("\n\n");
  return {
    ...{ rowKey: String(row.row_key), dataset: String(row.dataset ?? ""), textId: String(row.text_id) },
    ...{ text, sha256: createHash("sha256").update(text).digest("hex"), hidden: whole.hiddenChars },
    ...{ view, flags, source },
  };
}

/** Flags that are raised, and what they found. */
function flagLines(row: Row): string[] {
  const lines: string[] = [];
  for (const [name, value] of Object.entries(row)) {
    if (name in REVIEW_COLUMNS || (name in ROW_COLUMNS && name !== "quality_reasons")) continue;
    if (value === true && !name.startsWith("quality_")) lines.push(cutLine(name, 120));
    else if (Array.isArray(value) && value.length > 0 && (FOUND.test(name) || name === "quality_reasons")) {
      const found = value.map((one) => (typeof one === "string" ? one : JSON.stringify(one)));
      lines.push(`${cutLine(name, 120)}: ${cutLine(found.join(", "), LIST_CHARS)}`);
    }
  }
  return lines;
}
