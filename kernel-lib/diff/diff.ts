/** `diff(a, b, rows)`: which rows another version of a step decides differently. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Stage, StageResult } from "../engine/engine";
import { LocalEngine } from "../engine/local";
import { runStage } from "../engine/run-stage";
import { InputError, nearestNames, ShardError } from "../errors";
import { interruptSignal } from "../interrupt";
import { type OnProgress, withProgress } from "../notebook/progress";
import { JOBS } from "../progress";
import type { PinnedStep } from "../steps/pinned-step";
import type { Table } from "../table/table";
import { planAttribution } from "./attribution";
import { comparedStep, type StepGiven, sharedColumns } from "./compared-steps";
import type { DiffJson, DiffSide, GroupCount } from "./diff-json";
import { checkReads, type DiffRows, type DiffTarget, diffRows, targetTable } from "./diff-rows";
import type { DiffSpec } from "./diff-task";
import { DIRECTIONS, hasCause } from "./directions";
import { readExamples } from "./examples";
import { movedDetails, movedFiles, NO_CAUSES } from "./moved-details";
import { StepDiff } from "./step-diff";
import { addTallies, MOST_VALUES, rangeLabel, type Tally } from "./tally";
import { wilson } from "./wilson";

export interface DiffOptions {
  /** Column whose values rows are counted by; null for none. Default: meta_domain where there is one. */
  readonly by?: string | null;
  /** Compare `sample` rows drawn with `seed` instead of all; counts then have intervals. */
  readonly sample?: number;
  /** Default 0. */
  readonly seed?: number;
  /** Examples of each direction; default 3. */
  readonly examples?: number;
  /** Worker threads; default one per core. Does not change the result. */
  readonly workers?: number;
  /** Folder of the versions; default pipelines/ of the workspace. */
  readonly pipelines?: string;
  readonly signal?: AbortSignal;
  /** Told how far it is, in place of the display that a notebook shows by itself; null: nothing is shown. */
  readonly onProgress?: OnProgress;
}

const TOKENS = "stats_approx_tokens";
const DOMAIN = "meta_domain";

/**
 * Both versions have answered every row, and the difference says which rows they decide differently: by direction
 * (`kept → dropped`), domain and tokens, with examples, and because of the code or of the parameters. Shows itself.
 *
 * Exact over all rows, or, with `sample`, marked as sampled. The same for any number of workers. The steps run in
 * worker threads; memory is some 300 MB a worker whatever the number of rows. Rows that moved are kept in temporary
 * files until the process ends, for `rows()`.
 * @throws InputError for versions that cannot be compared, or rows without a column that a step reads.
 * @throws ShardError when the rows cannot be read, or an external step ends early.
 * @example
 * const moved = await diff("keep_short@1", "keep_short@2", run);
 * await showConversations(moved.rows("kept → dropped"));
 */
export async function diff(
  a: StepGiven,
  b: StepGiven,
  on: DiffTarget,
  options: DiffOptions = {},
): Promise<StepDiff> {
  const { pipelines, signal = interruptSignal(), onProgress } = options;
  const [old, next] = [comparedStep(a, pipelines), comparedStep(b, pipelines)];
  const columns = sharedColumns(old, next);
  const table = await targetTable(on);
  return withProgress(JOBS.diff, onProgress, async (report) => {
    const folder = mkdtempSync(join(tmpdir(), "corpuslab-diff-"));
    const engine = new LocalEngine(options.workers === undefined ? {} : { workers: options.workers });
    let kept = false;
    try {
      const run = async (stage: Omit<Stage, "out">): Promise<StageResult> =>
        done(await runStage(engine, { ...stage, out: folder }, { signal, onProgress: report }));
      const compared = await compare({ old, next, columns, table, folder, run, options, signal });
      removeAtExit(folder);
      kept = true;
      return compared;
    } finally {
      await engine.close();
      if (!kept) rmSync(folder, { recursive: true, force: true });
    }
  });
}

interface Work {
  readonly old: PinnedStep;
  readonly next: PinnedStep;
  readonly columns: readonly string[];
  readonly table: Table;
  /** For files of moved rows. */
  readonly folder: string;
  readonly run: (stage: Omit<Stage, "out">) => Promise<StageResult>;
  readonly options: DiffOptions;
  readonly signal: AbortSignal;
}

