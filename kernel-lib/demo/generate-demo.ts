/** The demo dataset: made rows of every source shape with known flaws at known places. */
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../errors";
import { interruptSignal } from "../interrupt";
import { type OnProgress, withProgress } from "../notebook/progress";
import { JOBS, type ProgressListener } from "../progress";
import { demoCard } from "./demo-card";
import { DEFINITIONS, DEMO_VERSION, type DemoManifest, type DemoSplit } from "./demo-manifest";
import { planFlaws } from "./plan-flaws";
import { allotRows, chooseShapes } from "./shapes";
import { writeSplit } from "./write-split";

export interface DemoOptions {
  /** Rows of all splits together, malformed lines not counted. Default 2000; at least one per shape. */
  readonly rows?: number;
  /** Whole number that all content follows from. Default 1. */
  readonly seed?: number;
  /** Splits to write, e.g. `["high_math", "tool_calling"]`. Default: all. */
  readonly shapes?: readonly string[];
  /** Told about every megabyte, in place of the display that a notebook shows by itself; null: nothing is shown. */
  readonly onProgress?: OnProgress;
  /** Stops the generator; nothing is left behind. Default: the notebook's interrupt button. */
  readonly signal?: AbortSignal;
}

/**
 * `<dir>/corpuslab/demo` holds a dataset laid out as on the Hub (README.md with front matter, data files: JSONL, gzipped
 * JSONL, JSON arrays, Parquet, CSV), and `<dir>/corpuslab/demo.expected.json` says what is in it: rows, malformed lines
 * and planted flaws with their places. An earlier demo at that place is replaced, only once the new one is complete.
 *
 * The same seed, rows and shapes give the same bytes (with the same Node and DuckDB; unpacked, with any). Memory stays
 * bounded whatever the row count; Parquet splits need disk for their rows as text while they are written.
 * @throws InputError when rows or shapes make no sense, or another folder stands at that place.
 * @example const { totals } = await generateDemo("data", { rows: 2000, seed: 1 });
 */
export async function generateDemo(dir: string, options: DemoOptions = {}): Promise<DemoManifest> {
  return withProgress(JOBS.demo, options.onProgress, (report) => generate(dir, options, report));
}

async function generate(
  dir: string,
  { rows = 2000, seed = 1, shapes: names, signal = interruptSignal() }: DemoOptions,
  report: ProgressListener,
): Promise<DemoManifest> {
  if (!Number.isSafeInteger(rows) || rows < 1) {
    throw new InputError(`demo: got ${rows} rows, expected a whole number above 0`);
  }
  if (!Number.isSafeInteger(seed)) throw new InputError(`demo: got seed ${seed}, expected a whole number`);
  const shapes = chooseShapes(names);
  const plans = planFlaws(shapes, allotRows(shapes, rows), seed);
  const parent = join(dir, "corpuslab");
  const [target, expected] = [join(parent, "demo"), join(parent, "demo.expected.json")];
  if (existsSync(target) && !existsSync(expected)) {
    throw new InputError(
      `demo: ${target} exists and is no demo dataset; name another folder, or move it away`,
    );
  }
  const work = join(parent, `.demo-partial-${process.pid}`);
  rmSync(work, { recursive: true, force: true });
  mkdirSync(join(work, "data"), { recursive: true });
  try {
    const splits: Record<string, DemoSplit> = {};
    const across: DemoManifest["across_splits"][number][] = [];
    let done = 0;
    report({ stage: "demo", done, unit: "rows", share: 0 });
    for (const plan of plans) {
      splits[plan.shape.name] = await writeSplit(work, plan, plans, seed, across, {
        signal,
        onRows: (written) =>
          report({ stage: "demo", done: done + written, unit: "rows", share: (done + written) / rows }),
      });
      done += plan.rows;
    }
    const manifest: DemoManifest = {
      what: "Made by corpuslab demo: rows and flaws of the dataset beside this file",
      version: DEMO_VERSION,
      dataset: "corpuslab/demo",
      seed,
      rows,
      definitions: DEFINITIONS,
      splits,
      across_splits: across,
      totals: totalsOf(splits, across.length),
    };
    writeFileSync(join(work, "README.md"), demoCard(manifest));
    writeFileSync(`${work}.json`, `${JSON.stringify(manifest, null, 1)}\n`);
    signal.throwIfAborted();
    rmSync(target, { recursive: true, force: true });
    renameSync(work, target);
    renameSync(`${work}.json`, expected);
    return manifest;
  } catch (error) {
    rmSync(work, { recursive: true, force: true });
    rmSync(`${work}.json`, { force: true });
    throw error;
  }
}

function totalsOf(splits: Readonly<Record<string, DemoSplit>>, across: number): Record<string, number> {
  const totals: Record<string, number> = { rows: 0, physical_lines: 0, malformed_json_lines: 0 };
  const add = (name: string, count: number) => {
    totals[name] = (totals[name] ?? 0) + count;
  };
  for (const split of Object.values(splits)) {
    add("rows", split.rows);
    add("physical_lines", split.physical_lines);
    add("malformed_json_lines", split.malformed_json_lines.count);
    for (const [kind, { count }] of Object.entries(split.planted)) add(kind, count);
  }
  add("copies_across_splits", across);
  return totals;
}
