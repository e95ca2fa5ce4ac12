/** Candidate pools: named predicates over the rows of finished runs, as Parquet that a scorer or a trainer reads. */

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, realpathSync, statSync } from "node:fs";
import { availableParallelism } from "node:os";
import { basename, join } from "node:path";
import { Db, quoteName } from "../db";
import { InputError, nearestNames } from "../errors";
import { interruptSignal } from "../interrupt";
import { workspaceLabels } from "../label/log";
import { type OnProgress, withProgress } from "../notebook/progress";
import { JOBS, type ProgressListener } from "../progress";
import type { RunFolder } from "../run-folder";
import { readParquet } from "../run-folder";
import { readLayeredRun } from "../run-folder/layers";
import { inheritedMark, markFields, type ResearchMark } from "../run-folder/research-mode";
import { checkEarlierHeads } from "./earlier-heads";
import type { PoolColumns, PoolInput, ShardCounts } from "./pool-facts";
import { overlaysOf, poolColumns, writeFacts } from "./pool-facts";
import { claimFolder, renameDurably, replacePools, writeText } from "./pool-folder";
import { checkKept, layersOfPools, poolInputs } from "./pool-layers";
import { planShards, writeShard } from "./pool-shards";
import type { PoolEntry, PoolsManifest } from "./pools-manifest";
import { displayPools, poolsManifest } from "./pools-manifest";
import { checkPredicate } from "./predicate";
import {
  gatedPool,
  isRedTeam,
  type PoolReviews,
  poolReviews,
  RED_TEAM_POOL,
  redTeamPool,
  withoutReviews,
} from "./red-team";
import type { PoolRule } from "./standard-pools";
import { capabilityPools, customPool, STANDARD_POOLS } from "./standard-pools";
import { whyEmpty } from "./why-empty";

export interface PoolsOptions {
  /** The folder that will hold one folder for each pool, and `pools.json`. */
  readonly out: string;
  /** The user's own pools: name → SQL predicate over the columns of a row. */
  readonly pools?: Readonly<Record<string, string>>;
  /** Builds these pools alone; default all standard ones, one for each capability target, and the user's own. */
  readonly only?: readonly string[];
  /** Rows of a shard; default 20,000. */
  readonly rowsPerShard?: number;
  /** Leaves exact duplicates out; default false: they are kept and marked by `quality_is_duplicate`. */
  readonly excludeDuplicates?: boolean;
  /** Folder of the logs of reviews, which red-team pools rest on; default `labels/` of the workspace. */
  readonly labels?: string;
  /**
   * Research mode: red-team pools of your own hold rows that nobody reviewed or that are not safe, and the pools carry a mark
   * that publishing and blending refuse. The mark is inherited from runs that have it.
   */
  readonly researchMode?: boolean;
  /** Shards worked on at the same time, each with its own DuckDB thread; default 2, or 1 on one core. */
  readonly workers?: number;
  /** Stops the build; started again it goes on. Default: the notebook's interrupt button. */
  readonly signal?: AbortSignal;
  /** Told about each shard, in place of the display that a notebook shows by itself; null: nothing is shown. */
  readonly onProgress?: OnProgress;
}

/**
 * `<out>/<pool>/part-….parquet` and `<out>/pools.json` hold every pool of the given run folders, replacing pools that
 * were built there before. Of a pipeline's run these are the rows that it kept, with the texts that it rewrote and its
 * flags. Rows stand in input order with all canonical columns and all sidecar values; a row may be
 * in several pools. The bytes are the same for the same runs and options, whatever `workers` is and also after a kill.
 *
 * One narrow scan finds the rows of all pools; then each shard is written from the run shards that hold its rows.
 * Memory is bounded (DuckDB: 400 MB per worker), files on disk appear whole or not at all.
 * @throws InputError for a folder that is no run, an unknown pool or column, a predicate that is not one boolean
 *   expression, and where `out` holds folders of the same names that are not pools of corpuslab.
 * @example await buildPools(["out/math"], { out: "pools/math", pools: { short: "stats_approx_tokens < 500" } })
 */
