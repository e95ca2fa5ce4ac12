/** The second input of IFD: a row's completion without what it answers. */
import { assistantSpans, parseHarmony } from "../harmony";
import type { Encoding } from "../model/tokenizer";
import type { LossMode } from "../row";
import { tokenMask } from "../tokens/token-mask";
import type { LmRow } from "./causal-lm";

/**
 * The learned messages of `text` with their headers and nothing else: tokens of the prompt, of system and tool messages and
 * of answers that are not learned are left out, those of learned messages stay as they were, so the same tokens are counted
 * as in `row` (what `prepareRow` gave for this text and encoding). What a tokenizer put before the text stays. null where
 * there is no prompt to leave out: `all_text`, or a text of learned messages alone.
 */
export function completionAlone(
  text: string,
  lossMode: LossMode,
  encoding: Encoding,
  row: LmRow,
): LmRow | null {
  if (lossMode === "all_text") return null;
  const parsed = parseHarmony(text);
  if (!parsed.ok) return null;
  const bodies = new Set(assistantSpans(text, lossMode, { includeStop: true }).map(({ start }) => start));
  const learned = parsed.messages.filter(({ bodyStart }) => bodies.has(bodyStart));
  const kept = tokenMask(
    encoding,
    learned.map(({ start, stop }) => ({ start, end: stop })),
  ).subarray(0, row.ids.length);
  for (let i = 0; i < kept.length && encoding.ends[i] === 0; i++) kept[i] = 1;
  const count = kept.reduce((sum, bit) => sum + bit, 0);
  if (count === row.ids.length) return null;
  const [ids, wanted] = [new Int32Array(count), new Uint8Array(count)];
  let to = 0;
  for (let i = 0; i < kept.length; i++) {
    if (kept[i] === 0) continue;
    ids[to] = row.ids[i]!;
    wanted[to++] = row.wanted[i]!;
  }
  return wanted[0] === 1 ? null : { ids, wanted };
}
