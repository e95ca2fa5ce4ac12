/** `trace(row)`: back to the source row, read again and proven to be the same. */

import { parseRow, RowSyntaxError } from "../json-text";
import { resolveAdapter } from "../normalize/adapters";
import { buildRow } from "../normalize/build-row";
import type { Run } from "../run/run";
import { readLayeredRun } from "../run-folder/layers";
import { findPinnedFile } from "../source/find-pinned";
import { withDb } from "../table/db-pool";
import { type AskOptions, askedRun, type RowOrKey } from "./asked-run";
import { baseRun, findRowsThrough } from "./base-run";
import type { FoundRow } from "./find-rows";
import { notFound } from "./not-found";
import { findQuarantined, type QuarantinedRow } from "./quarantined-row";
import { readSourceRow } from "./source-row";
import { type Check, Trace, type TracedRow } from "./trace-answer";

export interface TraceOptions extends AskOptions {
  /** A folder of repositories laid out as on the Hub, to look in beside the place that the run read from. */
  readonly hubDir?: string;
  readonly signal?: AbortSignal;
}

/** Rows that are read again; an id may stand on thousands. */
const TRACED = 5;

/**
 * The source row behind a row of a run: dataset, revision, file, row number, byte offset, and the row itself, read again
 * from the pinned file (Hub cache, folder or file; nothing is downloaded). It is checked that it is the same row: its id
 * is computed again, and its text is rendered again. A source that is gone is said to be gone, with the places where it
 * was sought. Of a pipeline's run it goes through all layers to the row that normalize wrote. Takes kept, refused and quarantined rows. Shows itself in a notebook.
 * @throws InputError when the run does not have the row, saying what was looked through.
 * @example await trace(row)
 */
export async function trace(row: RowOrKey, options: TraceOptions = {}): Promise<Trace> {
  const { run, because, key } = askedRun("trace", row, options);
  const { signal } = options;
  const base = baseRun(run);
  const { rows, by } = await withDb(
    async (db) => findRowsThrough(db, await readLayeredRun(db, run.out), key),
    { signal },
  );
  if (rows.length > 0) {
    const traced: TracedRow[] = [];
    for (const found of rows.slice(0, TRACED))
      traced.push(await traceOne(base, placeOf(found), found, options));
    return new Trace(key, run.out, because, rows.length, traced);
  }
  const { row: quarantined, lines } = await findQuarantined(base.out, base.manifest, key);
  if (!quarantined) throw notFound("trace", key, by, base, lines);
  return new Trace(key, run.out, because, 1, [await traceOne(base, quarantined, null, options)]);
}

type Place = Pick<
  QuarantinedRow,
  "rowKey" | "dataset" | "subset" | "split" | "sourceRevision" | "file" | "row"
>;

function placeOf({ rowKey, dataset, subset, split, sourceRevision, sourceFile, sourceRow }: FoundRow): Place {
  return { rowKey, dataset, subset, split, sourceRevision, file: sourceFile, row: sourceRow };
}

async function traceOne(
  run: Run,
  place: Place,
  found: FoundRow | null,
  { hubDir, signal }: TraceOptions,
): Promise<TracedRow> {
  const input = run.manifest.inputs.find(
    ({ dataset, revision }) => dataset === place.dataset && revision === place.sourceRevision,
  );
  const origin = input?.origin ?? "";
  const { file, looked } = await findPinnedFile(
    { dataset: place.dataset, revision: place.sourceRevision, origin, name: place.file },
    { hubDir },
  );
  const then = input?.files.find(({ name }) => name === place.file);
  const common = {
    rowKey: place.rowKey,
    dataset: place.dataset,
    revision: place.sourceRevision,
    origin,
    file: place.file,
    row: place.row,
    looked,
    canonical: found,
    sha256: then?.sha256 ?? null,
  };
  const none = { offset: null, source: null, columns: null, error: null };
  if (!file)
    return { ...common, ...none, path: null, check: { same: null, says: "the source is no longer there" } };
  const resized =
    then !== undefined && then.bytes !== file.bytes
      ? `; the file had ${then.bytes} bytes, now ${file.bytes}`
      : "";
  const raw = await readSourceRow(run.out, place.dataset, file, place.row, signal).catch((error: unknown) => {
    signal?.throwIfAborted();
    return error as Error;
  });
  if (raw === null || raw instanceof Error) {
    const why = raw === null ? `the file has no row ${place.row} any more` : raw.message;
    return { ...common, ...none, path: file.path, check: { same: false, says: why + resized } };
  }
  const { offset } = raw;
  if ("bytes" in raw) {
    const source = Buffer.from(raw.bytes).toString("utf8");
    const check: Check = found
      ? { same: false, says: `the row cannot be read any more: ${raw.detail}${resized}` }
      : { same: true, says: `it cannot be read, as then: ${raw.detail}` };
    return { ...common, path: file.path, offset, source, columns: null, error: raw.detail, check };
  }
  return { ...common, path: file.path, offset, ...examine(run, place, raw.text, found, resized) };
}

/** What the text says, and whether it is still the row that the run has. */
function examine(
  { manifest }: Run,
  place: Place,
  source: string,
  found: FoundRow | null,
  resized: string,
): Pick<TracedRow, "source" | "columns" | "error" | "check"> {
  try {
    const parsed = parseRow(source);
    const columns = Object.fromEntries(parsed.raw);
    if (!found) {
      const says = `it can be read now: the file changed since${resized}`;
      return { source, columns, error: null, check: { same: false, says } };
    }
    const input = manifest.inputs.find(({ dataset }) => dataset === place.dataset);
    const adapter = input?.adapter[`${place.subset}/${place.split}`] ?? "messages";
    const { specials, min_completion_chars } = manifest.config;
    const { row } = buildRow(parsed, place, resolveAdapter(adapter), {
      specials: specials === "escape" ? "escape" : "reject",
      minCompletionChars: typeof min_completion_chars === "number" ? min_completion_chars : 1,
    });
    return { source, columns, error: null, check: compare(row, found, resized) };
  } catch (error) {
    if (!(error instanceof RowSyntaxError)) throw error;
    const says = found
      ? `the row cannot be read any more: ${error.message}${resized}`
      : `it cannot be read, as then: ${error.message}`;
    return { source, columns: null, error: error.message, check: { same: !found, says } };
  }
}

function compare(now: { id: string; text_id: string }, then: FoundRow, resized: string): Check {
  if (now.id !== then.id) {
    return {
      same: false,
      says: `another row stands there now: its id is ${now.id}, the run has ${then.id}${resized}`,
    };
  }
  if (now.text_id !== then.textId) {
    return {
      same: false,
      says: `the id is the same, but its text is another now: text_id ${now.text_id}, the run has ${then.textId}; the file or the library changed since${resized}`,
    };
  }
  return { same: true, says: "the same row: id computed again and text rendered again are equal" };
}
