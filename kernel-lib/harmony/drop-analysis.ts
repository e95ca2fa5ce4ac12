import { type HarmonyMessage, isToolCall } from "./harmony-message";

/**
 * Which analysis a rendering leaves out, when the last assistant message is a final:
 * - `earlier_turns`: that of turns before the last user message, before the first final. Python calls stand on the
 *   analysis channel; their results go with them, for a result without its call is an orphan.
 * - `reference`: all before the first final, as openai-harmony's `auto_drop_analysis` does. It also drops the
 *   reasoning of a conversation's only turn, and leaves the results of dropped Python calls.
 * - `none`: nothing.
 */
export type DropAnalysis = "earlier_turns" | "reference" | "none";

/** The messages that the rendering shows, in order. The input is not changed. */
export function dropAnalysis<T extends HarmonyMessage>(
  messages: readonly T[],
  rule: DropAnalysis,
): readonly T[] {
  const lastAssistant = messages.findLast(({ role }) => role === "assistant");
  if (rule === "none" || lastAssistant?.channel !== "final") return messages;
  let limit = messages.findIndex(({ channel }) => channel === "final");
  if (rule === "earlier_turns") {
    limit = Math.min(
      limit,
      messages.findLastIndex(({ role }) => role === "user"),
    );
  }
  const droppedCalls = new Map<string, number>();
  return messages.filter((message, index) => {
    if (index >= limit) return true;
    if (message.channel === "analysis") {
      if (isToolCall(message))
        droppedCalls.set(message.recipient!, (droppedCalls.get(message.recipient!) ?? 0) + 1);
      return false;
    }
    if (rule === "reference" || message.role !== "tool") return true;
    const dropped = droppedCalls.get(message.name!) ?? 0;
    if (dropped > 0) droppedCalls.set(message.name!, dropped - 1);
    return dropped === 0;
  });
}
