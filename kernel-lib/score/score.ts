/** `score(table, model)`: the NLL of what is learned of each row of any table. */
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Db, quoteName, quoteText } from "../db";
import { lockRun } from "../engine/lock";
import { InputError, nearestNames } from "../errors";
import { interruptSignal } from "../interrupt";
import type { ModelFiles } from "../model/model-files";
import { withProgress } from "../notebook/progress";
import { JOBS } from "../progress";
import { readParquet } from "../run-folder";
import { scorerWord } from "../run-folder/scorers";
import { open } from "../table/open";
import type { Table } from "../table/table";
import { IFD_COLUMNS, modelSlug, SCORE_COLUMNS } from "./score-columns";
import { type ScoreOptions, scoreSettings } from "./score-options";
import { ScoredRun, scorerOf } from "./score-run";
import { runScoreStage } from "./score-stage";

export interface ScoreTableOptions extends ScoreOptions {
  /** Column with the text; default `text`. */
  readonly text?: string;
  /** Folder in which a stopped call leaves what is done, and the next one continues; it gets `scores/<model>.v1/`. */
  readonly checkpoint?: string;
}

export interface ScoreRowsOptions extends Omit<ScoreTableOptions, "checkpoint"> {
  /** Folder that gets `scores/<name>.v1/`. */
  readonly out: string;
  /** Name of the scores; default the model's, in small letters. */
  readonly as?: string;
  readonly overwrite?: boolean;
  readonly resume?: boolean;
}

/** Folders of this process, deleted when it ends. */
const folders: string[] = [];
const SHARD = "part-00000.parquet";

/** Words that say nothing beside the columns of a row: they begin with `score_`. */
const SAYS_NOTHING: ReadonlySet<string> = new Set(["model", "template", "loss_mode", "reason"]);

/**
 * The table with the score's columns beside its own, no row lost: `nll_sum` and `nll_mean` in nats, `ppl`,
 * `completion_token_count`, `percentile_within_split`, `truncated`, `score_reason` (why there is none), `score_model`,
 * `score_template`, `score_loss_mode`, `include_stop`, `max_length`; with `ifd` also `nll_unconditioned` and `ifd`. Other names
 * that the table has get `score_` too; beside scores that it has, the new names end with the model's: `nll_mean_demo`. What is learned follows the column loss_mode, or `lossMode`.
 * Computed now; kept in `checkpoint`, else in a temporary folder until the process ends.
 *
 * @throws InputError where the table has no such text, has no loss_mode and none is given, and what `resolveModel` refuses.
 * @example (await score(await open("out/demo"), "demo")).filter("percentile_within_split > 95").head(3)
 */
export async function score(
  table: Table,
  model: string | ModelFiles,
  { checkpoint, ...options }: ScoreTableOptions = {},
): Promise<Table> {
  const out = checkpoint === undefined ? temporaryFolder() : resolve(checkpoint);
  const { scored, synthetic } = await scoreTable(table, model, { ...options, out, resume: true });
  const there = (await table.schema).map(({ name }) => name.toLowerCase());
  const shown = shownNames(
    Object.keys({ ...SCORE_COLUMNS, ...(options.ifd ? IFD_COLUMNS : {}) }),
    new Set(there),
    scored.name,
  );
  const columns = shown.map(([name, as]) => `${quoteName(name)} as ${quoteName(as)}`).join(", ");
  const file = join(out, "scores", `${scored.name}.v1`, SHARD);
  if (!synthetic) {
    const scores = (await open(file)).sql(`select row_key, ${columns} from this`);
    return await table.attach(scores, { on: "row_key" });
  }
  // No key to join by: the rows are written again, with their scores.
  const beside = join(out, `rows-with-${scored.name}.parquet`);
  const db = await Db.open({ threads: 1 });
  try {
    const sql = await table.relation().sql({ place: false, ids: false });
    await db.run(
      `copy (select * from (${sql}) positional join (select ${columns} from ${readParquet([file])})) to ${quoteText(beside)} (format parquet, compression zstd)`,
    );
  } finally {
    db.close();
  }
  return await open(beside);
}

/**
 * Each column of the scores with the name it gets beside those that are `there`, as `open(run)` has them: where there are
 * scores already, the names end with that of these (`nll_mean_demo`, then `nll_mean_demo_2`).
 */
function shownNames(
  names: readonly string[],
  there: ReadonlySet<string>,
  scorer: string,
): [string, string][] {
  const own = names.filter((name) => name !== "row_key" && name !== "id");
  const word = scorerWord(scorer);
  for (let time = 1; ; time++) {
    const end = time === 1 ? "" : time === 2 ? `_${word}` : `_${word}_${time - 1}`;
    const prefixed = (name: string) => SAYS_NOTHING.has(name) || (end === "" && there.has(name));
    const shown = own.map((name): [string, string] => [
      name,
      `${prefixed(name) ? `score_${name}` : name}${end}`,
    ]);
    if (end === "" && there.has("nll_mean")) continue;
    if (shown.every(([, as]) => !there.has(as))) return shown;
  }
}

