/** What kind of answer a text gives, and whether it is the one that was expected. */
import { isJson } from "./json-answer";
import { lastBoxed } from "./latex-fault";
import { codeBlocks, proseOf } from "./prose";

/** The type of an answer: the last `\boxed`, JSON, mostly code, a number (also after `####` or "answer is"), or text. */
export function answerType(answer: string): "boxed" | "json" | "code" | "numeric" | "text" | "none" {
  const trimmed = answer.trim();
  if (trimmed === "") return "none";
  if (lastBoxed(trimmed)) return "boxed";
  if (/^[{[]/.test(trimmed) && isJson(trimmed)) return "json";
  const blocks = codeBlocks(trimmed);
  if (blocks.length > 0) {
    const code = blocks.reduce((total, { start, end }) => total + end - start, 0);
    const [only] = blocks;
    if (blocks.length === 1 && only!.language === "json" && 2 * code > trimmed.length) return "json";
    if (2 * code > trimmed.length || proseOf(trimmed).trim().length < 400) return "code";
  }
  if (NUMBER.test(trimmed) || /(?:####|answer(?: is|:)) *[$]?-?[\d,.]{1,30}%?\.?$/i.test(trimmed.slice(-60)))
    return "numeric";
  return "text";
}

const NUMBER = /^[$€£]?-?\d[\d,]{0,40}(?:\.\d{1,40})?(?:\/\d{1,20})?%?\.?$/;

/** `expected_answer` (or `answer`, where it is short) of a row's source columns; null where there is none. */
export function expectedAnswer(extraJson: string | null): string | null {
  if (extraJson === null || !extraJson.includes("answer")) return null;
  try {
    const { expected_answer: value } = JSON.parse(extraJson) as { expected_answer?: unknown };
    if (typeof value === "number") return String(value);
    return typeof value === "string" && value.trim() !== "" ? value : null;
  } catch {
    return null;
  }
}

/** Whether the expected answer is the answer's last `\boxed`, or stands in it as a whole. Notation is leveled, not solved. */
export function answerHolds(answer: string, expected: string): boolean {
  const wanted = leveled(expected);
  if (wanted === "") return false;
  const boxed = lastBoxed(answer);
  if (boxed && leveled(boxed.content) === wanted) return true;
  const text = leveled(answer);
  for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + 1)) {
    if (
      !joins(text[at - 1], wanted[0]!) &&
      !joins(text[at + wanted.length], wanted.at(-1)!, text[at + wanted.length + 1])
    )
      return true;
  }
  return false;
}

/** Whether a neighbor would make a number longer, or a word. */
function joins(neighbor: string | undefined, edge: string, after?: string): boolean {
  if (neighbor === undefined) return false;
  if (/[0-9]/.test(edge))
    return /[0-9]/.test(neighbor) || (neighbor === "." && after !== undefined && /[0-9]/.test(after));
  return /[a-z]/i.test(edge) && /[a-z]/i.test(neighbor);
}

/** Spaces, dollar signs, thousands commas and the spelling variants of LaTeX away. */
function leveled(text: string): string {
  return text
    .replace(/\\[dt]frac/g, "\\frac")
    .replace(/\\(?:left|right|,|;|!|:|quad|displaystyle)(?![a-zA-Z])/g, "")
    .replace(/\\(?:text|mathrm|textbf|mathbf)\{([^{}]{0,200})\}/g, "$1")
    .replace(/(\d),(?=\d{3}(?!\d))/g, "$1")
    .replace(/[$\s]|\\[()[\]]/g, "");
}
