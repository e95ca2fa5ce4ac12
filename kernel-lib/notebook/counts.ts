/** Counts and shares as people read them. */

/** 1234567 → 1,234,567. `toLocaleString` first loads all that it knows of locales: only for what is no whole number. */
export function thousands(count: number): string {
  if (!Number.isSafeInteger(count)) return count.toLocaleString("en-US");
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
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
