/** Numbers and names as the page shows them. */
import { thousands } from "../notebook/counts";
import { plainText } from "../notebook/plain-text";
import type { Bounds } from "./protocol";

export { thousands as count };

/** 1234567 → "1.23M". */
export const compact = (n: number): string =>
  n.toLocaleString("en-US", { notation: "compact", maximumSignificantDigits: 3 });

/** Share of a whole as a percentage; of nothing it is "–". */
export function percent(part: number, whole: number): string {
  if (whole === 0) return "–";
  const share = (100 * part) / whole;
  if (part > 0 && share < 0.1) return "<0.1%";
  if (part < whole && share > 99.9) return ">99.9%";
  return `${share.toFixed(1)}%`;
}

/** A value of a column: six digits, thousands grouped, very large and very small ones with an exponent. */
export function value(n: number): string {
  if (Number.isInteger(n) && Math.abs(n) < 1e15) return thousands(n);
  const size = Math.abs(n);
  if (size !== 0 && (size < 1e-4 || size >= 1e9)) return n.toExponential(3).replace(/\.?0+e/, "e");
  return n.toLocaleString("en-US", { maximumSignificantDigits: 6 });
}

/** As `value`, short enough for an axis. */
export function tick(n: number): string {
  const size = Math.abs(n);
  if (size >= 10_000) return compact(n);
  if (size !== 0 && size < 1e-3) return n.toExponential(1).replace(".0e", "e");
  return n.toLocaleString("en-US", { maximumSignificantDigits: 3 });
}

/** Bounds in words. */
export function range({ lower, upper }: Bounds): string {
  if (lower === null && upper === null) return "no bounds";
  return [lower === null ? "" : `from ${value(lower)}`, upper === null ? "" : `to below ${value(upper)}`]
    .join(" ")
    .trim();
}

/** Text of a dataset in one line, control characters and direction overrides made visible. */
export const line = (text: string): string => plainText(text).replace(/\s+/g, " ");

/** A group's name: null and the empty text are told from names that read like them by `named`. */
export function groupName(name: string | null): { readonly text: string; readonly named: boolean } {
  if (name === null) return { text: "null", named: false };
  if (name.trim() === "") return { text: "(empty)", named: false };
  return { text: line(name), named: true };
}
