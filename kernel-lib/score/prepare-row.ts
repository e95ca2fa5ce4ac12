/** A row's text as tokens with those that are learned, cut to the length that a scorer sees. */
import { assistantSpans, parseHarmony } from "../harmony";
import type { Encoding } from "../model/tokenizer";
import { LOSS_MODES, type LossMode } from "../row";
import { tokenMask } from "../tokens/token-mask";
import type { LmRow } from "./causal-lm";

/** Why a row has no score. */
export type ScoreReason =
  /** The text is null or empty. */
  | "no_text"
  /** The loss mode is none of those that are known. */
  | "unknown_loss_mode"
  /** The loss mode speaks of assistant messages, and the text is no Harmony. */
  | "not_harmony"
  /** Nobody answers, or with nothing. */
  | "no_completion"
  /** All that is learned is the first token, which nothing stands before. */
  | "no_scorable_token"
  /** What is learned lies behind the cut, or the row is longer than the model has positions. */
  | "too_long"
  /** The model gave logits that are no numbers. */
  | "nan_logits"
  /** The model did not run on this row. */
  | "model_failed";

export interface PrepareOptions {
  readonly includeStop: boolean;
  /** Tokens that are seen; null: all of them. */
  readonly maxLength: number | null;
}

export interface PreparedRow extends LmRow {
  /** Tokens were cut away. */
  readonly truncated: boolean;
  /** Nothing of it can be scored; null: it can. */
  readonly reason: ScoreReason | null;
}

/** What `encode` gave for `text`, with a mark on each token that is learned under `lossMode` and has one before it. */
export function prepareRow(
  text: string | null,
  lossMode: string,
  encoding: Encoding,
  { includeStop, maxLength }: PrepareOptions,
): PreparedRow {
  const all = encoding.ids.length;
  const length = maxLength === null ? all : Math.min(all, maxLength);
  const truncated = length < all;
  const ids = truncated ? encoding.ids.subarray(0, length) : encoding.ids;
  const nothing = (reason: ScoreReason): PreparedRow => ({
    ...{ ids, wanted: new Uint8Array(length), truncated, reason },
  });
  if (text === null || text === "") return nothing("no_text");
  if (!isLossMode(lossMode)) return nothing("unknown_loss_mode");
  const spans = assistantSpans(text, lossMode, { includeStop });
  if (spans.length === 0) return nothing(parseHarmony(text).ok ? "no_completion" : "not_harmony");
  const mask = tokenMask(encoding, spans);
  if (mask.length > 0) mask[0] = 0;
  if (!mask.includes(1)) return nothing("no_scorable_token");
  const wanted = truncated ? mask.subarray(0, length) : mask;
  return { ids, wanted, truncated, reason: wanted.includes(1) ? null : "too_long" };
}

function isLossMode(word: string): word is LossMode {
  return (LOSS_MODES as readonly string[]).includes(word);
}
