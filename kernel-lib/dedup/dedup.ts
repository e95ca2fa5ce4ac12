/** `dedup(tables)`: which rows say what another row says, exactly or nearly, with the row that is kept. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { LocalEngine } from "../engine/local";
import { InputError } from "../errors";
import { interruptSignal } from "../interrupt";
import { type OnProgress, withProgress } from "../notebook/progress";
import { JOBS, type ProgressListener } from "../progress";
import { DedupResult } from "./dedup-result";
import type { Earlier } from "./earlier-run";
import { findDuplicates } from "./find-duplicates";
import { planInputs } from "./inputs";
import { type DedupInput, type InputColumns, type PlannedInput, runsOf } from "./planned-input";
import {
  checkedSettings,
  DEFAULT_SETTINGS,
  type DedupSettings,
  type DedupView,
  parseBands,
} from "./settings";
import { Signatures } from "./signatures";
import { layOut, listed, signLines } from "./stages";
import { tokenSavings } from "./token-savings";

export interface DedupOptions extends InputColumns {
  /** Folder that gets duplicates.parquet, dedup.json and dedup.html. Without it the result lives in memory only. */
  readonly out?: string;
  /** Delete what an earlier dedup left in `out`. */
  readonly overwrite?: boolean;
  /** Least Jaccard similarity of a near duplicate over word n-grams, 0..1. Default 0.8. */
  readonly threshold?: number;
  /** Values of a sketch: 16, 32, 64 or 128. Default 128. */
  readonly hashes?: number;
  /** Bands × values in each: `21x6` (default), `16x8`, or anything that fits the hashes. */
  readonly bands?: string;
  /** Words in a shingle. Default 3. */
  readonly ngram?: number;
  /** `all` message bodies (default), those of the `prompt` or of the `completion`, or the column's `text` as it stands. */
  readonly view?: DedupView;
  /** System and developer messages belong to the view. Default false. */
  readonly system?: boolean;
  /** What makes exact duplicates: text in NFC with white space `collapsed` (default), or `raw` bytes. */
  readonly exact?: "collapsed" | "raw";
  /**
   * Exact duplicates by these fields alone, `kind` `exact:<field>`: columns, `prompt` or `completion` of the text, members of
   * source_extra_json, `problem`. Looks for nothing else.
   */
  readonly fields?: string | readonly string[];
  /** Look for near duplicates too. Default true. */
  readonly near?: boolean;
  /** Folders of earlier runs with kept signatures: their rows rank first and stay; only new rows are reported on. */
  readonly against?: string | readonly string[];
  /** Also write `flags/duplicate.v1` into each run folder given, so that `open(run)` has the result as columns. */
  readonly sidecars?: boolean;
  /** Leave the signatures in `out`, for `against` of a later run. */
  readonly keepSignatures?: boolean;
  /** Thresholds of which the report says what they would do. Default 0.9. */
  readonly whatIf?: readonly number[];
  /** Worker threads; default one per core. Changes no byte. */
  readonly workers?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: OnProgress;
}

/**
 * The duplicates among all rows of the tables, across splits and datasets. Exact ones have equal content. Near ones share at
 * least `threshold` of their word n-grams, which is verified on the n-grams themselves. Going down the rank order (verified
 * correct, longer completion, order of the tables, row_key) a row is dropped only when it is that similar to a higher-ranked
 * row that is kept: there are no chains. Rows are the same for any number of workers and any order of files.
 *
 * Rows without text are nobody's duplicate; rows of fewer words than `ngram` have one shingle, all their words.
 * Memory: some 350 bytes a row, and the shingles of rows that are compared. Signatures: fast similarity sketching (Dahlgaard,
 * Knudsen, Thorup 2017), banded.
 *
 * @throws InputError when a table is missing, has no such column, or the settings cannot be.
 * @example const found = await dedup(["out/math", "out/agentic"], { out: "out/dedup" }); found.duplicates.length
 */
export function dedup(
  tables: DedupInput | readonly DedupInput[],
  options: DedupOptions = {},
): Promise<DedupResult> {
  return withProgress(JOBS.dedup, options.onProgress, (report) => run(listed(tables), options, report));
}

