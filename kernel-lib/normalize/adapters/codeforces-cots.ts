import type { Message } from "../../row";
import type { Adapter } from "../adapter";
import { messages } from "./messages";

const OPEN = "<think>";
const CLOSE = "</think>";

/**
 * open-r1/codeforces-cots: `<think>…</think>` at the start of an assistant message becomes its reasoning, what comes
 * after it the content (white space around both is cut); a message whose thought never ends stays as it is, tagged
 * `unclosed_think`. `prompt` and `generation` are placed when the messages repeat them.
 */
export const codeforcesCots: Adapter = {
  name: "codeforces-cots",
  shape:
    "messages with <think>…</think>, prompt, generation, problem columns (contest, limits, examples, editorial)",
  detect: (columns) => columns.has("messages") && columns.has("generation") && columns.has("contest_id"),
  adapt(columns, place) {
    const adapted = messages.adapt(columns, place);
    const list = adapted.messages ?? [];
    const reasons = [...adapted.reasons];
    const prompt = columns.value("prompt");
    const generation = columns.value("generation");
    const isFirst = list.find((message) => message.role === "user")?.content === prompt;
    const isLast = list.findLast((message) => message.role === "assistant")?.content === generation;
    if (typeof prompt === "string" && isFirst) columns.take("prompt");
    if (typeof generation === "string" && isLast) columns.take("generation");
    for (const message of list) if (message.role === "assistant") splitThought(message, reasons);
    const description = columns.value("description");
    return {
      ...adapted,
      domain: place.domain ?? "code",
      problem: typeof description === "string" ? description : null,
      reasons,
    };
  },
};

/** Moves the thought of a fresh message (not yet shared) to its reasoning. */
function splitThought(message: Message, reasons: string[]): void {
  const content = message.content;
  if (content === null || message.reasoning_content !== null || !content.trimStart().startsWith(OPEN)) return;
  const start = content.indexOf(OPEN) + OPEN.length;
  const end = content.indexOf(CLOSE, start);
  if (end < 0) {
    reasons.push("unclosed_think");
    return;
  }
  message.reasoning_content = content.slice(start, end).trim();
  message.content = content.slice(end + CLOSE.length).trim();
}
