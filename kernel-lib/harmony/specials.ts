/**
 * The special tokens of the `o200k_harmony` vocabulary: as text inside a body they would be read as structure by
 * every tokenizer that allows specials, and shift every mask after them.
 */

export const START = "<|start|>";
export const MESSAGE = "<|message|>";
export const CHANNEL = "<|channel|>";
export const CONSTRAIN = "<|constrain|>";
export const END = "<|end|>";
export const RETURN = "<|return|>";
export const CALL = "<|call|>";

const NAMES = "start|end|message|channel|constrain|return|call|startoftext|endoftext|reserved_\\d{6}";
const SPECIAL_AT = new RegExp(`<\\|(?:${NAMES})\\|>`, "y");
const ESCAPABLE = new RegExp(`<(\\\\*)\\|(${NAMES})\\|>`, "g");
const ESCAPED = new RegExp(`<\\\\(\\\\*)\\|(${NAMES})\\|>`, "g");

/** The special that starts exactly at `position`, or null. */
export function specialAt(text: string, position: number): string | null {
  SPECIAL_AT.lastIndex = position;
  return SPECIAL_AT.exec(text)?.[0] ?? null;
}

/** The first special at or after `from`, or null. One pass over the text. */
export function findSpecial(text: string, from = 0): { position: number; special: string } | null {
  for (let at = text.indexOf("<|", from); at !== -1; at = text.indexOf("<|", at + 2)) {
    const special = specialAt(text, at);
    if (special) return { position: at, special };
  }
  return null;
}

/**
 * The text holds no special any more: each one carries a backslash after its `<`, as in `<\|end|>`. What already
 * looks escaped gets one more backslash, so that {@link unescapeSpecials} gives back exactly the input.
 *
 * @example
 * escapeSpecials("stop at <|end|>"); // "stop at <\\|end|>"
 */
export function escapeSpecials(text: string): string {
  return text.includes("|>") ? text.replace(ESCAPABLE, "<\\$1|$2|>") : text;
}

/**
 * The text that {@link escapeSpecials} was given.
 *
 * @example
 * unescapeSpecials("stop at <\\|end|>"); // "stop at <|end|>"
 */
export function unescapeSpecials(text: string): string {
  return text.includes("|>") ? text.replace(ESCAPED, "<$1|$2|>") : text;
}
