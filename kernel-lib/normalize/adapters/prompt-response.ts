/** Sources with one prompt and one response in columns of their own: the shape that several adapters share. */
import type { Message } from "../../row";
import type { Adapted, RowPlace } from "../adapter";
import type { Columns } from "../columns";

/** A message with content only. */
export function message(role: string, content: string): Message {
  return { role, name: null, channel: null, content, reasoning_content: null, tool_calls: null };
}

/** Usual names of each part, the first that a row has is taken. */
export interface PromptColumns {
  readonly system: readonly string[];
  readonly prompt: readonly string[];
  readonly context: readonly string[];
  readonly response: readonly string[];
}

/**
 * System message (when not empty), prompt with its context after an empty line, response. A null or absent response
 * becomes "" and is tagged `null_content`, a null or absent prompt `null_prompt`.
 */
export function readPromptResponse(
  columns: Columns,
  place: RowPlace,
  names: PromptColumns,
): Pick<Adapted, "messages" | "reasons"> {
  const { mapping } = place;
  const reasons: string[] = [];
  const read = (part: "system" | "prompt" | "context" | "response") => {
    const column = mapping?.[part] ?? names[part].find((name) => columns.has(name));
    return column === undefined ? null : columns.content(column, reasons);
  };
  const prompt = read("prompt");
  const context = read("context");
  const response = read("response");
  const system = read("system");
  if (prompt === null && context === null && response === null) {
    return { messages: null, reasons: [...reasons, "null_prompt", "null_content"] };
  }
  if (prompt === null) reasons.push("null_prompt");
  if (response === null) reasons.push("null_content");
  const messages: Message[] = system === null || system === "" ? [] : [message("system", system)];
  const hasContext = context !== null && context.trim() !== "";
  const question = hasContext ? (prompt === null ? context : `${prompt}\n\n${context}`) : (prompt ?? "");
  messages.push(message("user", question), message("assistant", response ?? ""));
  return { messages, reasons };
}
