/**
 * Which run a row comes from, so that `why(row)` needs no second argument: rows of a run's table carry their run folder
 * under a symbol that is not enumerable, so they stay plain objects for everybody else. The last run opened belongs to
 * the process, so that two loaded copies of the library share it.
 */

const RUN = Symbol.for("corpuslab.run");
const LAST = Symbol.for("corpuslab.lastRun");
const home = globalThis as { [LAST]?: string };

/** The same row, knowing the folder of its run. */
export function markRun<Row extends object>(row: Row, folder: string): Row {
  return Object.defineProperty(row, RUN, { value: folder, configurable: true });
}

/** The folder of the run that a row was read from; null for rows from elsewhere and for copies. */
export function runOfRow(row: unknown): string | null {
  if (row === null || typeof row !== "object") return null;
  const folder = (row as { [RUN]?: unknown })[RUN];
  return typeof folder === "string" ? folder : null;
}

/** The run in `folder` is the last one that was opened or made in this process. */
export function rememberRun(folder: string): void {
  home[LAST] = folder;
}

/** Folder of the run opened or made last in this process, or null. */
export function lastRun(): string | null {
  return home[LAST] ?? null;
}