export async function buildPools(runDirs: readonly string[], options: PoolsOptions): Promise<PoolsManifest> {
  const { rowsPerShard = 20_000, workers = Math.min(2, availableParallelism()) } = options;
  if (!Number.isSafeInteger(rowsPerShard) || rowsPerShard < 1)
    throw new InputError(`pools: rows per shard is ${rowsPerShard}, expected a whole number above 0`);
  return withProgress(JOBS.pools, options.onProgress, async (report) => {
    const databases: Db[] = [];
    try {
      for (let i = 0; i < Math.max(1, workers); i++)
        databases.push(await Db.open({ threads: 1, memoryLimit: "400MB" }));
      return await build(databases, runDirs, { ...options, rowsPerShard }, report);
    } finally {
      for (const db of databases) db.close();
    }
  });
}

/**
 * The pools of one run, for a cell: a run folder's path, or anything that says in `out` where it wrote. Pools go to
 * `<run>/pools` unless `out` is given. See `buildPools`.
 * @example await pools("out/math", { only: ["verified_correct"] })
 */
export async function pools(
  run: string | { readonly out: string },
  options: Partial<PoolsOptions> = {},
): Promise<PoolsManifest> {
  const folder = typeof run === "string" ? run : run.out;
  return await buildPools([folder], { ...options, out: options.out ?? join(folder, "pools") });
}

