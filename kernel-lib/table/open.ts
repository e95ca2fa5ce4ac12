/** From a reference to a lazy table. */

import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { InputError } from "../errors";
import { isLayer } from "../run-folder/layers";
import { type ResolvedSource, type ResolveOptions, resolveSource } from "../source/resolve";
import { type Table, tableOf, tableOfRun } from "./table";

export interface OpenOptions extends ResolveOptions {
  /**
   * Parse every JSON row before DuckDB reads it, so that rows are exactly those of normalize. Default: for up to
   * 256 MiB of JSON (packed bytes count five times).
   */
  readonly check?: boolean;
  /**
   * For the run of a pipeline: the rows that it dropped too, and beside all rows the columns `kept`, `dropped_by` (the
   * step) and `drop_reason`. Default false: the rows that it kept.
   */
  readonly dropped?: boolean;
}

/**
 * A lazy table over what `ref` names (see `resolveSource`), over a source that is resolved already, or over a finished
 * run's folder (canonical rows joined with all sidecars; of a pipeline's run those that it kept). Files on the Hub are downloaded now; rows are read when
 * they are asked for. Throws InputError with the nearest names.
 *
 * @example const ds = await open("databricks/databricks-dolly-15k"); await ds.groupBy("category").count().toArray()
 */
export async function open(ref: string | ResolvedSource, options: OpenOptions = {}): Promise<Table> {
  if (typeof ref === "string" && isRunFolder(ref)) return tableOfRun(resolve(ref), options);
  if (typeof ref === "string" && isUnfinishedLayer(ref)) {
    throw new InputError(
      `${ref}: holds a pipeline's run that did not finish: run the same command with --resume`,
    );
  }
  const source = typeof ref === "string" ? await resolveSource(ref, options) : ref;
  return tableOf(source, { check: options.check });
}

/** A folder in which verdicts were begun over rows that stand elsewhere: it must not be read as a dataset. */
function isUnfinishedLayer(path: string): boolean {
  return existsSync(join(path, ".run", "limits.json")) && !existsSync(join(path, "run.json"));
}

/** True for the folder of a finished run: canonical rows, or verdicts over them, beside a ledger or a run manifest. */
function isRunFolder(path: string): boolean {
  const manifest = existsSync(join(path, "ledger.json")) || existsSync(join(path, "run.json"));
  return (manifest && existsSync(join(path, "rows"))) || isLayer(path);
}
