import { Script } from "node:vm";

const CALL = Symbol.for("corpuslab.breakable");
const home = globalThis as { [CALL]?: () => unknown };
const script = new Script('globalThis[Symbol.for("corpuslab.breakable")]()', { filename: "handler" });

/**
 * What `call` gives. An interrupt (SIGINT) ends it with ERR_SCRIPT_EXECUTION_INTERRUPTED even while it loops; outside of
 * cells and of this, a signal is only seen when the event loop turns.
 */
export function breakable<T>(call: () => T): T {
  const outer = home[CALL];
  home[CALL] = call;
  try {
    return script.runInThisContext({ breakOnSigint: true }) as T;
  } finally {
    if (outer) home[CALL] = outer;
    else delete home[CALL];
  }
}
