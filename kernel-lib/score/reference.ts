/** Scores beside those of a reference checkpoint: `nll_delta`. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Db } from "../db";
import { quoteText } from "../db";
import { InputError, nearestNames } from "../errors";
import { counted, thousands } from "../notebook/counts";
import { parquetFiles, readParquet } from "../run-folder";
import { SETTING_COLUMNS } from "./score-columns";

export interface Reference {
  readonly name: string;
  readonly model: string;
  /** SQL of its lines. */
  readonly sql: string;
}

export interface ReferenceFacts {
  readonly name: string;
  readonly model: string;
  /** Rows with a delta. */
  readonly rows: number;
  /** Rows that both scored, but over another number of tokens. */
  readonly other_token_counts: number;
  readonly mean_delta: number | null;
  readonly words: string;
}

/** Names of the scores of a run, sorted. */
export function scoreNames(run: string): string[] {
  const folder = join(run, "scores");
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith(".v1") && parquetFiles(join(folder, name)).length > 0)
    .map((name) => name.slice(0, -3))
    .sort();
}

/** @throws InputError when the run has no scores of that name, or they are the ones to be compared. */
export async function readReference(
  db: Db,
  run: string,
  reference: string,
  name: string,
): Promise<Reference> {
  const names = scoreNames(run);
  const found = names.includes(reference) ? reference : names.find((one) => modelOf(run, one) === reference);
  if (found === undefined || found === name) {
    const others = names.filter((one) => one !== name);
    const near = nearestNames(reference, others);
    throw new InputError(
      found === name
        ? `reference ${reference}: are the scores that were to be compared; expected those of another checkpoint`
        : `reference ${reference}: ${run} has no such scores; ${near.length > 0 ? `did you mean ${near[0]}?` : others.length > 0 ? `it has ${others.join(", ")}` : "score the reference checkpoint first, or import its scores"}`,
    );
  }
  const folder = join(run, "scores", `${found}.v1`);
  const paths = parquetFiles(folder).map((shard) => join(folder, shard));
  const columns = (await db.describe(`select * from ${readParquet(paths)}`)).map((column) => column.name);
  const missing = ["row_key", "nll_mean", "completion_token_count", ...SETTING_COLUMNS].filter(
    (one) => !columns.includes(one),
  );
  if (missing.length > 0) {
    throw new InputError(
      `reference ${reference}: ${folder} has no column ${missing.join(", ")}, so nobody can say that the two were scored alike; score or import it again`,
    );
  }
  return { name: found, model: modelOf(run, found), sql: `select * from ${readParquet(paths)}` };
}

/** @throws InputError where the reference made another stop-token choice: told before rows are scored for nothing. */
export async function checkStopChoice(db: Db, { name, sql }: Reference, includeStop: boolean): Promise<void> {
  const { n } = await db.one<{ n: number }>(
    `select count(*) as n from (${sql}) where nll_mean is not null and include_stop is distinct from ${includeStop}`,
  );
  if (n === 0) return;
  throw new InputError(
    `reference ${name}: ${n} of its rows were scored under include_stop ${!includeStop}, these would be under ${includeStop}; expected the same: a difference would say nothing. ${includeStop ? "Leave --include-stop away" : "Add --include-stop"}, or score the reference again in the same way`,
  );
}

/**
 * The lines of `scored` with `reference_model` and `nll_delta`: nll_mean minus the reference's, in nats per token. Null where one of the
 * two has no score, or they are means over different numbers of tokens.
 * @throws InputError when a row was scored under another template, loss mode or stop-token choice, and when not one row has the same tokens.
 */
export async function comparedSql(
  db: Db,
  scored: string,
  { name, model, sql }: Reference,
): Promise<{ readonly sql: string; readonly facts: ReferenceFacts }> {
  const both = `from (${scored}) s join (${sql}) o on o.row_key = s.row_key where s.nll_mean is not null and o.nll_mean is not null`;
  for (const column of SETTING_COLUMNS) {
    const [found] = await db.all<{ n: number; rows: number; got: string; want: string; key: string }>(
      `select count(*) filter (d) as n, count(*) as rows, first(a) filter (d) as got, first(b) filter (d) as want, first(k) filter (d) as key
       from (select s.row_key as k, s.${column}::VARCHAR as a, o.${column}::VARCHAR as b, a is distinct from b as d ${both})`,
    );
    if (found && found.n > 0) {
      throw new InputError(
        `reference ${name}: ${found.n} of ${found.rows} rows were scored under ${column} ${found.want}, these under ${found.got} (first: ${found.key}); expected the same: a difference would say nothing. Score the reference again in the same way`,
      );
    }
  }
  const same = "s.completion_token_count is not distinct from o.completion_token_count";
  const facts = await db.one<{ rows: number; other: number; mean: number | null }>(
    `select count(*) filter (${same}) as rows, count(*) filter (not (${same})) as other, avg(s.nll_mean - o.nll_mean) filter (${same}) as mean ${both}`,
  );
  if (facts.rows === 0) {
    throw new InputError(
      facts.other > 0
        ? `reference ${name}: its means are over other numbers of tokens in all ${facts.other} rows: another tokenizer, and nats per token of different tokens do not compare; score a checkpoint with the same tokenizer`
        : `reference ${name}: no row has a score from both; expected scores of the same rows`,
    );
  }
  const words =
    `nll_delta: minus ${model} (${name}) in ${counted(facts.rows, "row")}, ${facts.mean!.toFixed(3)} nats per token on average` +
    (facts.other > 0 ? `; ${thousands(facts.other)} left out, scored over other numbers of tokens` : "");
  return {
    sql: `select s.*, ${quoteText(model)} as reference_model, case when ${same} then s.nll_mean - o.nll_mean end as nll_delta from (${scored}) s left join (${sql}) o on o.row_key = s.row_key`,
    facts: { name, model, rows: facts.rows, other_token_counts: facts.other, mean_delta: facts.mean, words },
  };
}

function modelOf(run: string, name: string): string {
  try {
    const { model } = JSON.parse(readFileSync(join(run, "scores", `${name}.v1`, "score.json"), "utf8")) as {
      model: unknown;
    };
    return typeof model === "string" ? model : name;
  } catch {
    return name;
  }
}
