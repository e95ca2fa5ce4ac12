import type { LossMode } from "../row";
import { type ParsedMessage, parseHarmony } from "./parse";

/** A half-open range of UTF-16 offsets. */
export interface Span {
  start: number;
  end: number;
}

export interface SpanOptions {
  /** Whether a span also covers the special that ends its message, so that stopping is learned. Default false. */
  includeStop?: boolean;
}

/**
 * The parts of `text` that are learned under `lossMode`, in order and without overlap, in UTF-16 offsets:
 * all assistant bodies (reasoning, calls and finals alike), the last assistant body, the assistant bodies after the
 * last user message, or the whole text. Empty spans are left out; a text that is no Harmony has none, except under
 * `all_text`.
 *
 * @example
 * assistantSpans("<|start|>assistant<|message|>Yes<|return|>", "assistant_all"); // [{ start: 29, end: 32 }]
 */
export function assistantSpans(
  text: string,
  lossMode: LossMode,
  { includeStop = false }: SpanOptions = {},
): Span[] {
  if (lossMode === "all_text") return text === "" ? [] : [{ start: 0, end: text.length }];
  const parsed = parseHarmony(text);
  if (!parsed.ok) return [];
  return learned(parsed.messages, lossMode)
    .map(({ bodyStart, bodyEnd, stop }) => ({ start: bodyStart, end: includeStop ? stop : bodyEnd }))
    .filter(({ start, end }) => end > start);
}

function learned(messages: readonly ParsedMessage[], lossMode: LossMode): ParsedMessage[] {
  const isAssistant = ({ role }: ParsedMessage) => role === "assistant";
  switch (lossMode) {
    case "assistant_last":
      return messages.filter(isAssistant).slice(-1);
    case "assistant_last_turn":
      return messages.slice(messages.findLastIndex(({ role }) => role === "user") + 1).filter(isAssistant);
    default:
      return messages.filter(isAssistant);
  }
}
