/** What a rewriting step answered → the columns of its overlay. */
import { messagesFromHarmony, parseHarmony, renderHarmony, textId } from "../harmony";
import { measureText } from "../harmony/measure-text";
import type { Message } from "../row";

export interface NewText {
  readonly text_id: string;
  readonly text: string;
  readonly messages: readonly Message[] | null;
  readonly stats_char_len: number;
  readonly stats_approx_tokens: number;
}

/**
 * The row's new text. From messages it is rendered; of a text the messages are those that it holds, as for datasets that
 * come rendered. `isFree`: the old text is none that Harmony could be asked of (a plain corpus, or marked as invalid), so
 * the new one need not be.
 * @returns `problem` for what is no valid Harmony: a row of which no training text can be made; `fault` for messages
 * that are not of the declared form.
 */
export function newText(
  answer: { readonly text: string } | { readonly messages: unknown },
  { isFree }: { readonly isFree: boolean },
): NewText | { readonly problem: string } | { readonly fault: string } {
  if ("text" in answer) {
    const { text } = answer;
    const parsed = parseHarmony(text);
    if (parsed.ok) return measured(text, messagesFromHarmony(parsed.messages));
    return isFree ? measured(text, null) : { problem: `the new text is no valid Harmony (${parsed.reason})` };
  }
  const messages = messagesOf(answer.messages as readonly unknown[]);
  if ("fault" in messages) return messages;
  const rendered = renderHarmony(messages.list);
  if (!rendered.ok) {
    const where = rendered.message >= 0 ? `message ${rendered.message}: ` : "";
    return { problem: `the new messages cannot be rendered: ${where}${rendered.reason}` };
  }
  return measured(rendered.text, messages.list);
}

function measured(text: string, messages: readonly Message[] | null): NewText {
  const { bytes, characters } = measureText(text);
  return {
    ...{ text_id: textId(text), text, messages },
    ...{ stats_char_len: characters, stats_approx_tokens: Math.ceil(bytes / 4) },
  };
}

const PARTS = ["name", "channel", "content", "reasoning_content", "tool_calls"] as const;

function messagesOf(given: readonly unknown[]): { readonly list: Message[] } | { readonly fault: string } {
  const list: Message[] = [];
  for (const [i, one] of given.entries()) {
    const from = one as Readonly<Record<string, unknown>> | null;
    if (typeof from !== "object" || from === null || typeof from.role !== "string") {
      return { fault: `returned messages whose number ${i} is no { role, content }` };
    }
    const wrong = PARTS.find((name) => typeof (from[name] ?? "") !== "string");
    if (wrong)
      return {
        fault: `returned a message ${i} whose ${wrong} is a ${typeof from[wrong]}, expected text or null`,
      };
    const part = (name: (typeof PARTS)[number]) => (from[name] ?? null) as string | null;
    list.push({
      ...{ role: from.role, name: part("name"), channel: part("channel"), content: part("content") },
      ...{ reasoning_content: part("reasoning_content"), tool_calls: part("tool_calls") },
    });
  }
  return { list };
}
