/**
 * A live view in a notebook: JavaScript in the page that talks with the kernel. The kernel says how (`setWidgetHost`);
 * where no kernel with comms runs, there are no widgets and `openWidget` says so by null.
 *
 * A page must find out by itself that its kernel is gone, because JupyterLab leaves the view where it is. The one
 * dependable sign is a message that is not answered, so pages ping. Seen in JupyterLab 4.6: after a kill or a shutdown
 * `model.send` does nothing at first and throws "Cannot send" a second or more later; after a restart it never throws;
 * anywidget's model has no `comm_live`. `close` here is different: the page gets `comm:close` and the view vanishes.
 */
import type { MimeBundle } from "./display";

export interface WidgetOptions {
  /** JavaScript module of the page, as anywidget takes it: `export default { render({ model, el }) {} }`. */
  readonly esm: string;
  /** Style sheet of the page. */
  readonly css?: string;
  /** What it is, for the text beside the view. Default "A live view". */
  readonly title?: string;
  /** What the page's model starts with: JSON values, and Uint8Arrays. No key begins with an underscore. */
  readonly state: Readonly<Record<string, unknown>>;
  /** A message that the page sent with `model.send(content)`. Of unknown shape: check it before use. */
  readonly onMessage: (content: unknown, buffers: readonly Uint8Array[]) => void;
  /** The page or the front end closed the view, or the kernel ends. */
  readonly onClose?: () => void;
}

/** One open view, shown as often as its bundle is displayed. */
export interface Widget {
  /** Shows the view: to be displayed as an output of its own. */
  readonly view: MimeBundle;
  /** The page gets `content` as `msg:custom`, with `buffers` as DataViews. Nothing happens after `close`. */
  send(content: unknown, buffers?: readonly Uint8Array[]): void;
  close(): void;
}

export type WidgetHost = (options: WidgetOptions) => Widget;

const HOST = Symbol.for("corpuslab.widgets");
const home = globalThis as { [HOST]?: WidgetHost };

/** Widgets are opened by `host` from now on. For kernels. */
export function setWidgetHost(host: WidgetHost): void {
  home[HOST] = host;
}

/** Whether views can be opened in this process. */
export function hasWidgets(): boolean {
  return home[HOST] !== undefined;
}

/** An open view, or null where the kernel has no comms (stock tslab, a terminal). */
export function openWidget(options: WidgetOptions): Widget | null {
  return home[HOST]?.(options) ?? null;
}
