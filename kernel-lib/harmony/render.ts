import type { Message } from "../row";
import { type DropAnalysis, dropAnalysis } from "./drop-analysis";
import type { HarmonyMessage } from "./harmony-message";
import { failure, harmonyMessages, type RenderFailure } from "./harmony-messages";
import { CHANNEL, escapeSpecials, findSpecial, MESSAGE, START } from "./specials";

export interface RenderOptions {
  /**
   * What happens to a body that contains a special as text: `reject` fails with `special_in_body`, `escape` writes
   * `<\|end|>` for `<|end|>` (undone by `unescapeSpecials`). Default `reject`.
   */
  specials?: "reject" | "escape";
  /** Whether the last message, if an assistant's final, ends with `<|return|>` instead of `<|end|>`. Default true. */
  training?: boolean;
  /** Which analysis the text leaves out; `messages` keeps it all. Default `earlier_turns`. */
  analysis?: DropAnalysis;
}

export type RenderResult = { ok: true; text: string } | RenderFailure;

/**
 * The text is the Harmony rendering `harmony-1` of the conversation: token for token what openai-harmony's
 * `render_conversation_for_training` writes for `harmonyMessages(messages)`, except that the only turn keeps its
 * reasoning (see {@link DropAnalysis}). What cannot be rendered is a value with its reason and the index of the
 * message, never an exception. Deterministic; time and memory linear in the bodies.
 *
 * @example
 * const empty = { name: null, channel: null, reasoning_content: null, tool_calls: null };
 * renderHarmony([{ ...empty, role: "user", content: "2+2?" }, { ...empty, role: "assistant", content: "4" }]);
 * // { ok: true, text: "<|start|>user<|message|>2+2?<|end|><|start|>assistant<|channel|>final<|message|>4<|return|>" }
 */
export function renderHarmony(
  messages: readonly Message[],
  { specials = "reject", training = true, analysis = "earlier_turns" }: RenderOptions = {},
): RenderResult {
  if (messages.length === 0) return failure("no_messages", -1, "the conversation is empty");
  const expanded = harmonyMessages(messages);
  if (!expanded.ok) return expanded;
  const all = expanded.messages;
  if (specials === "reject") {
    for (const { body, source } of all) {
      const found = findSpecial(body);
      if (found) {
        const detail = `${found.special} at ${found.position} of the ${messages[source]!.role} message`;
        return failure("special_in_body", source, detail);
      }
    }
  }
  const shown = dropAnalysis(all, analysis);
  let text = "";
  for (let index = 0; index < shown.length; index++) {
    const message = shown[index]!;
    const returns =
      training && index === shown.length - 1 && message.role === "assistant" && message.channel === "final";
    const body = specials === "escape" ? escapeSpecials(message.body) : message.body;
    text += `${renderHeader(message)}${body}<|${returns ? "return" : message.end}|>`;
  }
  return { ok: true, text };
}

/** From `<|start|>` to `<|message|>`: role, name, recipient, channel, content type. */
function renderHeader({ role, name, recipient, channel, contentType }: HarmonyMessage): string {
  let header = START + (role === "tool" ? (name ?? "tool") : name === null ? role : `${role}:${name}`);
  if (recipient !== null && recipient !== "all") header += ` to=${recipient}`;
  if (channel !== null) header += CHANNEL + channel;
  if (contentType !== null) header += ` ${contentType}`;
  return header + MESSAGE;
}