/**
 * `<out>/scores/<name>.v1` holds a score for each row of the table, in its order, as `scoreRun` writes it for a run. `row_key`
 * is the table's, or `#` and the row's number where it has none or not a unique one.
 * @throws InputError as `score`.
 * @example await scoreRows(await open("answers.jsonl"), "demo", { out: "out/answers", lossMode: "all_text" })
 */
export async function scoreRows(
  table: Table,
  model: string | ModelFiles,
  options: ScoreRowsOptions,
): Promise<ScoredRun> {
  return (await scoreTable(table, model, options)).scored;
}

/** The scores, and whether the rows had no key of their own. */
async function scoreTable(
  table: Table,
  model: string | ModelFiles,
  options: ScoreRowsOptions,
): Promise<{ readonly scored: ScoredRun; readonly synthetic: boolean }> {
  const { signal = interruptSignal(), as, overwrite = false, resume = false } = options;
  const out = resolve(options.out);
  return await withProgress(JOBS.score, options.onProgress, async (report) => {
    const select = await rowsSelect(table, options);
    const files = await scorerOf(model, { ...options, signal, onProgress: report });
    const settings = scoreSettings(options, files);
    const name = as ?? modelSlug(files.name);
    mkdirSync(out, { recursive: true });
    const unlock = lockRun(out);
    const folder = join(out, ".scores-rows");
    try {
      const synthetic = await layOut(table, select, join(folder, "rows", SHARD), signal);
      const basis = createHash("sha256")
        .update(readFileSync(join(folder, "rows", SHARD)))
        .digest("hex");
      const { counts, tokensSeen, seconds, reference } = await runScoreStage(
        {
          ...{ folder, shards: [SHARD], basis: [basis] },
          columns: { text: "text", lossMode: "loss_mode", template: "template" },
        },
        { out, name, use: false, overwrite, resume, reference: null },
        files,
        settings,
        { ...options, signal },
        report,
      );
      const scored = new ScoredRun(out, name, files.name, counts, tokensSeen, seconds, reference);
      return { scored, synthetic };
    } finally {
      rmSync(folder, { recursive: true, force: true });
      unlock();
    }
  });
}

/** The columns that scoring reads, of the names that it reads them by. */
async function rowsSelect(
  table: Table,
  { text = "text", lossMode = "row" }: ScoreOptions & { text?: string },
) {
  const names = Array.from(await table.schema, ({ name }) => name);
  if (!names.includes(text)) {
    const near = nearestNames(text, names);
    throw new InputError(
      `score: ${table.origin} has no column ${text}; ${near.length > 0 ? `did you mean ${near.join(" or ")}?` : `it has ${names.slice(0, 12).join(", ")}`}: name the text with { text } (--text)`,
    );
  }
  if (lossMode === "row" && !names.includes("loss_mode")) {
    throw new InputError(
      `score: ${table.origin} has no column loss_mode, so what is learned has to be said: { lossMode: "all_text" } (--loss-mode) for plain text, assistant_all, assistant_last or assistant_last_turn for Harmony`,
    );
  }
  const own = (name: string, otherwise: string) =>
    names.includes(name) ? `${quoteName(name)}::varchar` : otherwise;
  const id = ["id", "uuid"].find((name) => names.includes(name));
  return {
    key: own("row_key", "null::varchar"),
    columns: [
      `${id === undefined ? "null::varchar" : own(id, "")} as id`,
      ...["dataset", "subset", "split"].map((name) => `${own(name, "''")} as ${name}`),
      `${quoteName(text)}::varchar as text`,
      `${own("loss_mode", "null::varchar")} as loss_mode`,
      `${own("template", "null::varchar")} as template`,
    ].join(", "),
  };
}

/** Writes the rows where tasks read them; true when their keys are numbers that were given now. */
async function layOut(
  table: Table,
  { key, columns }: { readonly key: string; readonly columns: string },
  path: string,
  signal: AbortSignal,
): Promise<boolean> {
  mkdirSync(join(path, ".."), { recursive: true });
  const sql = await table.relation().sql({ place: false, ids: false }, signal);
  const db = await Db.open({ threads: 1, memoryLimit: "1GB", signal });
  try {
    const keys = await db.one<{ n: number; found: number }>(
      `select count(*) as n, count(distinct k) as found from (select ${key} as k from (${sql}))`,
    );
    const synthetic = keys.n === 0 || keys.found < keys.n;
    const rowKey = synthetic ? "'#' || (row_number() over () - 1)" : key;
    await db.run(
      `copy (select ${rowKey} as row_key, ${columns} from (${sql})) to ${quoteText(path)} (format parquet, compression zstd, row_group_size 2048)`,
    );
    return synthetic;
  } finally {
    db.close();
  }
}

function temporaryFolder(): string {
  if (folders.length === 0) {
    process.once("exit", () => {
      for (const folder of folders) rmSync(folder, { recursive: true, force: true });
    });
  }
  const folder = mkdtempSync(join(tmpdir(), "corpuslab-scores-"));
  folders.push(folder);
  return folder;
}
