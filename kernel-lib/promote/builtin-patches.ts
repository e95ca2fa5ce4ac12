/** Built-ins of the language that were changed in this process. */
import { createContext, Script } from "node:vm";

const NAMES =
  "Object Function Array String Number Boolean Symbol BigInt Map Set WeakMap WeakSet RegExp Date Promise Error JSON Math";

/** Members that Node itself adds to its main realm. */
const OF_NODE = new Set([
  "Error.prepareStackTrace",
  "Error.stackTraceLimit",
  "Symbol.asyncDispose",
  "Symbol.dispose",
]);

/**
 * Members of built-ins that are not as a new realm has them: added, removed, or no longer native. As `Array.prototype.map`;
 * sorted.
 */
export function builtinPatches(): string[] {
  const context = createContext();
  const fresh = (name: string) => new Script(name).runInContext(context) as object;
  const found: string[] = [];
  for (const name of NAMES.split(" ")) {
    const here = (globalThis as unknown as Record<string, object>)[name]!;
    compare(name, here, fresh(name), found);
    const prototype = (here as { prototype?: object }).prototype;
    if (prototype) compare(`${name}.prototype`, prototype, fresh(`${name}.prototype`), found);
  }
  return found.filter((name) => !OF_NODE.has(name)).sort();
}

function compare(path: string, here: object, fresh: object, found: string[]): void {
  const names = new Set([...Reflect.ownKeys(here), ...Reflect.ownKeys(fresh)]);
  for (const name of names) {
    const [mine, theirs] = [here, fresh].map((at) => Reflect.getOwnPropertyDescriptor(at, name));
    const text = `${path}${typeof name === "symbol" ? `[${String(name)}]` : `.${name}`}`;
    if (!mine || !theirs) found.push(text);
    else if (isNative(mine.value) !== isNative(theirs.value) || isNative(mine.get) !== isNative(theirs.get)) {
      found.push(text);
    }
  }
}

function isNative(value: unknown): boolean {
  return (
    typeof value === "function" && /\{\s*\[native code\]\s*\}$/.test(Function.prototype.toString.call(value))
  );
}
