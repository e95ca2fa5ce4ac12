import type { Message } from "../row";
import { type HarmonyMessage, isToolCall } from "./harmony-message";
import { isPythonTool } from "./tool-name";

/**
 * One canonical message for each Harmony message, in order, for datasets that come rendered. Reasoning stays a
 * message of its own on the channel `analysis`. Rendering the result with `analysis: "none"` gives the same text,
 * provided the headers were written as `renderHarmony` writes them.
 *
 * @example
 * const parsed = parseHarmony(text);
 * const messages = parsed.ok ? messagesFromHarmony(parsed.messages) : null;
 */
export function messagesFromHarmony(messages: readonly HarmonyMessage[]): Message[] {
  return messages.map((message) => {
    const { role, channel, body } = message;
    const call = isToolCall(message) ? toolCallJson(message.recipient!, body) : null;
    return {
      role,
      name: message.name,
      channel,
      content: call === null ? body : null,
      reasoning_content: null,
      tool_calls: call,
    };
  });
}

function toolCallJson(recipient: string, body: string): string {
  const name = recipient.replace(/^functions\./, "");
  // Code that itself looks like `{"code": …}` would be unwrapped by the renderer: wrap it once.
  const code = isPythonTool(recipient) && body.trimStart().startsWith("{");
  return JSON.stringify([{ name, arguments: code ? JSON.stringify({ code: body }) : body }]);
}
