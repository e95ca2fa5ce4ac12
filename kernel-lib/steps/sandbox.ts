/**
 * A step's code in a realm of its own: the language without time, chance, locale, host and code made of text. This
 * keeps honest code deterministic. It is no security boundary: do not run steps of people you do not trust.
 */
import { createContext, Script } from "node:vm";

/** A row, as a step sees it: the columns it reads. */
export type StepRow = Readonly<Record<string, unknown>>;

/** A step that was loaded: parameters in, and out comes the function that is mapped over rows. */
export type BoundStep = (params: Readonly<Record<string, unknown>>) => (row: StepRow) => unknown;

/** Name under which a bundle leaves its exports. */
export const BUNDLE_NAME = "__step";

/** What is taken from the realm before a step's code is read. Runs inside it. */
const GUARD = `"use strict";
(() => {
  const refuse = (what) => () => { throw new Error(what + " is not there for a step: the same row must always give the same answer"); };
  const RealDate = Date;
  const ZONED = /^[+-]?\\d{4,6}(-\\d\\d(-\\d\\d)?)?$|(Z|[+-]\\d\\d:?\\d\\d|GMT|UTC)$/i;
  const zoned = (text) => ZONED.test(text.trim()) || Number.isNaN(RealDate.parse(text)) ||
    refuse("the time zone of this machine, in which " + JSON.stringify(text) + " would be read (add Z or +00:00),")();
  class GuardedDate extends RealDate {
    constructor(...args) {
      if (args.length === 0) refuse("the time now (new Date())")();
      if (args.length > 1) refuse("the time zone of this machine (new Date(year, month, …); use Date.UTC)")();
      if (typeof args[0] === "string") zoned(args[0]);
      super(...args);
    }
  }
  GuardedDate.now = refuse("Date.now");
  GuardedDate.parse = (text) => (zoned(String(text)), RealDate.parse(text));
  for (const name of ["getHours", "getMinutes", "getSeconds", "getDay", "getDate", "getMonth", "getFullYear", "getTimezoneOffset",
    "setHours", "setMinutes", "setSeconds", "setMilliseconds", "setDate", "setMonth", "setFullYear", "getYear", "setYear",
    "toString", "toDateString", "toTimeString", "toLocaleString", "toLocaleDateString", "toLocaleTimeString"])
    RealDate.prototype[name] = refuse("Date." + name);
  globalThis.Date = GuardedDate;
  Object.defineProperty(RealDate.prototype, "constructor", { value: GuardedDate });
  Math.random = refuse("Math.random");
  for (const [prototype, names] of [
    [String.prototype, ["localeCompare", "toLocaleLowerCase", "toLocaleUpperCase"]],
    [Number.prototype, ["toLocaleString"]], [BigInt.prototype, ["toLocaleString"]],
    [Array.prototype, ["toLocaleString"]], [Object.prototype, ["toLocaleString"]],
  ]) for (const name of names) Object.defineProperty(prototype, name, { value: refuse(name), writable: false });
  for (const name of ["console", "Intl", "WebAssembly", "WeakRef", "FinalizationRegistry", "SharedArrayBuffer", "Atomics", "eval", "Function"])
    delete globalThis[name];
  for (const name of Object.getOwnPropertyNames(globalThis)) {
    const value = globalThis[name];
    if (typeof value === "function" && value.prototype && name !== "Date") Object.freeze(value.prototype);
    if (value !== globalThis && (typeof value === "function" || typeof value === "object") && value !== null) Object.freeze(value);
  }
})();`;

/**
 * The step in the bundle, in a new realm.
 * @throws whatever the bundle throws when it is read, for example for a name that a step cannot have.
 */
export function loadStep(bundle: string, name: string): BoundStep {
  const context = createContext(Object.create(null), { codeGeneration: { strings: false, wasm: false } });
  new Script(GUARD, { filename: "guard.js" }).runInContext(context);
  new Script(bundle, { filename: `${name}/step.js` }).runInContext(context);
  const exported = new Script(BUNDLE_NAME).runInContext(context) as { bind?: BoundStep };
  if (typeof exported.bind !== "function") throw new TypeError(`${name}/step.js: exports no function bind`);
  return exported.bind;
}

/** The row, such that writing to it fails: lists and objects in it too. Gives the same row back. */
export function frozenRow<Row extends StepRow>(row: Row): Row {
  for (const value of Object.values(row)) freezeDeep(value);
  return Object.freeze(row);
}

function freezeDeep(value: unknown): void {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value) || Object.isFrozen(value))
    return;
  Object.freeze(value);
  for (const inner of Object.values(value)) freezeDeep(inner);
}
