/** Texts as GPT-2 token ids without the vocabulary: its first 256 tokens are the bytes. */

/** GPT-2 token of a byte: printable bytes come first in the vocabulary, then the others. */
const BYTE_TOKENS = (() => {
  const printable = (byte: number) =>
    (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
  const bytes = Array.from({ length: 256 }, (_, byte) => byte);
  const order = [...bytes.filter(printable), ...bytes.filter((byte) => !printable(byte))];
  const tokens = new Array<number>(256);
  for (const [token, byte] of order.entries()) tokens[byte] = token;
  return tokens;
})();

/** GPT-2 tokens of whole words, so that not every token is a byte. */
const WORD_TOKENS: Readonly<Record<string, number>> = {
  " the": 262,
  " of": 286,
  " and": 290,
  " to": 284,
  " a": 257,
  " in": 287,
  " is": 318,
};

/** A text as GPT-2 token ids: frequent words as one token, all else byte by byte. Decodes to the same text. */
export function byteTokens(text: string): number[] {
  const tokens: number[] = [];
  for (const part of text.split(/( the| of| and| to| a| in| is)(?![A-Za-z])/)) {
    const token = WORD_TOKENS[part];
    if (token !== undefined) tokens.push(token);
    else for (const byte of Buffer.from(part)) tokens.push(BYTE_TOKENS[byte]!);
  }
  return tokens;
}
