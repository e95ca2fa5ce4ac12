/** Lines that recur because answers do: options of a question, and what states the answer. */

const OPTION = /^\(?[A-J][.):]\s/i;
const STATED = /\b(?:answer|option|choice)\b[^.!?]*(?:\bis\b|\bare\b|[:=])/i;

/** Whether a line is an option of a question or states an answer. A heuristic: it errs towards leaving lines alone. */
export function looksLikeAnswer(plain: string): boolean {
  return OPTION.test(plain) || STATED.test(plain);
}