async function build(
  databases: readonly Db[],
  runDirs: readonly string[],
  {
    out,
    pools: own = {},
    only,
    rowsPerShard = 20_000,
    excludeDuplicates = false,
    labels,
    researchMode = false,
    signal = interruptSignal(),
  }: PoolsOptions,
  report: ProgressListener,
): Promise<PoolsManifest> {
  const db = databases[0]!;
  const read = await readRuns(db, runDirs);
  const capabilities = capabilityPools(await capabilityTargets(db, read));
  const built = capabilities.filter(({ name }) => only === undefined || only.includes(name));
  const isAsked = [...Object.keys(own), ...(only ?? []), ...built.map(({ name }) => name)].some(isRedTeam);
  checkEarlierHeads(out, labels ?? workspaceLabels());
  const reviews = poolReviews(read, labels, isAsked);
  const runs = reviews === null ? read : withoutReviews(read);
  const columns = poolColumns(runs, reviews);
  const mark = inheritedMark(researchMode, Object.fromEntries(runDirs.map((dir) => [basename(dir), [dir]])));
  if (excludeDuplicates && !runs.some((run) => run.sidecars.some(marksDuplicates)))
    throw new InputError(
      "pools: no run has a duplicate sidecar, so duplicates cannot be left out; normalize with --dedup first",
    );
  const rules = pick(await allRules(db, { capabilities, columns, own, reviews, researchMode }), only);
  const names = new Set([...columns.rows, ...columns.sidecars].map((column) => column.name));
  const usable = rules.filter((rule) => rule.columns.every((column) => names.has(column)));
  const needs = [...new Set(usable.flatMap((rule) => (rule.needs === null ? [] : [rule.needs.column])))];

  const bare = await poolInputs(db, runs);
  const folder = claimFolder(
    out,
    rules.map((rule) => rule.name),
    planHash(bare, columns, usable, rowsPerShard, excludeDuplicates, reviews, mark),
  );
  const inputs: PoolInput[] = bare.map((input, i) => ({
    ...input,
    facts: join(folder, "facts", `${String(i).padStart(6, "0")}.parquet`),
  }));
  mkdirSync(join(folder, "facts"), { recursive: true });
  const asked = { columns, rules: usable, needs, excludeDuplicates, reviews };
  const counts = await eachInParallel(
    databases,
    inputs,
    { signal, progress: tally(inputs.length, "scan-pools", report) },
    async (use, input) => await writeFacts(use, input, asked, renameDurably),
  );

  checkKept(runs, inputs, counts);
  const plan = planShards(
    counts,
    usable.map((rule) => rule.name),
    rowsPerShard,
  );
  for (const shard of plan) mkdirSync(join(folder, "pools", usable[shard.pool]!.name), { recursive: true });
  const files = await eachInParallel(
    databases,
    plan,
    { signal, progress: tally(plan.length, "write-pools", report) },
    async (use, shard) =>
      await writeShard(
        use,
        shard,
        { inputs, columns, mark },
        join(folder, "pools", shard.name),
        renameDurably,
      ),
  );

  const entries = rules.map((rule): PoolEntry => {
    const pool = usable.indexOf(rule);
    const sum = (key: "rows" | "tokens"): number =>
      pool < 0 ? 0 : counts.reduce((total, count) => total + count.pools[pool]![key], 0);
    const missing = rule.columns.filter((column) => !names.has(column));
    const need = rule.needs === null ? -1 : needs.indexOf(rule.needs.column);
    return {
      ...{ name: rule.name, words: rule.words, predicate: rule.predicate, custom: rule.custom },
      ...{ rows: sum("rows"), tokens: sum("tokens") },
      shards: files.filter((_, i) => plan[i]!.pool === pool),
      ...(rule.gate ? { [rule.gate.open ? "unreviewed" : "refused"]: gatedRows(counts, pool) } : {}),
      empty: sum("rows") > 0 ? null : whyEmpty(rule, missing, counts, need, excludeDuplicates),
    };
  });
  const manifest = poolsManifest.parse({
    ...{ format: "corpuslab.pools", version: 1 },
    rows: counts.reduce((sum, count) => sum + count.rows, 0),
    ...layersOfPools(runs, out),
    ...(reviews === null ? {} : { reviews: reviews.heads }),
    ...markFields(mark),
    inputs: inputsOf(counts),
    exclude_duplicates: excludeDuplicates,
    columns: [...columns.rows, ...columns.sidecars].map((column) => column.name),
    pools: entries,
  });
  writeText(join(folder, "pools.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  replacePools(out);
  return displayPools(manifest);
}

async function readRuns(db: Db, runDirs: readonly string[]): Promise<RunFolder[]> {
  if (runDirs.length === 0) throw new InputError("pools: no run folder given, expected at least one");
  const runs: RunFolder[] = [];
  const seen = new Set<string>();
  for (const folder of runDirs) {
    const run = await readLayeredRun(db, folder);
    const real = realpathSync(run.path);
    if (seen.has(real))
      throw new InputError(
        `pools: ${folder} is given twice, or beside a run over the same rows; they would count twice`,
      );
    seen.add(real);
    if (run.shards.length > 0) {
      for (const column of ["row_key", "id", "text"])
        if (!run.columns.some(({ name }) => name === column))
          throw new InputError(
            `${folder}: rows/${run.shards[0]} has no column ${column}; expected canonical rows`,
          );
    }
    runs.push(run);
  }
  return runs;
}

interface RulesAsked {
  readonly capabilities: readonly PoolRule[];
  readonly columns: PoolColumns;
  readonly own: Readonly<Record<string, string>>;
  readonly reviews: PoolReviews | null;
  readonly researchMode: boolean;
}

async function allRules(
  db: Db,
  { capabilities, columns, own, reviews, researchMode }: RulesAsked,
): Promise<PoolRule[]> {
  const standard = [...STANDARD_POOLS];
  // What a source calls red team is gated too, in research mode as well: there only pools of one's own are open.
  for (const rule of capabilities) standard.push(isRedTeam(rule.name) ? await gatedPool(db, rule) : rule);
  if (reviews !== null && !Object.keys(own).some((name) => name.toLowerCase() === RED_TEAM_POOL.name))
    standard.push(RED_TEAM_POOL);
  const taken = new Set(standard.map((rule) => rule.name.toLowerCase()));
  const custom: PoolRule[] = [];
  for (const [name, predicate] of Object.entries(own)) {
    if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(name))
      throw new InputError(
        `pools: ${JSON.stringify(name)} is no name for a pool; expected letters, digits, ".", "_" and "-", ` +
          "beginning with a letter or digit, as it becomes a folder",
      );
    if (taken.has(name.toLowerCase()))
      throw new InputError(`pools: there is already a pool ${name}; give your own another name`);
    taken.add(name.toLowerCase());
    await checkPredicate(db, name, predicate, [...columns.rows, ...columns.sidecars]);
    custom.push(
      isRedTeam(name) ? await redTeamPool(db, name, predicate, researchMode) : customPool(name, predicate),
    );
  }
  return [...standard, ...custom];
}

function pick(rules: readonly PoolRule[], only: readonly string[] | undefined): readonly PoolRule[] {
  if (only === undefined) return rules;
  const names = rules.map((rule) => rule.name);
  for (const name of only) {
    if (names.includes(name)) continue;
    const near = nearestNames(name, names);
    throw new InputError(
      `pools: no pool ${name}; ${near.length > 0 ? `nearest: ${near.join(", ")}` : `there are: ${names.join(", ")}`}`,
    );
  }
  return rules.filter((rule) => only.includes(rule.name) || rule.custom);
}

async function capabilityTargets(db: Db, runs: readonly RunFolder[]): Promise<string[]> {
  const targets = new Set<string>();
  const column = "source_capability_target";
  for (const run of runs) {
    if (!run.columns.some(({ name }) => name === column)) continue;
    const paths = run.shards.map((shard) => join(run.path, "rows", shard));
    const rows = await db.all<{ target: string }>(
      `select distinct ${quoteName(column)} as target from ${readParquet(paths)} where trim(${quoteName(column)}) <> ''`,
    );
    for (const { target } of rows) targets.add(target);
  }
  if (targets.size > 500)
    throw new InputError(
      `pools: ${targets.size} capability targets, expected at most 500; name the pools to build with \`only\``,
    );
  return [...targets];
}

/** Raised when the bytes of a build change, so that no killed build of another make is continued. */
const BUILD = 2;

/** Which files, columns and rules the pools follow from: a build that was killed goes on only under the same hash. */
function planHash(
  inputs: readonly Omit<PoolInput, "facts">[],
  columns: PoolColumns,
  rules: readonly PoolRule[],
  rowsPerShard: number,
  excludeDuplicates: boolean,
  reviews: PoolReviews | null,
  mark: ResearchMark | null,
): string {
  const stamp = (path: string): unknown[] => {
    if (!existsSync(path)) return [path];
    const { size, mtimeMs } = statSync(path);
    return [path, size, mtimeMs];
  };
  const files = inputs.map(({ run, shard, verdicts }) => [
    stamp(join(run.path, "rows", shard)),
    [...overlaysOf(run).map((folder) => join(folder, shard)), ...(verdicts?.files ?? [])].map(stamp),
    run.sidecars.map((sidecar) => stamp(join(sidecar.path, shard))),
  ]);
  const heads = [...(reviews === null ? [] : [reviews.heads]), ...(mark === null ? [] : [mark])];
  const parts = [BUILD, files, columns, rules, rowsPerShard, excludeDuplicates, ...heads];
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}

/** Rows by what speaks against them, over all shards. */
function gatedRows(counts: readonly ShardCounts[], pool: number): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const { gated } of counts)
    for (const [reason, n] of Object.entries(gated[pool] ?? {})) sums[reason] = (sums[reason] ?? 0) + n;
  return Object.fromEntries(Object.entries(sums).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function marksDuplicates(sidecar: RunFolder["sidecars"][number]): boolean {
  return sidecar.columns.some((column) => column.shownAs === "quality_is_duplicate");
}

function inputsOf(counts: readonly ShardCounts[]): { dataset: string; revision: string; rows: number }[] {
  const rows = new Map<string, { dataset: string; revision: string; rows: number }>();
  for (const { dataset, revision, rows: n } of counts.flatMap((count) => count.splits)) {
    const key = JSON.stringify([dataset, revision]);
    rows.set(key, { dataset, revision, rows: (rows.get(key)?.rows ?? 0) + n });
  }
  return [...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, input]) => input);
}

interface Watchers {
  readonly signal: AbortSignal;
  /** Told the rows of each item that is done. */
  readonly progress: (rows: number) => void;
}

function tally(total: number, stage: string, report: ProgressListener): Watchers["progress"] {
  let items = 0;
  let done = 0;
  report({ stage, done, unit: "rows", share: total === 0 ? 1 : 0 });
  return (rows) => {
    done += rows;
    report({ stage, done, unit: "rows", share: ++items / total });
  };
}

/** Results in the order of the items; each database works on one item at a time. After an error no item is begun. */
async function eachInParallel<T, R extends { readonly rows: number }>(
  databases: readonly Db[],
  items: readonly T[],
  { signal, progress }: Watchers,
  work: (db: Db, item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async (db: Db): Promise<void> => {
    while (next < items.length) {
      signal.throwIfAborted();
      const i = next++;
      try {
        results[i] = await work(db, items[i]!);
      } catch (error) {
        next = items.length;
        throw error;
      }
      progress(results[i]!.rows);
    }
  };
  const ended = await Promise.allSettled(databases.map(worker));
  for (const end of ended) if (end.status === "rejected") throw end.reason;
  return results;
}
