import type { Adapter } from "../adapter";
import { readConversation } from "../conversation";

/** True when one of the sampled rows has a list of objects with this key in the column. */
export function holdsObjectsWith(
  sample: readonly { readonly values: Readonly<Record<string, unknown>> }[],
  column: string,
  key: string,
): boolean {
  return sample.some((row) => {
    const list = row.values[column];
    return (
      Array.isArray(list) && list.some((item) => item !== null && typeof item === "object" && key in item)
    );
  });
}

/** Nemotron Science, Agentic, Instruction-Following, and every other source with OpenAI-style messages. */
export const messages: Adapter = {
  name: "messages",
  shape:
    "messages: list of { role, content, reasoning_content?, tool_calls?, name? }; content may be any JSON value; tools: list of JSON-Schema functions",
  detect: (columns, sample) => columns.has("messages") && holdsObjectsWith(sample, "messages", "role"),
  adapt(columns, place) {
    const column = place.mapping?.messages ?? "messages";
    const value = columns.value(column);
    const conversation = readConversation(value, columns.raw(column));
    if (conversation.messages !== null || value === null) columns.take(column);
    return {
      messages: conversation.messages,
      lossMode: "assistant_all",
      domain: place.domain ?? "other",
      toolEvents: conversation.toolEvents,
      messageExtras: conversation.extras,
      reasons: conversation.reasons,
    };
  },
};