async function compare(work: Work): Promise<StepDiff> {
  const { old, next, columns, table, folder, run, options, signal } = work;
  const { sample, seed = 0, examples = 3 } = options;
  const chosen = sample === undefined ? table : table.sample(sample, { seed });
  const whole = [old, next].some(({ manifest }) => manifest.form === "group");
  if (whole && sample !== undefined) {
    throw new InputError(
      "diff: a group rule has to see all rows of a group, so a sample would be decided otherwise; leave sample out",
    );
  }
  const rows = await diffRows(chosen, { whole, signal });
  const total = sample === undefined ? rows.rows : await table.count({ signal });
  checkReads(old, rows);
  checkReads(next, rows);
  const by = groupColumn(options.by, rows);
  const has = (name: string) => (rows.columns.includes(name) ? name : null);
  const kind = old.manifest.kind;
  const plan = planAttribution(old, next);
  const tokens = has(TOKENS);
  const common = {
    ...{ key: rows.key, a: old, b: next, attribution: plan.attribution, columns, by, tokens },
    text: kind === "rewrite" ? has("text") : null,
  };
  const tasks = rows.parts.map(({ id, sql, rows: count, first }) => {
    const spec: DiffSpec = { ...common, from: sql, rows: count, part: id, first };
    return { id, spec };
  });
  const weights = rows.parts.map((part) => part.rows);
  const { results } = await run({ name: "diff", module: "diff/diff-task", tasks, weights });
  const directions = DIRECTIONS[kind];
  const tally = addTallies(
    [...results.values()].map(({ summary }) => summary as Tally),
    directions.length,
  );
  const files = movedFiles(folder);
  const isRewrite = kind === "rewrite";
  const details = await movedDetails(files, {
    ...{ columns: isRewrite ? ["length of text in characters"] : columns, key: rows.key, examples, signal },
    isFilter: kind === "filter",
  });
  const isSampled = sample !== undefined && total > tally.rows;
  const order = new Map(directions.map(({ id }, i) => [id, i]));
  const json: DiffJson = {
    ...{ format: "corpuslab.diff", version: 1, kind, old: side(old), new: side(next), on: table.origin },
    rows: tally.rows,
    sample: isSampled ? { of: total, seed } : null,
    attribution: plan.words,
    directions: directions.map((direction, i) => ({
      ...{ ...direction, rows: tally.directions[i]! },
      tokens: tokens === null ? null : tally.tokens[i]!,
      because:
        hasCause(direction) && plan.attribution.way !== "none"
          ? (details.because.get(direction.id) ?? NO_CAUSES)
          : null,
      interval: isSampled ? estimated(tally.directions[i]!, tally.rows, total) : null,
    })),
    by: by === null || tally.by === null ? null : { column: by, groups: groups(tally.by) },
    tokens:
      tokens === null
        ? null
        : {
            column: tokens,
            groups: tally.ranges.flatMap((counts, i) => group(rangeLabel(i), counts)).filter(hasRows),
          },
    notes:
      by !== null && tally.by === null ? [`${by} has more than ${MOST_VALUES} values: not shown by it`] : [],
    columns: details.columns,
    answers: details.answers,
    examples: details.examples.toSorted((x, y) => order.get(x.direction)! - order.get(y.direction)!),
  };
  const shown = await readExamples(json.examples, { rows, old, next, run, signal });
  return new StepDiff(json, shown, { table: chosen, key: rows.key, files, sources: [old, next] });
}

function groupColumn(wanted: string | null | undefined, { columns, table }: DiffRows): string | null {
  if (wanted === null) return null;
  if (wanted === undefined) return columns.includes(DOMAIN) ? DOMAIN : null;
  if (columns.includes(wanted)) return wanted;
  const near = nearestNames(wanted, columns);
  throw new InputError(
    `diff: by ${wanted}: ${table.origin} has no such column; ${near.length > 0 ? `did you mean ${near.join(" or ")}?` : `it has ${columns.join(", ")}`}`,
  );
}

function side({ ref, digest, manifest, params }: PinnedStep): DiffSide {
  return { ref, code: manifest.code, digest, params };
}

function group(value: string | null, directions: readonly number[]): GroupCount[] {
  return [{ value, rows: directions.reduce((sum, count) => sum + count, 0), directions }];
}

function groups(by: NonNullable<Tally["by"]>): GroupCount[] {
  const name = (value: string | null) => value ?? "";
  return by
    .flatMap(([value, counts]) => group(value, counts))
    .sort((x, y) => y.rows - x.rows || (name(x.value) < name(y.value) ? -1 : 1));
}

function hasRows({ rows }: GroupCount): boolean {
  return rows > 0;
}

function estimated(count: number, n: number, total: number): [number, number] {
  const [low, high] = wilson(count, n);
  return [Math.max(count, Math.floor(low * total)), Math.min(total - (n - count), Math.ceil(high * total))];
}

function done(result: StageResult): StageResult {
  const [first] = result.failures;
  if (first) throw new ShardError(`diff: ${first.message}`);
  return result;
}

/** Folders of finished differences, removed when the process ends. */
const folders = new Set<string>();

function removeAtExit(folder: string): void {
  if (folders.size === 0) {
    process.once("exit", () => {
      for (const left of folders) rmSync(left, { recursive: true, force: true });
    });
  }
  folders.add(folder);
}