async function run(
  inputs: readonly DedupInput[],
  options: DedupOptions,
  report: ProgressListener,
): Promise<DedupResult> {
  const { signal = interruptSignal(), whatIf = [0.9] } = options;
  const settings = settingsOf(options);
  if (options.fields !== undefined) checkFields(options);
  const earlier = await earlierRuns(options.against ?? [], settings);
  if (options.keepSignatures && options.out === undefined)
    throw new InputError("dedup: keepSignatures without out: name the folder that keeps them");
  const out = options.out === undefined ? null : resolve(options.out);
  if (out !== null) prepareFolder(out, options.overwrite ?? false);
  const work = out === null ? mkdtempSync(join(tmpdir(), "corpuslab-dedup-")) : join(out, ".work");
  mkdirSync(work, { recursive: true });
  const engine = new LocalEngine(options.workers === undefined ? {} : { workers: options.workers });
  try {
    const fields = typeof options.fields === "string" ? [options.fields] : options.fields;
    if (fields !== undefined) {
      const { findFieldDuplicates } = await import("./field-duplicates.js");
      const own = { ...settings, fields, near: false };
      const onProgress = report;
      const given = { text: options.text, id: options.id };
      const by = await findFieldDuplicates(inputs, fields, given, own, { work, engine, signal, onProgress });
      return await finish(
        new DedupResult(by.found, own, await tokenSavings(by.planned, by.found)),
        by.planned,
        { out, options, signal },
      );
    }
    const planned = await planInputs(inputs, options, work);
    if (options.sidecars) runsOf(planned);
    const names = planned.map(({ name }) => name);
    const files = await layOut(planned, work, engine, { signal, onProgress: report });
    const numbered = files.map((file) => ({ ...file, dataset: file.dataset + earlier.names.length }));
    const ranges = await signLines(numbered, settings, work, engine, { signal, onProgress: report });
    const signatures = new Signatures([...earlier.ranges, ...ranges]);
    try {
      const found = await findDuplicates(signatures, settings, {
        names: [...earlier.names, ...names],
        earlier: earlier.kept,
        earlierTables: earlier.names.length,
        whatIf,
        signal,
        onProgress: report,
      });
      const result = new DedupResult(found, settings, await tokenSavings(planned, found));
      await finish(result, planned, { out, options, signal });
      if (out !== null && options.keepSignatures) {
        const own = ranges.map((range, i) => {
          const at = earlier.ranges.length + i;
          const file = { ...range.file, dataset: range.file.dataset - earlier.names.length };
          return { ...range, file, rows: signatures.startOf(at + 1) - signatures.startOf(at) };
        });
        const { keepSignatures } = await import("./earlier-run.js");
        keepSignatures(work, out, { settings, names, ranges: own, kept: found.keptRows });
      }
      return result;
    } finally {
      signatures.close();
    }
  } finally {
    await engine.close();
    rmSync(work, { recursive: true, force: true });
  }
}

/** The result is on disk where that was asked for. */
async function finish(
  result: DedupResult,
  planned: readonly PlannedInput[],
  {
    out,
    options,
    signal,
  }: { readonly out: string | null; readonly options: DedupOptions; readonly signal: AbortSignal },
): Promise<DedupResult> {
  if (out !== null) await (await import("./write-duplicates.js")).writeDuplicates(result, out);
  if (options.sidecars) {
    const { writeRunSidecars } = await import("./write-run-sidecars.js");
    await writeRunSidecars(runsOf(planned, result.found.names.length - planned.length), result.found, signal);
  }
  return result;
}

async function earlierRuns(against: string | readonly string[], settings: DedupSettings): Promise<Earlier> {
  const folders = typeof against === "string" ? [against] : against;
  if (folders.length === 0) return { names: [], ranges: [], kept: new Uint8Array(0) };
  return (await import("./earlier-run.js")).openEarlier(folders, settings);
}

function checkFields({ fields = [], against = [], keepSignatures }: DedupOptions): void {
  if (fields.length === 0) throw new InputError("dedup: fields is empty, expected at least one name");
  if (against.length > 0 || keepSignatures)
    throw new InputError(
      "dedup: fields are compared within the tables given: leave against and keepSignatures out",
    );
}

function settingsOf(options: DedupOptions): DedupSettings {
  const { threshold, hashes, bands, ngram, view, system, exact, near } = options;
  const given = { threshold, hashes, ngram, view, system, exact, near, ...(bands ? parseBands(bands) : {}) };
  const set = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return checkedSettings({ ...DEFAULT_SETTINGS, ...set });
}

const OWN_FILES = ["duplicates.parquet", "dedup.json", "dedup.html", "signatures", ".work"];

function prepareFolder(out: string, overwrite: boolean): void {
  const there = existsSync(out) ? readdirSync(out) : [];
  const own = there.filter((name) => OWN_FILES.includes(name));
  if (own.length > 0 && !overwrite) {
    throw new InputError(
      `${out}: holds the result of an earlier dedup (${own.join(", ")}); give --overwrite or another --out`,
    );
  }
  for (const name of own) rmSync(join(out, name), { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
}
