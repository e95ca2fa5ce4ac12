/** Values of options, checked where they are typed. */
import { InvalidArgumentError } from "commander";

/** A whole number of at least `least`; `10k` and `10M` are understood. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const match = /^(\d[\d_]*)([kKmM]?)$/.exec(text);
    const scale = { "": 1, k: 1e3, m: 1e6 }[(match?.[2] ?? "").toLowerCase()] ?? 1;
    const value = match ? Number(match[1]!.replaceAll("_", "")) * scale : Number.NaN;
    if (!Number.isSafeInteger(value) || value < least) {
      throw new InvalidArgumentError(
        `expected a whole number of at least ${least} (10k and 2M are understood).`,
      );
    }
    return value;
  };
}

/** `a,b,c` as a list; an empty name is refused. */
export function nameList(text: string): string[] {
  const names = text.split(",").map((name) => name.trim());
  if (names.some((name) => name === ""))
    throw new InvalidArgumentError("expected names separated by commas.");
  return names;
}

/** One of the given words. */
export function oneOf<Word extends string>(...words: readonly Word[]): (text: string) => Word {
  return (text) => {
    if ((words as readonly string[]).includes(text)) return text as Word;
    throw new InvalidArgumentError(`expected one of ${words.join(", ")}.`);
  };
}

/** Collects `--pool name='predicate'` into a record. */
export function namedPredicate(text: string, before: Record<string, string>): Record<string, string> {
  const at = text.indexOf("=");
  if (at < 1 || at === text.length - 1) throw new InvalidArgumentError("expected name='SQL predicate'.");
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}

/** A number of seconds above 0. */
export function seconds(text: string): number {
  const value = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && value > 0) return value;
  throw new InvalidArgumentError("expected a number of seconds above 0.");
}

/** `1%` or `0.01`. */
export function share(text: string): number {
  const value = text.endsWith("%") ? Number(text.slice(0, -1)) / 100 : Number(text);
  if (/^[\d.]+%?$/.test(text) && value >= 0 && value <= 1) return value;
  throw new InvalidArgumentError("expected a share such as 2% or 0.02.");
}

/** Collects `--set name=number` into a record. */
export function namedNumber(text: string, before: Record<string, number>): Record<string, number> {
  const [, name, value] = /^([a-z][a-z0-9_]*)=(-?\d+(?:\.\d+)?(?:e-?\d+)?)$/.exec(text) ?? [];
  if (name === undefined) throw new InvalidArgumentError("expected name=number, such as percentile=0.7.");
  return { ...before, [name]: Number(value) };
}
