/**
 * The analyst's stop button. Long work takes `interruptSignal()` and stops when it is aborted: in a notebook by the
 * kernel's interrupt, on a terminal by Ctrl-C. The state belongs to the process, so two loaded copies of the library
 * share it. Imports nothing of the library.
 */
import { setMaxListeners } from "node:events";

const STATE = Symbol.for("corpuslab.interrupt");
const home = globalThis as { [STATE]?: AbortController };

/** Thrown where work stopped because the analyst asked for it. */
export class InterruptedError extends Error {
  override name = "Interrupted";
  constructor(message = "stopped on request; what was finished before is kept") {
    super(message);
  }
}

/**
 * The signal that is aborted, with an InterruptedError as its reason, when the analyst interrupts.
 * @example await generateDemo("big", { rows: 1_000_000, signal: interruptSignal() })
 */
export function interruptSignal(): AbortSignal {
  return controller().signal;
}

/** All work that listens is told to stop. Returns false when it had been told already. */
export function interrupt(): boolean {
  if (controller().signal.aborted) return false;
  controller().abort(new InterruptedError());
  return true;
}

/** Work that starts from now on is not stopped by an interrupt of the past. The kernel calls this before each cell. */
export function forgetInterrupt(): void {
  if (home[STATE]?.signal.aborted) delete home[STATE];
}

function controller(): AbortController {
  if (!home[STATE]) {
    home[STATE] = new AbortController();
    setMaxListeners(0, home[STATE].signal); // every open stream of a run listens
  }
  return home[STATE];
}
