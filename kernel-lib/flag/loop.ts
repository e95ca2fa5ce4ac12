/** A degenerate loop: one span over and over until the text ends, as models write when they do not stop. */

export interface Loop {
  /** Characters at the end of the text (white space at the very end not counted) that repeat one span. */
  readonly chars: number;
  /** Length of the repeated span. */
  readonly span: number;
}

/** The span is looked for in so many characters at the end; a longer loop is then followed to its beginning. */
const WINDOW = 4096;
const NONE: Loop = { chars: 0, span: 0 };
const failure = new Int32Array(WINDOW + 1);

/**
 * The longest end of the text that is one span at least `minRepeats` times (the last one may be cut off); zeros where
 * there is none. Linear: the prefix function of the reversed end (Knuth, Morris, Pratt 1977).
 */
export function endLoop(text: string, minRepeats: number): Loop {
  let end = text.length;
  while (end > 0 && isSpace(text.charCodeAt(end - 1))) end--;
  const window = Math.min(end, WINDOW);
  if (window < 2) return NONE;
  let [chars, span] = [0, 0];
  failure[1] = 0;
  let k = 0;
  for (let length = 2; length <= window; length++) {
    const code = text.charCodeAt(end - length);
    while (k > 0 && text.charCodeAt(end - 1 - k) !== code) k = failure[k]!;
    if (text.charCodeAt(end - 1 - k) === code) k++;
    failure[length] = k;
    const period = length - k;
    if (length >= minRepeats * period) [chars, span] = [length, period];
  }
  if (chars === window) {
    let at = end - window - 1;
    while (at >= 0 && text.charCodeAt(at) === text.charCodeAt(at + span)) at--;
    chars = end - 1 - at;
  }
  return { chars, span };
}

function isSpace(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13);
}
