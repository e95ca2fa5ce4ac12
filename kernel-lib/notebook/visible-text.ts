/** Text of a dataset as it may stand in a page or terminal: nothing in it steers what surrounds it. */

const STEERING = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

/**
 * The text without control characters (escape sequences, carriage returns) and direction overrides: each is U+FFFD.
 * Tabs and line breaks stay. As long as the input, so that offsets into it stay true.
 */
export function visibleText(text: string): string {
  return text.replace(STEERING, "\ufffd");
}

/** As `visibleText`, on one line. */
export function visibleLine(text: string): string {
  return visibleText(text).replace(/[\t\n]+/g, " ");
}

/** The first `length` characters, never half of a surrogate pair. */
export function head(text: string, length: number): string {
  const last = text.charCodeAt(length - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? length - 1 : length);
}

/** One line of at most `length` characters; says how many more there are. */
export function cutLine(text: string, length: number): string {
  const line = visibleLine(head(text, length + 1));
  return text.length <= length ? line : `${head(line, length)}… +${thousands(text.length - length)}`;
}

/** 1234567 → 1,234,567 */
export function thousands(count: number): string {
  return count.toLocaleString("en-US");
}

/** `1 message`, `2 messages` */
export function counted(count: number, noun: string): string {
  return `${thousands(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** A share as a percentage that never rounds to 0 or 100 what is not. */
export function percent(part: number, whole: number): string {
  if (whole === 0) return "0%";
  const share = (100 * part) / whole;
  if (part > 0 && share < 0.1) return "<0.1%";
  if (part < whole && share > 99.9) return ">99.9%";
  return `${share.toFixed(1).replace(/\.0$/, "")}%`;
}
