/** The turns of a Harmony text with its loss mask, and what the row's messages hold beyond the text. */

import {
  harmonyMessages,
  isToolCall,
  type ParsedMessage,
  parseHarmony,
  type SourcedMessage,
  unescapeSpecials,
} from "../harmony";
import type { Message } from "../row";
import { type LossMask, spansWithin } from "./loss-mask";
import { plainTurn, type Turn, type TurnKind } from "./turn";

export interface HarmonyTurns {
  readonly turns: readonly Turn[];
  readonly notes: readonly string[];
}

/**
 * The messages of `text` as turns: bodies are slices of it, marks are the mask's spans cut to each body. Reasoning
 * that the row's `messages` hold and the template left out stands in its place, as not in the text. Null when the
 * text is no Harmony; `why` then says so.
 */
export function harmonyTurns(
  text: string,
  mask: LossMask | null,
  messages: unknown,
): HarmonyTurns | { readonly turns: null; readonly why: string } {
  const parsed = parseHarmony(text);
  if (!parsed.ok) {
    return { turns: null, why: `Not Harmony: ${parsed.reason} at character ${parsed.position}` };
  }
  const turns = parsed.messages.map((message) => turnOf(text, message, mask));
  const notes = problemNotes(parsed.problems);
  const dropped = droppedTurns(parsed.messages, turns, messages);
  if (dropped === "differ")
    notes.push("The messages column and the text do not say the same; this is the text");
  return { turns: dropped === null || dropped === "differ" ? turns : dropped, notes };
}

function turnOf(text: string, message: ParsedMessage, mask: LossMask | null): Turn {
  const { role, name, channel, recipient, contentType, body, bodyStart, bodyEnd, stop } = message;
  const stopLearned = mask !== null && spansWithin(mask.spans, bodyEnd, stop).length > 0;
  return {
    role,
    kind: kindOf(message),
    name,
    channel,
    recipient: isToolCall(message) ? recipient : null,
    label: contentType,
    body,
    learned: mask === null ? null : spansWithin(mask.spans, bodyStart, bodyEnd),
    learnedStop: stopLearned ? text.slice(bodyEnd, stop) : null,
    inText: true,
  };
}

function kindOf(message: ParsedMessage | SourcedMessage): TurnKind {
  if (isToolCall(message)) return "call";
  if (message.role === "tool") return "output";
  return message.role === "assistant" && message.channel === "analysis" ? "reasoning" : "content";
}

function problemNotes(problems: readonly { readonly kind: string; readonly position: number }[]): string[] {
  if (problems.length === 0) return [];
  const named = problems.slice(0, 5).map(({ kind, position }) => `${kind} at character ${position}`);
  const more = problems.length > 5 ? `, and ${problems.length - 5} more` : "";
  return [`Harmony problems: ${named.join(", ")}${more}`];
}

/** Turns with those that only `messages` hold, "differ" when the text is no part of the messages, or null. */
function droppedTurns(
  parsed: readonly ParsedMessage[],
  turns: readonly Turn[],
  messages: unknown,
): Turn[] | "differ" | null {
  if (!Array.isArray(messages) || !messages.every(isMessage)) return null;
  const expanded = harmonyMessages(messages);
  if (!expanded.ok) return null;
  const all: Turn[] = [];
  let at = 0;
  for (const message of expanded.messages) {
    const next = parsed[at];
    if (next && isSame(next, message)) all.push(turns[at++]!);
    else {
      const { role, name, channel, body } = message;
      const recipient = isToolCall(message) ? message.recipient : null;
      all.push(plainTurn(role, body, { kind: kindOf(message), name, channel, recipient, inText: false }));
    }
  }
  return at === parsed.length ? all : "differ";
}

function isSame(parsed: ParsedMessage, { role, recipient, channel, body }: SourcedMessage): boolean {
  return (
    parsed.role === role &&
    parsed.channel === channel &&
    (parsed.recipient === recipient || role === "tool") &&
    (parsed.body === body || unescapeSpecials(parsed.body) === body)
  );
}

function isMessage(value: unknown): value is Message {
  if (value === null || typeof value !== "object") return false;
  const message = value as Record<string, unknown>;
  const keys = ["name", "channel", "content", "reasoning_content", "tool_calls"];
  return (
    typeof message.role === "string" &&
    keys.every((key) => message[key] === null || typeof message[key] === "string")
  );
}
