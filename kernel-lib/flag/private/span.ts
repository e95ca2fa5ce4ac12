/** A piece of private data in a text. */

export const PRIVATE_KINDS = [
  "private_key",
  "api_key",
  "iban",
  "credit_card",
  "national_id",
  "email",
  "phone",
  "ip_address",
] as const;
export type PrivateKind = (typeof PRIVATE_KINDS)[number];

export interface PrivateSpan {
  readonly kind: PrivateKind;
  /** More exactly: the provider of a key, the country of an id, the version of an address. */
  readonly form: string;
  /** UTF-16 offsets into the text. */
  readonly start: number;
  readonly end: number;
  /** A value that was made for documentation and tests, or that names no one: it harms nobody. */
  readonly placeholder: boolean;
}

/** Finds its kind in a text, in order. Linear in the text, whatever it holds. */
export type Detector = (text: string) => PrivateSpan[];

/** A span for each match that `accept` gives a verdict on; null refuses it. */
export function matches(
  text: string,
  pattern: RegExp,
  accept: (match: string, start: number) => Omit<PrivateSpan, "start" | "end"> | null,
): PrivateSpan[] {
  const spans: PrivateSpan[] = [];
  for (const match of text.matchAll(pattern)) {
    const found = accept(match[0], match.index);
    if (found) spans.push({ ...found, start: match.index, end: match.index + match[0].length });
  }
  return spans;
}

/** The digits of a text. */
export function digitsOf(text: string): string {
  return text.replace(/\D/g, "");
}

/** Luhn's checksum, as cards and some national ids have it. */
export function luhn(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = digits.charCodeAt(digits.length - 1 - i) - 48;
    sum += i % 2 === 0 ? digit : digit > 4 ? 2 * digit - 9 : 2 * digit;
  }
  return sum % 10 === 0;
}
