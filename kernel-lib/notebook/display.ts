/**
 * How a value shows itself in a notebook: it has a method named `displaySymbol` that gives one MIME bundle. The project's
 * kernel calls it for the last expression of a cell; `display(value)` shows a value from anywhere in a cell, on the
 * project's kernel and on stock tslab.
 */
import { randomUUID } from "node:crypto";
import { createRequire } from "node:module";
import { inspect } from "node:util";

/** MIME type → content: text for text types, an object for JSON types, base64 for pictures. */
export type MimeBundle = Readonly<Record<string, unknown>>;

/** Name of the method by which a value shows itself. */
export const displaySymbol: unique symbol = Symbol.for("corpuslab.display") as never;

/** A value that shows itself as the last expression of a cell. Always gives `text/plain` beside the rest. */
export interface Displayable {
  [displaySymbol](): MimeBundle | Promise<MimeBundle>;
}

/** Where rich output goes: set by the project's kernel. `update` replaces the output shown under the same id. */
export type DisplaySink = (bundle: MimeBundle, displayId: string | null, update: boolean) => void;

const SINK = Symbol.for("corpuslab.display.sink");
const home = globalThis as { [SINK]?: DisplaySink };

/** Rich output goes to `sink` from now on. For kernels. */
export function setDisplaySink(sink: DisplaySink): void {
  home[SINK] = sink;
}

/** Whether `value` brings a picture of itself. */
export function isDisplayable(value: unknown): value is Displayable {
  return (
    value !== null &&
    (typeof value === "object" || typeof value === "function") &&
    typeof (value as Partial<Displayable>)[displaySymbol] === "function"
  );
}

/** The bundle of any value: its own, or its text. `text/plain` is always there. */
export async function mimeBundle(value: unknown): Promise<MimeBundle> {
  if (!isDisplayable(value)) return { "text/plain": plainText(value) };
  const bundle = await value[displaySymbol]();
  if (typeof bundle["text/plain"] === "string") return bundle;
  return { ...bundle, "text/plain": Object.prototype.toString.call(value) };
}

/** An output that can be replaced where it stands. */
export interface DisplayHandle {
  /** The output shows `value` instead of what it showed. */
  update(value: unknown): Promise<void>;
}

/**
 * The value is shown as an output of the running cell. Outside a notebook its plain text is printed.
 * @returns a handle that replaces this output, for progress and for live figures.
 * @example await display(ds)
 */
export async function display(value: unknown): Promise<DisplayHandle> {
  const id = randomUUID();
  emit(await mimeBundle(value), id, false);
  return { update: async (next) => emit(await mimeBundle(next), id, true) };
}

/** Whether a notebook shows what `display` is given. */
export function inNotebook(): boolean {
  return home[SINK] !== undefined || stockTslab() !== null;
}

function emit(bundle: MimeBundle, id: string, update: boolean): void {
  const sink = home[SINK];
  const tslab = sink ? null : stockTslab();
  if (sink) sink(bundle, id, update);
  else if (tslab) tslab({ data: bundle, metadata: {}, transient: { display_id: id } }, update);
  else console.log(bundle["text/plain"]);
}

/** Text as it is; anything else as Node prints it, with what was left out named. */
function plainText(value: unknown): string {
  return typeof value === "string" ? value : inspect(value, { depth: 4, maxStringLength: 10_000 });
}

type TslabWriter = (output: object, update: boolean) => void;

/** Stock tslab's output function, when this process is a tslab kernel: several MIME types in one output work through it. */
function stockTslab(): TslabWriter | null {
  const cache = createRequire(process.execPath).cache;
  for (const [path, module] of Object.entries(cache)) {
    if (!/[\\/]tslab[\\/]dist[\\/]jupyter\.js$/.test(path)) continue;
    const { lastWriteDisplayData: write } = (module?.exports ?? {}) as {
      lastWriteDisplayData?: TslabWriter | null;
    };
    if (write) return write;
  }
  return null;
}
