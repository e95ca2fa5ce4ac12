/** Which run a question about a row is put to. */

import { resolve } from "node:path";
import { InputError } from "../errors";
import { type Run, readRun } from "../run/run";
import { lastRun, runOfRow } from "../table/row-run";

/** A row of a run, or its row_key, id or text_id. */
export type RowOrKey = string | Readonly<Record<string, unknown>>;

export interface AskOptions {
  /**
   * The run, or its folder. Default: the run that the row was read from, else the run that was opened or made last in
   * this process.
   */
  readonly run?: string | { readonly out: string };
}

export interface Asked {
  readonly run: Run;
  /** Why this run: told, the row's own, or the last one. */
  readonly because: string;
  readonly key: string;
}

/**
 * The run and the key that `verb` is about.
 * @throws InputError when no run is known, the folder holds none, or the row has no key.
 */
export function askedRun(verb: string, row: RowOrKey, { run }: AskOptions): Asked {
  const key = keyIn(verb, row);
  const told = run === undefined ? null : typeof run === "string" ? run : run.out;
  if (told !== null) return { run: readRun(resolve(told)), because: "as told", key };
  const own = runOfRow(row);
  if (own !== null) return { run: readRun(own), because: "the run that the row was read from", key };
  const last = lastRun();
  if (last !== null) return { run: readRun(last), because: "the run opened last", key };
  throw new InputError(
    `${verb}: no run was opened yet, expected one; say which: ${verb}(row, { run: "out/demo" }) (--run DIR)`,
  );
}

function keyIn(verb: string, row: RowOrKey): string {
  if (typeof row === "string" && row !== "") return row;
  if (row !== null && typeof row === "object") {
    for (const name of ["row_key", "id", "text_id"]) {
      const value = row[name];
      if (typeof value === "string" && value !== "") return value;
    }
    throw new InputError(
      `${verb}: the row has no row_key, id or text_id (it has ${Object.keys(row).slice(0, 8).join(", ") || "no columns"}), ` +
        "expected a row of a run; rows of a dataset have keys once they are normalized",
    );
  }
  throw new InputError(
    `${verb}: got ${JSON.stringify(row) ?? "nothing"}, expected a row or its row_key, id or text_id`,
  );
}
