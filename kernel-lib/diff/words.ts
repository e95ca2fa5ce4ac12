/** Numbers and texts of a difference, as text and page both say them. */
import { percent, thousands } from "../notebook/counts";
import { cutLine } from "../notebook/plain-text";
import type { DiffJson, DirectionCount } from "./diff-json";

/** `keep_short@1 → keep_short@2, a filter, on run demo: 20,118 rows, all of them` */
export function titleWords({ old, new: next, kind }: DiffJson): string {
  return `${old.ref} → ${next.ref} · ${kind}`;
}

export function scopeWords({ on, rows, sample }: DiffJson): string {
  const compared =
    sample === null
      ? `all ${thousands(rows)} rows, counted one by one`
      : `a sample of ${thousands(rows)} of ${thousands(sample.of)} rows (seed ${sample.seed}); brackets: where the count over all rows lies, with 95 % confidence (Wilson)`;
  return `${shownText(on, 300)}: ${compared}`;
}

/** `1,203 of 20,118 rows moved (6%), 12 more are dropped for another reason` */
export function movedWords({ directions, rows }: DiffJson): string {
  const sum = (wanted: (one: DirectionCount) => boolean) =>
    directions.reduce((total, one) => total + (wanted(one) ? one.rows : 0), 0);
  const moved = sum((one) => one.moved);
  const others = sum(({ id }) => id === "other_reason");
  const reasons = others > 0 ? `, ${thousands(others)} are dropped for another reason` : "";
  if (moved === 0) return `no row of ${thousands(rows)} moved${reasons}`;
  return `${thousands(moved)} of ${thousands(rows)} rows moved (${percent(moved, rows)})${reasons}`;
}

/** Parameters with their values before and after; a missing one is a dash. */
export function paramChanges({ old, new: next }: DiffJson): {
  readonly name: string;
  readonly before: string;
  readonly after: string;
  readonly changed: boolean;
}[] {
  const names = [...new Set([...Object.keys(old.params), ...Object.keys(next.params)])];
  const text = (params: Readonly<Record<string, unknown>>, name: string) =>
    Object.hasOwn(params, name) ? shownText(JSON.stringify(params[name]) ?? "null", 120) : "–";
  return names.map((name) => {
    const [before, after] = [text(old.params, name), text(next.params, name)];
    const same = JSON.stringify(old.params[name]) === JSON.stringify(next.params[name]);
    return { name, before, after, changed: !same };
  });
}

export function codeWords({ old, new: next }: DiffJson): string {
  return old.code === next.code ? "the same code" : "other code";
}

export const CAUSE_WORDS = {
  code: "due to code",
  parameters: "due to parameters",
  either: "due to either",
  together: "due to both",
} as const;

/** `due to code 12, due to parameters 30`, without those that are 0. */
export function causeWords({ because }: DirectionCount): string {
  if (because === null) return "";
  const parts = Object.entries(CAUSE_WORDS)
    .map(([cause, words]) => [words, because[cause as keyof typeof because]] as const)
    .filter(([, rows]) => rows > 0);
  return parts.map(([words, rows]) => `${words} ${thousands(rows)}`).join(", ");
}

export function intervalWords({ interval }: DirectionCount): string {
  return interval === null ? "" : ` [${thousands(interval[0])} – ${thousands(interval[1])}]`;
}

/** A number with as many digits as people read. */
export function numberWords(value: number): string {
  if (Number.isInteger(value)) return thousands(value);
  const short = Number(value.toPrecision(4));
  return Math.abs(short) >= 1000 ? thousands(Math.round(short)) : String(short);
}

/** `+12`, `-3.5` */
export function changeWords(value: number): string {
  return value > 0 ? `+${numberWords(value)}` : numberWords(value);
}

/** Text of a dataset or a step on one line. */
export function shownText(text: string, length = 160): string {
  return cutLine(text, length);
}
