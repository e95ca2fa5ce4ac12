/** Whether a text stops in the middle. */
import { codeBlocks } from "./prose";

/** Words after which an English sentence goes on. */
const UNFINISHED =
  /(?:^|[\s(])(?:the|a|an|of|and|or|to|in|on|at|by|for|with|from|as|is|are|was|were|be|been|that|which|who|because|if|than|into|between|its|their|his|her|our|your|my|this|these|those|has|have|had|will|would|can|could|should|may|might|must|not|also|but|when|while|where|we|he|she|they|it's|i)$/i;
const LIST_ITEM = /^\s{0,8}(?:[-*+•]|\d{1,3}[.)]|[a-zA-Z][.)]|#{1,6}|\||>)\s?/;

/**
 * Whether a text ends in the middle of a sentence, a code block or a formula. A sign, no proof: answers of one line, list
 * items, headings, tables, formulas, names and numbers end without a full stop and are spared.
 */
export function endsInTheMiddle(text: string): boolean {
  const trimmed = text.trimEnd();
  if (trimmed === "") return false;
  const blocks = codeBlocks(trimmed);
  const last = blocks[blocks.length - 1];
  if (last && !last.closed) return true;
  if (last && last.end >= trimmed.length) return false;
  if (/[,([{]$/.test(trimmed)) return trimmed.length > 20;
  const line = trimmed.slice(trimmed.lastIndexOf("\n") + 1);
  if (UNFINISHED.test(line.slice(-60)) && wordCount(line) >= 4) return true;
  const isProse = /[a-z]$/.test(line) && wordCount(line) >= 8 && !LIST_ITEM.test(line);
  const earlier = trimmed.slice(0, Math.max(0, trimmed.length - line.length));
  const hasSentences =
    /[.!?]["')\]]?(?:\s|$)/.test(earlier.slice(-4000)) || /[.!?]["')]? [A-Z]/.test(line.slice(0, 4000));
  return isProse && hasSentences && trimmed.length >= 200;
}

function wordCount(line: string): number {
  return line.slice(-2000).split(/\s+/).filter(Boolean).length;
}
