/** The file that a scoring job wrote, as a table in DuckDB: a line each, numbers checked, settings known. */

import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { type Db, quoteName } from "../db";
import { InputError, nearestNames } from "../errors";
import { readRows } from "../source/read-rows";
import type { RowProblem } from "../table/check-json";
import { scratchFolder } from "../table/check-json";
import { open } from "../table/open";
import { PLAIN } from "../table/relation";
import type { Table } from "../table/table";

export type ScoreKey = "row_key" | "text_id" | "id";

/** Keys from the surest on: a text_id says which text was scored, an id only which source row. */
const KEYS: readonly ScoreKey[] = ["row_key", "text_id", "id"];
/** Columns of a scores file, all but a key and some way to the numbers optional. */
const KNOWN = [
  ...[
    "row_key",
    "text_id",
    "id",
    "model",
    "template",
    "loss_mode",
    "include_stop",
    "max_length",
    "truncated",
  ],
  ...["nll_sum", "nll_mean", "completion_token_count", "reason"],
];

export interface ScoreFile {
  /** As it was given. */
  readonly name: string;
  readonly columns: readonly string[];
  /** Joined by. */
  readonly key: ScoreKey;
  readonly lines: number;
  readonly unreadable: readonly RowProblem[];
}

/**
 * Table `given_lines` (the file's columns as they are, texts left out, and `line` from 1 on) and table `given` (`line`, keys,
 * settings and numbers with their types, `fault`: why a line gives no score). Parquet, JSON Lines with or without NaN as Python
 * writes it, CSV, packed or not, or a folder of them.
 * @throws InputError when no key or no numbers are there.
 */
export async function readScoreFile(
  db: Db,
  file: string,
  on: ScoreKey | undefined,
  signal: AbortSignal,
): Promise<ScoreFile> {
  const { table, unreadable } = await openLines(file, signal);
  const schema = await table.readSchema(signal);
  const columns = schema.map(({ name }) => name);
  const has = (name: string) => columns.includes(name);
  const key = chooseKey(file, columns, on);
  if (!has("completion_token_count"))
    throw missing(file, "completion_token_count", columns, "tokens that the mean is over");
  if (!has("nll_sum") && !has("nll_mean")) throw missing(file, "nll_sum or nll_mean", columns, "nats");
  const sql = await table.relation().sql(PLAIN, signal);
  const heavy = columns.filter((name) => name === "text" || name === "messages");
  const exclude = heavy.length > 0 ? ` exclude (${heavy.map(quoteName).join(", ")})` : "";
  await db.run(
    `create temp table given_lines as select row_number() over () as line, *${exclude} from (${sql})`,
  );
  const textOf = (name: string) => {
    const type = schema.find((column) => column.name === name)?.type;
    if (type === undefined) return "null::VARCHAR";
    return type === "JSON" ? `json_extract_string(${quoteName(name)}, '$')` : `${quoteName(name)}::VARCHAR`;
  };
  const taken = KNOWN.map((name) => `${textOf(name)} as ${name}`);
  await db.run(`create temp table given as ${checkedSql(taken.join(", "))}`);
  const { lines } = await db.one<{ lines: number }>("select count(*) as lines from given");
  return { name: file, columns, key, lines, unreadable };
}

/** Relative difference that rounding to float32 and sums in another order leave. */
export const TOLERANCE = 1e-3;

/** Numbers out of texts, and why there is none. */
function checkedSql(taken: string): string {
  return `with t as (select line, ${taken} from given_lines),
    n as (select * exclude (nll_sum, nll_mean, completion_token_count, include_stop, max_length, truncated),
        nll_sum as sum_text, nll_mean as mean_text, try_cast(nll_sum as DOUBLE) as s, try_cast(nll_mean as DOUBLE) as m,
        try_cast(try_cast(completion_token_count as DOUBLE) as INTEGER) as tokens,
        try_cast(include_stop as BOOLEAN) as include_stop, include_stop as include_stop_text,
        try_cast(try_cast(max_length as DOUBLE) as INTEGER) as max_length, try_cast(truncated as BOOLEAN) as truncated from t),
    v as (select *, coalesce(s, m * tokens) as nll_sum, coalesce(m, s / nullif(tokens, 0)) as nll_mean from n)
    select line, row_key, text_id, id, model, template, loss_mode, include_stop, include_stop_text, max_length, truncated,
      nll_sum, nll_mean, tokens, reason, case
        when sum_text is null and mean_text is null then coalesce(nullif(left(trim(reason), 200), ''), 'no_score_given')
        when (sum_text is not null and s is null) or (mean_text is not null and m is null) then 'not_a_number'
        when (s is not null and not isfinite(s)) or (m is not null and not isfinite(m)) then 'not_finite'
        when tokens is null or tokens < 0 then 'no_token_count'
        when tokens = 0 then 'no_scorable_token'
        when nll_mean < -1e-6 then 'negative_nll'
        when s is not null and m is not null
          and abs(s / tokens - m) > ${TOLERANCE} * greatest(abs(m), abs(s / tokens)) + 1e-6 then 'mean_is_not_sum_over_tokens'
      end as fault from v`;
}

function chooseKey(file: string, columns: readonly string[], on: ScoreKey | undefined): ScoreKey {
  if (on !== undefined && !KEYS.includes(on)) {
    throw new InputError(`scores: got key ${JSON.stringify(on)}, expected ${KEYS.join(", ")}`);
  }
  if (on !== undefined && !columns.includes(on))
    throw missing(file, on, columns, "the key that was asked for");
  const key = on ?? KEYS.find((name) => columns.includes(name));
  if (key === undefined) throw missing(file, "id, text_id or row_key", columns, "which row a score is of");
  return key;
}

function missing(file: string, wanted: string, columns: readonly string[], what: string): InputError {
  const near = nearestNames(wanted.split(" ")[0]!, columns);
  return new InputError(
    `scores ${file}: no column ${wanted} (${what}); it has ${columns.slice(0, 20).join(", ")}` +
      `${near.length > 0 ? `; is ${near[0]} it? Rename it` : ""}: expected the columns of docs/score.md`,
  );
}

/** The file as a table; JSON with NaN or Infinity, which is no JSON, is read from a copy with them in quotes. */
async function openLines(
  file: string,
  signal: AbortSignal,
): Promise<{ readonly table: Table; readonly unreadable: readonly RowProblem[] }> {
  const table = await open(file, { signal });
  const problems = await table.problems({ signal });
  if (!problems.some(({ reason }) => reason === "not_json")) return { table, unreadable: problems };
  const copies = scratchFolder();
  for (const [i, source] of table.source.splits.flatMap(({ files }) => files).entries()) {
    const out = createWriteStream(join(copies, `${String(i).padStart(6, "0")}.jsonl`));
    for await (const { rows } of readRows(source, { signal })) {
      const text = rows.map((row) => `${quoteNumbers(row.text)}\n`).join("");
      if (!out.write(text)) await once(out, "drain");
    }
    out.end();
    await finished(out);
  }
  const copy = await open(copies, { signal });
  return { table: copy, unreadable: await copy.problems({ signal }) };
}

/** `NaN`, `Infinity` and `-Infinity` outside of strings become strings, which DuckDB reads as the same numbers. */
export function quoteNumbers(json: string): string {
  return json.replace(/"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/g, (found) =>
    found.startsWith('"') ? found : `"${found}"`,
  );
}
