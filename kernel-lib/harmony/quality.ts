import { isToolCall } from "./harmony-message";
import { type ParsedMessage, type ProblemKind, parseHarmony, type RejectReason } from "./parse";
import { CALL, END, MESSAGE, RETURN, START } from "./specials";

export interface QualityFlags {
  /** The text parses and shows none of the problems that make a row unfit for training. */
  validHarmony: boolean;
  /** The last assistant message calls a tool, or says at least `minCompletionChars` characters outside analysis. */
  completionNonempty: boolean;
  /** Somebody calls a tool, or a tool speaks. */
  hasTool: boolean;
  /** Each reject reason and problem kind once, in order of appearance, then `empty_completion`. */
  reasons: (RejectReason | ProblemKind | "empty_completion")[];
}

export interface QualityOptions {
  /** Fewest characters other than white space that count as a completion. Default 1. */
  minCompletionChars?: number;
}

/** Problems of what a message says, not of how it is written: they are reasons, but leave `validHarmony` true. */
const SOFT_PROBLEMS: ReadonlySet<string> = new Set<ProblemKind>(["tool_payload_not_json"]);

/**
 * Whether the text is sound Harmony, says something and uses tools, with a reason for each doubt. Where messages
 * cannot be told apart, the completion is what follows the last `<|start|>assistant`.
 *
 * @example
 * qualityFlags("<|start|>assistant<|channel|>final<|message|> <|return|>");
 * // { validHarmony: true, completionNonempty: false, hasTool: false, reasons: ["empty_completion"] }
 */
export function qualityFlags(text: string, { minCompletionChars = 1 }: QualityOptions = {}): QualityFlags {
  const parsed = parseHarmony(text);
  const reasons = new Set<QualityFlags["reasons"][number]>();
  if (parsed.ok) for (const { kind } of parsed.problems) reasons.add(kind);
  else reasons.add(parsed.reason);
  const validHarmony = parsed.ok && [...reasons].every((reason) => SOFT_PROBLEMS.has(reason));

  const messages = parsed.ok ? parsed.messages : [];
  const last = messages.findLast(({ role }) => role === "assistant");
  const completionNonempty = last
    ? isCompletion(last, minCompletionChars)
    : hasChars(trailingCompletion(text), minCompletionChars);
  if (!completionNonempty) reasons.add("empty_completion");

  const hasTool = parsed.ok
    ? messages.some((message) => message.role === "tool" || isToolCall(message))
    : text.includes(CALL);
  return { validHarmony, completionNonempty, hasTool, reasons: [...reasons] };
}

function isCompletion(message: ParsedMessage, minChars: number): boolean {
  return isToolCall(message) || (message.channel !== "analysis" && hasChars(message.body, minChars));
}

/** What the last assistant seems to say in a text that does not parse; empty when none is found. */
function trailingCompletion(text: string): string {
  const start = text.lastIndexOf(`${START}assistant`);
  const message = start === -1 ? -1 : text.indexOf(MESSAGE, start);
  if (message === -1) return "";
  const body = text.slice(message + MESSAGE.length);
  const end = [END, RETURN, CALL].map((special) => body.indexOf(special)).filter((at) => at !== -1);
  return end.length > 0 ? body.slice(0, Math.min(...end)) : body;
}

function hasChars(text: string, minimum: number): boolean {
  const character = /\S/g;
  for (let count = 0; count < minimum; count++) if (!character.test(text)) return false;
  return true;
}
