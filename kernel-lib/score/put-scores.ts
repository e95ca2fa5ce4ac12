/** Scores take their place beside the rows of a run: percentiles, shards, `score.json`, the choice of the current ones. */
import { copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Db, quoteName, quoteText } from "../db";
import { writeFileDurably } from "../engine/commit";
import { InputError } from "../errors";
import { writeView } from "../run/view";
import { readParquet } from "../run-folder";
import { ROWS_BASIS, rowsBasis } from "../run-folder/rows-basis";
import { CURRENT_SCORES } from "../run-folder/scorers";
import { renameDurably } from "../select/pool-folder";
import { percentileSql } from "./percentile";
import { IFD_COLUMNS, REFERENCE_COLUMNS, SCORE_COLUMNS } from "./score-columns";

/** A scorer's name becomes a folder and the end of columns' names. */
const NAME = /^[a-z0-9][a-z0-9._-]{0,79}$/;

export interface ScoresToPut {
  /** The run, and its shards below rows/. */
  readonly run: { readonly path: string; readonly shards: readonly string[] };
  /** Folder that gets `scores/<name>.v1`; default the run. Elsewhere the run's view and current scores stay as they are. */
  readonly target?: string;
  /** Of `scores/<name>.v1`. */
  readonly name: string;
  /**
   * SQL of a line for each row of the run that has something to say: `row_key` and the columns of a sidecar but for `id`,
   * `percentile_within_split` and the delta's percentile. A row without a line is null.
   */
  readonly scored: string;
  /** The reason of rows without a line. */
  readonly absent: string;
  /** Whether the lines have `reference_model` and `nll_delta`. */
  readonly compared: boolean;
  /** Whether the lines have `nll_unconditioned` and `ifd`. Default false. */
  readonly ifd?: boolean;
  /** Goes into score.json beside the counts. */
  readonly manifest: Readonly<Record<string, unknown>>;
  /** Whether its columns get the plain names. */
  readonly use: boolean;
  readonly overwrite: boolean;
  /** Whether other files beside the shards that are replaced stay: what was not used of an import. Default false. */
  readonly keep?: boolean;
}

export interface ScoreCounts {
  readonly rows: number;
  readonly scored: number;
  /** Reason → rows without a score. */
  readonly unscored: Readonly<Record<string, number>>;
  /** Learned tokens of the scored rows. */
  readonly tokens: number;
  readonly truncated: number;
}

/**
 * `<run>/scores/<name>.v1` holds a line for each row of rows/, shard for shard in its order, with percentiles within the
 * split, beside `score.json`; view.sql shows its columns. It appears whole or not at all. The caller holds the run's lock.
 * @throws InputError for a name that is no folder's, and where scores of that name are there and `overwrite` is not.
 */
export async function putScores(db: Db, put: ScoresToPut): Promise<ScoreCounts> {
  const { run, name, compared, manifest, use } = put;
  const root = put.target ?? run.path;
  const target = checkPlace(root, name, put.overwrite);
  const building = join(root, ".scores-building");
  rmSync(building, { recursive: true, force: true });
  try {
    await placeRows(db, put);
    const columns = Object.entries({
      ...SCORE_COLUMNS,
      ...(put.ifd ? IFD_COLUMNS : {}),
      ...(compared ? REFERENCE_COLUMNS : {}),
    });
    const list = columns.map(([column, type]) => `${quoteName(column)}::${type} as ${quoteName(column)}`);
    for (const [i, shard] of run.shards.entries()) {
      const path = join(building, shard);
      mkdirSync(dirname(path), { recursive: true });
      await db.run(
        `copy (select ${list.join(", ")} from ranked where shard = ${i} order by place) to ${quoteText(`${path}.tmp`)} ` +
          "(format parquet, compression zstd, row_group_size 122880)",
      );
      renameDurably(`${path}.tmp`, path);
    }
    const counts = await countScores(db);
    const whole = {
      ...{ ...manifest, format: "corpuslab.scores", version: 1, ...counts },
      [ROWS_BASIS]: rowsBasis(run.path),
    };
    writeFileDurably(join(building, "score.json"), `${JSON.stringify(whole, null, 2)}\n`);
    const old = join(root, ".scores-old");
    rmSync(old, { recursive: true, force: true });
    mkdirSync(dirname(target), { recursive: true });
    if (existsSync(target)) {
      if (put.keep) keepFiles(target, building);
      renameSync(target, old);
    }
    renameSync(building, target);
    rmSync(old, { recursive: true, force: true });
    if (root === run.path) {
      if (use) writeCurrent(run.path, name);
      await writeView(run.path);
    }
    return counts;
  } finally {
    await db.run("drop table if exists ranked");
    rmSync(building, { recursive: true, force: true });
  }
}

