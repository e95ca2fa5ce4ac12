/** A session in plain text: the row that is shown, and what was decided. */

import type { ReviewAct } from "../label/review-act";
import { plainText } from "../notebook/plain-text";
import type { ReviewSession } from "./review-session";

/** Row 3 of 12, what is shown of it, and what others said where that is to be settled. */
export function sheetText(session: ReviewSession): string {
  const sheet = session.current();
  if (sheet === null) return "";
  const said = (session.before()?.decisions ?? []).map(
    (act) => `  ${plainText(act.reviewer)}: ${actText(act)}${act.adjudicates ? " (settled)" : ""}`,
  );
  return [
    `──── row ${session.position} of ${session.total} ────`,
    sheet.text,
    ...(said.length > 0 ? [`\nreviewers disagree:\n${said.join("\n")}`] : []),
  ].join("\n");
}

/** `safe_help, high: what the note says` */
export function actText({ act, safety_label, severity, note }: ReviewAct): string {
  const what = [safety_label, severity].filter((one) => one !== null).join(", ");
  return plainText(`${act === "undone" ? "taken back: " : ""}${what}${note === null ? "" : `: ${note}`}`);
}
