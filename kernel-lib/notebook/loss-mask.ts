/** What the trainer learns of a row's text: the spans of the core, counted. */

import { InputError } from "../errors";
import { assistantSpans, type Span } from "../harmony";
import type { LossMode } from "../row";
import { cutLine } from "./plain-text";

export const LOSS_MODES = [
  "assistant_all",
  "assistant_last",
  "assistant_last_turn",
  "all_text",
] as const satisfies readonly LossMode[];

/** The loss mask of a text under one loss mode. Offsets and counts are UTF-16 code units, as in `assistantSpans`. */
export interface LossMask {
  readonly lossMode: LossMode;
  /** The row's own mode, when another one is shown; else null. */
  readonly insteadOf: string | null;
  /** Learned parts of the text, exactly those of `assistantSpans(text, lossMode)`. */
  readonly spans: readonly Span[];
  readonly learnedChars: number;
  readonly textChars: number;
  /** Whether the special that ends each learned message is learned too. */
  readonly includeStop: boolean;
}

export interface LossMaskOptions {
  /** Default: the row's `loss_mode`. */
  readonly lossMode?: LossMode;
  /** Whether a learned message's ending special is learned too. Default false, as in `assistantSpans`. */
  readonly includeStop?: boolean;
}

/** The mask, or in words why there is none. */
export function lossMask(
  row: Readonly<Record<string, unknown>>,
  { lossMode, includeStop = false }: LossMaskOptions = {},
): LossMask | string {
  if (lossMode !== undefined && !isLossMode(lossMode)) {
    throw new InputError(
      `showConversation: loss mode ${JSON.stringify(lossMode)}, expected ${LOSS_MODES.join(", ")}`,
    );
  }
  const own = row.loss_mode;
  const mode = lossMode ?? own;
  const { text } = row;
  if (typeof text !== "string") {
    return own === undefined || own === null
      ? "No loss mask yet: what is learned is decided when the row is normalized"
      : "No loss mask: it is made of the column text, which is not among these columns";
  }
  if (mode === undefined || mode === null) {
    return 'No loss mask yet: the row has no loss_mode; show one with { lossMode: "assistant_all" }';
  }
  if (!isLossMode(mode)) {
    return `No loss mask: the row's loss_mode ${JSON.stringify(cutLine(String(mode), 60))} is not one of ${LOSS_MODES.join(", ")}`;
  }
  const spans = assistantSpans(text, mode, { includeStop });
  return {
    lossMode: mode,
    insteadOf: typeof own === "string" && own !== mode ? own : null,
    spans,
    learnedChars: spans.reduce((sum, { start, end }) => sum + end - start, 0),
    textChars: text.length,
    includeStop,
  };
}

/** The parts of `spans`, which are in order, that lie in `start`..`end`, in offsets from `start`. */
export function spansWithin(spans: readonly Span[], start: number, end: number): Span[] {
  let low = 0;
  for (let high = spans.length; low < high; ) {
    const middle = (low + high) >> 1;
    if (spans[middle]!.end <= start) low = middle + 1;
    else high = middle;
  }
  const found: Span[] = [];
  for (let at = low; at < spans.length && spans[at]!.start < end; at++) {
    const span = spans[at]!;
    found.push({ start: Math.max(span.start, start) - start, end: Math.min(span.end, end) - start });
  }
  return found;
}

function isLossMode(value: unknown): value is LossMode {
  return (LOSS_MODES as readonly unknown[]).includes(value);
}
