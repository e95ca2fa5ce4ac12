/** Scores that somebody else computed, a GPU job mostly, beside the rows of a run. */
import { createHash } from "node:crypto";
import { appendFileSync, createReadStream, existsSync, renameSync, rmSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { Db, quoteText } from "../db";
import { lockRun } from "../engine/lock";
import { InputError } from "../errors";
import { interruptSignal } from "../interrupt";
import { readRun } from "../run/run";
import { parquetFiles, readParquet } from "../run-folder";
import { isLayer } from "../run-folder/layers";
import { ImportedScores, type ImportReport } from "./imported-scores";
import { checkPlace, putScores } from "./put-scores";
import { comparedSql, readReference } from "./reference";
import { modelSlug } from "./score-columns";
import { readScoreFile, type ScoreFile, type ScoreKey, TOLERANCE } from "./score-file";
import { checkAgainstRows, type GivenSettings, type Settings, settle } from "./score-settings";

export interface ImportScoresOptions extends GivenSettings {
  /** Column that says which row a score is of; default the first there is of row_key, text_id, id. */
  readonly on?: ScoreKey;
  /** Name of the scores: `scores/<as>.v1`; default the model's, in small letters. */
  readonly as?: string;
  /** Scores of the same rows under another checkpoint, by name: adds `nll_delta` and its percentile. */
  readonly reference?: string;
  /** Whether these scores get the plain column names (`nll_mean`); default true. Others are `nll_mean_<name>` then. */
  readonly use?: boolean;
  /** Replaces scores of that name; default false. */
  readonly overwrite?: boolean;
  readonly signal?: AbortSignal;
}

/** Lines of the file that gave no score stand here, beside the shards, each with the reason in `not_used`. */
export const NOT_USED = "not-used.jsonl";

/**
 * `<run>/scores/<name>.v1` holds the scores of `file`, a line for each row of the run: `open(run)`, pools, policies, plots and
 * `why` have them as columns. Percentiles are computed anew. Parquet, JSON Lines (with NaN, as Python writes it) or CSV with
 * row_key, text_id or id, completion_token_count and nll_sum or nll_mean (nats); settings from columns or options.
 *
 * No line is lost: those that found no row, repeat another, contradict one (then none of them counts) or are of another
 * text are in not-used.jsonl beside the scores, and counted. NaN, infinite, negative and contradictory numbers are null with
 * a reason. Where a score is of several rows with one key, all of them get it; an id whose rows have different texts gives none.
 * @throws InputError where template, loss mode or stop-token choice are unknown or not the run's, and where more than half of
 *   the numbers cannot be what they are called (a sign, bits instead of nats), or no line is of a row's text: nothing is written then.
 * @example await importScores("out/demo", "scores.parquet", { model: "student-1000", lossMode: "row", includeStop: false })
 */
export async function importScores(
  run: string | { readonly out: string },
  file: string,
  options: ImportScoresOptions = {},
): Promise<ImportedScores> {
  const { signal = interruptSignal(), use = true, overwrite = false } = options;
  const out = runFolder(run);
  const shards = parquetFiles(join(out, "rows"));
  if (shards.length === 0) throw new InputError(`scores: ${out} holds no rows to write scores beside`);
  const unlock = lockRun(out);
  const db = await Db.open({ threads: 2, memoryLimit: "2GB", signal });
  const notUsed = join(out, ".scores-not-used");
  try {
    const read = await readScoreFile(db, file, options.on, signal);
    const settings = await settle(db, file, read.columns.includes("text_id"), options);
    const name = options.as ?? modelSlug(settings.model);
    checkPlace(out, name, overwrite);
    await checkNumbers(db, file);
    await joinLines(db, out, shards, read);
    await checkFound(db, file, out, shards, read);
    await checkAgainstRows(db, file, settings);
    const scored = scoredSql(settings);
    const reference =
      options.reference === undefined ? null : await readReference(db, out, options.reference, name);
    const report = await reportOf(db, read);
    await writeNotUsed(db, read, notUsed);
    const compared = reference === null ? null : await comparedSql(db, scored, reference);
    const manifest = {
      ...manifestOf(settings, read, report, await fileFacts(file)),
      ...(compared ? { reference: compared.facts } : {}),
    };
    const counts = await putScores(db, {
      ...{
        run: { path: out, shards },
        absent: "not_in_file",
        name,
        scored: compared?.sql ?? scored,
        compared: compared !== null,
        manifest,
        use,
        overwrite,
      },
    });
    const folder = join(out, "scores", `${name}.v1`);
    if (existsSync(notUsed)) renameSync(notUsed, join(folder, NOT_USED));
    return new ImportedScores(out, folder, name, settings.model, counts, report, compared?.facts ?? null);
  } finally {
    db.close();
    rmSync(notUsed, { force: true });
    unlock();
  }
}

/** Folder of a finished run. @throws InputError for a pipeline's run, whose rows stand elsewhere. */
export function runFolder(run: string | { readonly out: string }): string {
  const folder = typeof run === "string" ? run : run.out;
  if (isLayer(folder)) {
    throw new InputError(
      `scores: ${folder} is the run of a pipeline, a layer over rows that stand elsewhere; expected the run below it: its scores are seen through the layer`,
    );
  }
  return readRun(folder).out;
}

/** @throws InputError where most numbers say that the column is something else. */
async function checkNumbers(db: Db, file: string): Promise<void> {
  const facts = await db.one<
    Record<"numbers" | "negative" | "other" | "ratio", number> & { line: number | null }
  >(
    `select count(*) filter (isfinite(nll_mean) and tokens > 0) as numbers, count(*) filter (fault = 'negative_nll') as negative,
       count(*) filter (fault = 'mean_is_not_sum_over_tokens') as other, min(line) filter (fault in ('negative_nll', 'mean_is_not_sum_over_tokens')) as line,
       coalesce(median(nll_mean / (nll_sum / tokens)) filter (fault = 'mean_is_not_sum_over_tokens'), 0) as ratio from given`,
  );
  if (facts.negative * 2 > facts.numbers) {
    throw new InputError(
      `scores ${file}: ${facts.negative} of ${facts.numbers} values are below 0 (first: line ${facts.line}), expected negative log-likelihoods in nats: are these log-likelihoods? Change their sign`,
    );
  }
  if (facts.other * 2 > facts.numbers) {
    const bits = Math.abs(facts.ratio - Math.LOG2E) < 0.01 ? ": the means are in bits" : "";
    throw new InputError(
      `scores ${file}: nll_mean is not nll_sum ÷ completion_token_count in ${facts.other} of ${facts.numbers} lines (first: line ${facts.line}; the means are ${Number(facts.ratio.toPrecision(4))} times that)${bits}; expected nats per scored token`,
    );
  }
}

/** Tables `chosen` (a line for each key), `joined` (a line for each row that found one) and `used` (lines, and why not). */
async function joinLines(
  db: Db,
  out: string,
  shards: readonly string[],
  { key, columns }: ScoreFile,
): Promise<void> {
  const rows = readParquet(shards.map((shard) => join(out, "rows", shard)));
  const withText = key !== "text_id" && columns.includes("text_id");
  // A line with a score goes before one without: a job that was started again writes both.
  await db.run(
    `create temp table chosen as
     with keyed as (select *, row_number() over (partition by ${key} order by (fault is null) desc, line) as nth,
         max(nll_mean) filter (fault is null) over w - min(nll_mean) filter (fault is null) over w as spread,
         max(abs(nll_mean)) filter (fault is null) over w as size,
         min(tokens) filter (fault is null) over w is distinct from max(tokens) filter (fault is null) over w as counts_differ
       from given where ${key} is not null window w as (partition by ${key}))
     select * exclude (nth, spread, size, counts_differ),
       coalesce(counts_differ or spread > ${TOLERANCE} * size + 1e-6, false) as contradicted from keyed where nth = 1`,
  );
  const otherText = withText ? "c.text_id is not null and c.text_id <> r.text_id" : "false";
  const ambiguous =
    key === "id" && !withText
      ? "min(r.text_id) over (partition by r.id) <> max(r.text_id) over (partition by r.id)"
      : "false";
  await db.run(
    `create temp table joined as select r.row_key, r.template as row_template, r.loss_mode as row_loss_mode, c.* exclude (row_key),
       case when c.contradicted then 'contradictory_scores' when ${otherText} then 'other_text'
         when ${ambiguous} then 'ambiguous_id' else c.fault end as why
     from (select row_key, id, text_id, template, loss_mode from ${rows}) r join chosen c on c.${key} = r.${key}`,
  );
  const apart = "('contradictory_scores', 'other_text', 'ambiguous_id')";
  await db.run(
    `create temp table used as
     with j as (select line, case when bool_or(why is null or why not in ${apart}) then null else min(why) end as why from joined group by line)
     select g.line, case when g.${key} is null then 'no_key' when j.line is not null then j.why
         when k.contradicted then 'contradictory_scores' when k.line = g.line then 'no_such_row'
         else 'repeats_another_line' end as why
     from given g left join chosen k on k.${key} = g.${key} left join j on j.line = g.line`,
  );
}

/** @throws InputError where no line is of a row of the run, or all are of other texts: the file is of another run. */
async function checkFound(
  db: Db,
  file: string,
  out: string,
  shards: readonly string[],
  { key, lines }: ScoreFile,
): Promise<void> {
  const { n, others } = await db.one<{ n: number; others: number }>(
    "select count(*) as n, count(*) filter (why = 'other_text') as others from joined",
  );
  if (n > others) return;
  const rows = readParquet([join(out, "rows", shards[0]!)]);
  const [theirs] = await db.all<{ k: string }>(
    `select ${key} as k from given where ${key} is not null order by line limit 1`,
  );
  const [ours] = await db.all<{ k: string }>(`select ${key} as k from ${rows} limit 1`);
  throw new InputError(
    n === 0
      ? `scores ${file}: none of its ${lines} lines has the ${key} of a row of ${out} (its first is ${theirs?.k ?? "null"}, the run's ${ours?.k ?? "null"}); expected the ${key} of \`corpuslab candidates ${out}\`, or another column: --on row_key, text_id or id`
      : `scores ${file}: all ${n} rows that it has the ${key} of have another text_id: other texts were scored; score the texts of \`corpuslab candidates ${out}\``,
  );
}

/** A line for each row of the run that found one; the others get `not_in_file` by their absence. */
function scoredSql({ model, template, lossMode, includeStop, maxLength }: Settings): string {
  const or = (column: string, option: string | null) =>
    `coalesce(${column}, ${option === null ? `row_${column}` : quoteText(option)}) as ${column}`;
  const value = (sql: string) => `case when why is null then ${sql} end`;
  return `select row_key, ${quoteText(model)} as model, ${or("template", template)}, ${or("loss_mode", lossMode)}, ${includeStop} as include_stop,
    coalesce(max_length, ${maxLength ?? "null"}) as max_length, truncated, ${value("nll_sum")} as nll_sum, ${value("nll_mean")} as nll_mean,
    ${value("case when nll_mean < 700 then exp(nll_mean) end")} as ppl, tokens as completion_token_count, why as reason from joined`;
}

async function reportOf(db: Db, { key, lines, unreadable }: ScoreFile): Promise<ImportReport> {
  const counts = await db.all<{ why: string | null; n: number }>(
    "select why, count(*) as n from used group by why order by n desc, why",
  );
  const examples = await db.all<{ why: string; k: string | null }>(
    `select why, first(g.${key} order by line) as k from used join given g using (line) where why is not null group by why`,
  );
  const shared = await db.one<{ keys: number; rows: number }>(
    `select count(*) as keys, coalesce(sum(n), 0)::BIGINT as rows from (select count(*) as n from joined group by ${key} having n > 1)`,
  );
  const joined = await db.one<{ n: number }>("select count(*) as n from joined");
  return {
    key,
    lines: lines + unreadable.length,
    rowsMatched: joined.n,
    used: counts.find(({ why }) => why === null)?.n ?? 0,
    notUsed: Object.fromEntries([
      ...counts.flatMap(({ why, n }) => (why === null ? [] : [[why, n]])),
      ...(unreadable.length > 0 ? [["unreadable", unreadable.length]] : []),
    ]) as Record<string, number>,
    examples: Object.fromEntries(examples.flatMap(({ why, k }) => (k === null ? [] : [[why, k]]))) as Record<
      string,
      string
    >,
    sharedKeys: shared,
  };
}

async function writeNotUsed(db: Db, { unreadable }: ScoreFile, path: string): Promise<void> {
  const lines =
    "select u.line, u.why as not_used, g.* exclude (line) from used u join given_lines g using (line) where u.why is not null";
  const { n } = await db.one<{ n: number }>("select count(*) as n from used where why is not null");
  if (n > 0) await db.run(`copy (${lines} order by line) to ${quoteText(path)} (format json)`);
  for (const { file, row, reason, detail } of unreadable) {
    appendFileSync(path, `${JSON.stringify({ file, row, not_used: "unreadable", reason, detail })}\n`);
  }
}

async function fileFacts(file: string): Promise<Record<string, unknown>> {
  if (!existsSync(file) || !statSync(file).isFile()) return { file: basename(file) };
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return { file: basename(file), bytes: statSync(file).size, sha256: hash.digest("hex") };
}

function manifestOf(
  { model, template, lossMode, includeStop, maxLength }: Settings,
  { key }: ScoreFile,
  { lines, rowsMatched, notUsed }: ImportReport,
  file: Record<string, unknown>,
): Record<string, unknown> {
  return {
    ...{ model, digest: null },
    settings: {
      template: template ?? "row",
      loss_mode: lossMode ?? "row",
      include_stop: includeStop,
      max_length: maxLength,
    },
    imported: { ...file, key, lines, rows_matched: rowsMatched, not_used: notUsed },
  };
}
