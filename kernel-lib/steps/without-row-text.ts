/** What a step threw, without the row that it threw on. */

const MOST_CHARACTERS = 500;

/** As many characters as a message has in common with a row by chance, and few more. */
const COMMON = 16;

/**
 * What a step threw, cut to 500 characters, without what stands in quotes and without longer pieces of the row: messages of
 * JSON.parse and the like quote the row, and its text does not belong where the row was left out.
 */
export function withoutRowText(message: string, row: unknown = null): string {
  const bare = message
    .replace(/"(?:[^"\\]|\\.)*"(?:\.\.\.)?|'[^']*'|`[^`]*`/gs, (quoted) =>
      quoted.length <= 22 && /^.[\w.-]*.$/.test(quoted) ? quoted : "…",
    )
    .slice(0, 4 * MOST_CHARACTERS);
  const plain = withoutPieces(bare, textsIn(row)).replace(/\s+/g, " ");
  return plain.length > MOST_CHARACTERS ? `${plain.slice(0, MOST_CHARACTERS - 1)}…` : plain;
}

function withoutPieces(message: string, texts: readonly string[]): string {
  let left = "";
  for (let at = 0; at < message.length; ) {
    const text = texts.find((one) => one.includes(message.slice(at, at + COMMON)));
    if (text === undefined || at + COMMON > message.length) {
      left += message[at++];
      continue;
    }
    let end = at + COMMON;
    while (end < message.length && text.includes(message.slice(at, end + 1))) end++;
    left += "…";
    at = end;
  }
  return left;
}

function textsIn(value: unknown): string[] {
  if (typeof value === "string") return value.length < COMMON ? [] : [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
}
