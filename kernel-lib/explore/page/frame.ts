/**
 * What the page's sandboxed frame and the bridge outside of it say to each other by postMessage. Each message names the
 * explorer; a frame listens to its parent window only, the bridge to frames of its explorer only.
 */
import type { Answer, Ask, Selection } from "../protocol";

/** The frame is an iframe with this attribute, whose value is `Sketch.id`. */
export const FRAME_ATTRIBUTE = "data-corpuslab-explorer";

export type FromFrame =
  /** The page stands there: is anybody out there? */
  | { readonly explorer: string; readonly ready: true }
  | { readonly explorer: string; readonly height: number }
  | { readonly explorer: string; readonly ask: Ask };

export type ToFrame =
  | { readonly explorer: string; readonly bridge: "open" | "closed"; readonly dark: boolean | null }
  /** With `moved`, the count of a selection that another frame of this explorer asked for. */
  | { readonly explorer: string; readonly answer: Answer; readonly moved?: Selection };