function keepFiles(from: string, to: string): void {
  for (const { name } of readdirSync(from, { withFileTypes: true }).filter((entry) => entry.isFile())) {
    if (!name.endsWith(".parquet") && !existsSync(join(to, name)))
      copyFileSync(join(from, name), join(to, name));
  }
}

/** The columns of `scores/<name>.v1` have the plain names from now on; `open(run)` of before is to be opened anew. */
export function writeCurrent(run: string, name: string): void {
  writeFileDurably(join(run, "scores", CURRENT_SCORES), `${JSON.stringify({ current: `${name}.v1` })}\n`);
}

/** @throws InputError for a name that cannot be a folder's, and where such scores are there. */
export function checkPlace(run: string, name: string, overwrite: boolean): string {
  if (!NAME.test(name)) {
    throw new InputError(
      `scores ${JSON.stringify(name)}: is no name for scores; expected small letters, digits, ".", "_" and "-", as it becomes a folder and the end of columns' names`,
    );
  }
  const target = join(run, "scores", `${name}.v1`);
  if (existsSync(target) && !overwrite) {
    throw new InputError(
      `${target}: there are scores of that name already; replace them with --overwrite ({ overwrite: true }), or name the new ones otherwise with --as (as)`,
    );
  }
  return target;
}

/** Table `ranked`: every row of the run with its place, its line and its percentiles. */
async function placeRows(db: Db, { run, scored, absent, compared, ifd = false }: ScoresToPut): Promise<void> {
  const paths = run.shards.map((shard) => join(run.path, "rows", shard));
  const files = paths.map((path, i) => `(${quoteText(path)}, ${i})`).join(", ");
  const values = Object.keys(SCORE_COLUMNS)
    .filter((column) => !["row_key", "id", "percentile_within_split", "reason"].includes(column))
    .concat(ifd ? Object.keys(IFD_COLUMNS) : [])
    .concat(compared ? ["reference_model", "nll_delta"] : []);
  const delta = compared ? `, ${percentileSql("nll_delta")} as nll_delta_percentile` : "";
  await db.run("drop table if exists ranked");
  await db.run(
    `create temp table ranked as
     with f(path, shard) as (values ${files}),
       placed as (select f.shard, r.file_row_number as place, r.row_key, r.id, r.dataset, r.subset, r.split
         from ${readParquet(paths)} r join f on r.filename = f.path),
       s as (select row_key, ${values.join(", ")}, reason from (${scored}))
     select shard, place, row_key, placed.id, ${values.map((column) => `s.${column}`).join(", ")},
       ${percentileSql("nll_mean")} as percentile_within_split${delta},
       case when s.row_key is null then ${quoteText(absent)} else s.reason end as reason
     from placed left join s using (row_key) order by shard, place`,
  );
}

async function countScores(db: Db): Promise<ScoreCounts> {
  const facts = await db.one<{ rows: number; scored: number; tokens: number; truncated: number }>(
    `select count(*) as rows, count(nll_mean) as scored, count(*) filter (truncated) as truncated,
       coalesce(sum(completion_token_count) filter (nll_mean is not null), 0)::BIGINT as tokens from ranked`,
  );
  const reasons = await db.all<{ reason: string; n: number }>(
    "select coalesce(reason, 'unknown') as reason, count(*) as n from ranked where nll_mean is null group by all order by n desc, reason",
  );
  return { ...facts, unscored: Object.fromEntries(reasons.map(({ reason, n }) => [reason, n])) };
}
