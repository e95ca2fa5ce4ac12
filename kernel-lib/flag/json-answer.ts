/** JSON in answers: whether it was asked for, and whether it came. */
import { codeBlocks } from "./prose";

/** Asks for the answer in that form; the gap is within a sentence. */
const ASKED =
  /\b(?:respond|reply|answer|output|return|format(?:ted)?|provide|give|produce|present|structured?|generate|write|only|just)\b[^.!?\n]{0,80}\bjson\b|\bjson\b[^.!?\n]{0,40}\b(?:only|format|object)\b|\b(?:as|in) (?:a |an )?(?:valid |single )?json\b/i;
/** Speaks of programs or services: JSON is then what those shall give, not the answer. */
const ABOUT =
  /\b(?:function|script|program|code|class|method|api|endpoint|server|parse|parser|query|app|application|python|javascript|java|php|ruby|sql|c\+\+|configuration file|what is|explain)\b/i;

/** Whether the prompt wants the answer itself to be JSON. */
export function asksForJson(prompt: string): boolean {
  return /json/i.test(prompt) && ASKED.test(prompt) && !ABOUT.test(prompt);
}

/** The JSON text that an answer consists of: the whole answer, or its only code block; null where it is something else. */
export function jsonIn(answer: string): string | null {
  const trimmed = answer.trim();
  if (/^[{[]/.test(trimmed)) return trimmed;
  const blocks = codeBlocks(trimmed).filter(({ language }) => language === "json" || language === "");
  return blocks.length === 1 ? blocks[0]!.code.trim() : null;
}

export function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
