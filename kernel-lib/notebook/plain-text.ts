import { thousands } from "./counts";

/**
 * Text of a dataset for a terminal or a plain output: control characters and direction overrides become U+FFFD, so that
 * it can neither color nor rewrite what stands around it. Line breaks and tabs become spaces, or stay with `lines`. As
 * long as the input, so that offsets into it stay true with `lines`.
 */
export function plainText(text: string, { lines = false }: { readonly lines?: boolean } = {}): string {
  const plain = text.replace(
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g,
    "\ufffd",
  );
  return lines ? plain : plain.replace(/[\t\n]+/g, " ");
}

/** The first `length` characters, never half of a surrogate pair. */
export function head(text: string, length: number): string {
  const last = text.charCodeAt(length - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? length - 1 : length);
}

/** The first `length` characters, with the number of those left out; never half of a surrogate pair. */
export function cutText(text: string, length: number): string {
  if (text.length <= length) return text;
  const start = head(text, length);
  return `${start}… (${thousands(text.length - start.length)} more characters)`;
}

/** The first `length` characters on one line, with the number of those left out. */
export function cutLine(text: string, length: number): string {
  return plainText(cutText(text, length));
}
