/** Scores that nobody measured: what a scoring job would deliver, for figures and notebooks before there is one. */
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { Db, literalPath, quoteText } from "../db";
import { InputError } from "../errors";

/** Model name of every row: nobody can take it for a measurement. */
export const DEMO_SCORES_MODEL = "demo-invented";

export interface DemoScores {
  readonly path: string;
  /** One for each different id of the run. */
  readonly rows: number;
  /** Rows with `nll_mean` null and a reason. */
  readonly unscored: number;
}

/** Median nats per token and spread (of the logarithm) that are made up for a domain. */
const INVENTED: Readonly<Record<string, readonly [median: number, spread: number]>> = {
  math: [0.42, 0.28],
  proof: [0.58, 0.33],
  science: [0.86, 0.26],
  agentic: [0.36, 0.45],
  chat_if: [1.18, 0.24],
  code: [0.5, 0.38],
  safety: [1.32, 0.2],
  multilingual: [1.62, 0.3],
  other: [1.05, 0.4],
};

/**
 * `path` holds a Parquet file of invented scores for the rows of a run, one row for each different id, ordered by id, as
 * a scoring job delivers them: id, model (`demo-invented`), template, loss_mode, include_stop, max_length, truncated,
 * nll_sum (nats), nll_mean (nats per token), ppl, completion_token_count, reason. All values follow from id, domain,
 * difficulty and length, so the same run gives the same file. Nothing was measured: domains differ, difficult rows are
 * higher, and about one row in sixty has no score and says why. An earlier file at `path` is replaced.
 * @throws InputError when the folder holds no run.
 * @example await generateDemoScores(run, "../out/demo-scores.parquet"); await (await run.rows()).attach("../out/demo-scores.parquet", { on: ["id", "template", "loss_mode"] })
 */
export async function generateDemoScores(
  run: string | { readonly out: string },
  path: string,
): Promise<DemoScores> {
  const folder = resolve(typeof run === "string" ? run : run.out);
  if (!existsSync(join(folder, "rows"))) {
    throw new InputError(
      `demo scores: ${folder} has no rows/, expected the folder of a run (what \`corpuslab normalize … --out\` wrote)`,
    );
  }
  const target = resolve(path);
  const partial = `${target}.partial-${process.pid}`;
  mkdirSync(dirname(target), { recursive: true });
  const db = await Db.open();
  try {
    await db.run(`create temp table scores as ${scoresSql(`${literalPath(folder)}/rows/**/*.parquet`)}`);
    await db.run(
      `copy (select * from scores order by id) to ${quoteText(partial)} (format parquet, compression zstd)`,
    );
    const facts = await db.one<{ rows: number; unscored: number }>(
      "select count(*) as rows, count(*) filter (nll_mean is null) as unscored from scores",
    );
    renameSync(partial, target);
    return { path: target, ...facts };
  } finally {
    db.close();
    rmSync(partial, { force: true });
  }
}

/** Longest completion, in tokens, that the invented job scores whole. */
const MAX_LENGTH = 4096;

function scoresSql(files: string): string {
  const cases = (part: 0 | 1) =>
    `case meta_domain ${Object.entries(INVENTED)
      .map(([domain, values]) => `when ${quoteText(domain)} then ${values[part]}`)
      .join(" ")} else ${INVENTED.other![part]} end::DOUBLE`;
  // MD5 is the same in every DuckDB; its hash() need not be.
  const fraction = (salt: string) =>
    `(('0x' || substr(md5(id || ${quoteText(`#${salt}`)}), 1, 8))::BIGINT / 4294967296.0)::DOUBLE`;
  const normal = `(${["a", "b", "c", "d"].map(fraction).join(" + ")} - 2) * sqrt(3)`;
  return `with drawn as (
      select id, template, loss_mode, ${normal} as z, ${fraction("missing")} as missing, quality_completion_nonempty as nonempty,
        ${cases(0)} * case meta_difficulty_bin when 'low' then 0.85 when 'high' then 1.25 else 1 end as median,
        ${cases(1)} as spread, greatest(1, round(stats_approx_tokens * (0.35 + 0.6 * ${fraction("length")})))::BIGINT as tokens
      from read_parquet(${quoteText(files)}, hive_partitioning = false)
      qualify row_number() over (partition by id order by row_key) = 1),
    judged as (select *, least(tokens, ${MAX_LENGTH}) as scored, case when not nonempty then 'no_scorable_token'
      when missing < 1 / 60 then 'out_of_memory' end as reason from drawn),
    valued as (select *, case when reason is null then round(median * exp(spread * z), 6) end as nll_mean from judged)
    select id, ${quoteText(DEMO_SCORES_MODEL)} as model, template, loss_mode, true as include_stop, ${MAX_LENGTH}::BIGINT as max_length,
      tokens > ${MAX_LENGTH} as truncated, nll_mean * scored as nll_sum, nll_mean, exp(nll_mean) as ppl,
      case when reason = 'no_scorable_token' then 0 else scored end::BIGINT as completion_token_count, reason from valued`;
}
