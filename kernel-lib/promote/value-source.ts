/** A value that a cell computed, as source text: what a step holds instead of the code that made it. */

/** The text, or why there is none: the path of the part that cannot be written. */
export type ValueSource =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly path: string; readonly what: string };

/** Beyond this many characters a value does not belong into a source file. */
export const MAX_FROZEN_CHARS = 1_000_000;

/**
 * Source text that evaluates to an equal value: numbers, texts, booleans, null, undefined, bigint, plain objects, arrays,
 * Sets, Maps, RegExps and Dates. Keys and members keep their order. Anything else is named by its path.
 * @example valueSource(new Set(["a"])) // { ok: true, text: 'new Set(["a"])' }
 */
export function valueSource(value: unknown, name: string): ValueSource {
  const ancestors = new Set<object>();
  const fail = (path: string, what: string): never => {
    throw new NotWritable(path, what);
  };
  const write = (at: unknown, path: string): string => {
    if (at === undefined) return "undefined";
    if (at === null || typeof at === "boolean") return String(at);
    if (typeof at === "string")
      return JSON.stringify(at).replaceAll("\u2028", "\\u2028").replaceAll("\u2029", "\\u2029");
    if (typeof at === "bigint") return `${at}n`;
    if (typeof at === "number") return numberSource(at);
    if (typeof at !== "object") return fail(path, typeof at === "function" ? "a function" : `a ${typeof at}`);
    if (ancestors.has(at)) return fail(path, "a circle: it contains itself");
    ancestors.add(at);
    const text = objectSource(at, path);
    ancestors.delete(at);
    return text;
  };
  const objectSource = (at: object, path: string): string => {
    if (Array.isArray(at)) return `[${at.map((item, i) => write(item, `${path}[${i}]`)).join(", ")}]`;
    const kind = Object.prototype.toString.call(at).slice(8, -1);
    if (at instanceof Set || kind === "Set") {
      return `new Set([${[...(at as Set<unknown>)].map((item, i) => write(item, `${path}[${i}]`)).join(", ")}])`;
    }
    if (at instanceof Map || kind === "Map") {
      const entries = [...(at as Map<unknown, unknown>)].map(
        ([key, item], i) =>
          `[${write(key, `${path} key ${i}`)}, ${write(item, `${path}.get(${String(key)})`)}]`,
      );
      return `new Map([${entries.join(", ")}])`;
    }
    if (kind === "Date") return `new Date(${(at as Date).getTime()})`;
    if (kind === "RegExp") {
      const { lastIndex } = at as RegExp;
      return lastIndex === 0 ? String(at) : `Object.assign(${String(at)}, { lastIndex: ${lastIndex} })`;
    }
    const prototype: unknown = Object.getPrototypeOf(at);
    const plain = prototype === null || Object.getPrototypeOf(prototype as object) === null;
    if (!plain || kind !== "Object") {
      const maker = (at as { constructor?: { name?: string } }).constructor?.name ?? kind;
      return fail(path, `an instance of ${maker}`);
    }
    const members = Object.entries(at).map(
      ([key, item]) =>
        `${key === "__proto__" ? '["__proto__"]' : JSON.stringify(key)}: ${write(item, `${path}.${key}`)}`,
    );
    return members.length === 0 ? "{}" : `{ ${members.join(", ")} }`;
  };
  try {
    const text = write(value, name);
    if (text.length <= MAX_FROZEN_CHARS) return { ok: true, text };
    return { ok: false, path: name, what: `${text.length.toLocaleString("en-US")} characters as source` };
  } catch (error) {
    if (error instanceof NotWritable) return { ok: false, path: error.path, what: error.what };
    throw error;
  }
}

function numberSource(value: number): string {
  if (Number.isNaN(value)) return "Number.NaN";
  if (value === Number.POSITIVE_INFINITY) return "Number.POSITIVE_INFINITY";
  if (value === Number.NEGATIVE_INFINITY) return "Number.NEGATIVE_INFINITY";
  return Object.is(value, -0) ? "-0" : String(value);
}

class NotWritable extends Error {
  constructor(
    readonly path: string,
    readonly what: string,
  ) {
    super(what);
  }
}
