/** Task: some rows of a Parquet file → the sum of their NLL, or why there is none. Same rows, same order. */
import { readFileSync } from "node:fs";
import { Db, quoteName, quoteText } from "../db";
import { RowBuffer } from "../db/row-buffer";
import { statePath } from "../engine/commit";
import type { TaskContext } from "../engine/engine";
import type { ModelFiles } from "../model/model-files";
import { openTokenizer, type Tokenizer } from "../model/tokenizer";
import type { LossMode } from "../row";
import { readParquet } from "../run-folder";
import { CausalLm, type LmResult, type LmRow } from "./causal-lm";
import { completionAlone } from "./completion-alone";
import { type PreparedRow, prepareRow } from "./prepare-row";
import type { ScoreSettings } from "./score-options";

/** Columns of the rows' file; null where it has none. */
export interface RowColumns {
  readonly text: string;
  readonly lossMode: string | null;
  readonly template: string | null;
}

export interface ScoreSpec {
  readonly version: 1;
  readonly model: ModelFiles;
  readonly settings: ScoreSettings;
  /** Parquet file with row_key, absolute; rows `from` up to `to` of it. */
  readonly rows: string;
  readonly from: number;
  readonly to: number;
  readonly columns: RowColumns;
  /** Where the scores go, relative to the output folder. */
  readonly part: string;
  /** Identity of the rows' file. */
  readonly basis: string;
}

export interface ScoreSummary {
  readonly rows: number;
  /** Tokens that the rows have, without those that were cut away. */
  readonly tokens: number;
}

/** Name of the state file that says how many threads a run of the model has: no part of a spec, as it changes no score. */
export const THREADS_FILE = "threads.json";
/** A row, and its completion alone where that is scored too. */
type Prepared = PreparedRow & { readonly alone: LmRow | null };

/** Text that is tokenized at a time. */
const BATCH_CHARS = 1 << 20;

/** Sums of a row; `reason` where there are none. */
const PART_COLUMNS = [
  ["row_key", "VARCHAR"],
  ["template", "VARCHAR"],
  ["loss_mode", "VARCHAR"],
  ["truncated", "BOOLEAN"],
  ["nll_sum", "DOUBLE"],
  ["completion_token_count", "BIGINT"],
  ["nll_unconditioned_sum", "DOUBLE"],
  ["reason", "VARCHAR"],
] as const;

export async function task(spec: unknown, context: TaskContext): Promise<ScoreSummary> {
  const { model, settings, rows, from, to, columns, part } = spec as ScoreSpec;
  const threads = JSON.parse(readFileSync(statePath(context.out, THREADS_FILE), "utf8")) as number;
  const { lm, tokenizer } = await loaded(model, settings, threads);
  const db = await Db.open({ threads: 1, memoryLimit: "400MB", signal: context.signal });
  try {
    const name = (column: string | null) =>
      column === null ? "null::varchar" : `${quoteName(column)}::varchar`;
    const query =
      `select row_key, ${name(columns.text)}, ${name(columns.lossMode)}, ${name(columns.template)} ` +
      `from ${readParquet([rows], ", file_row_number = true")} where file_row_number >= ${from} and file_row_number < ${to}`;
    const keys: (string | null)[] = [];
    const modes: (string | null)[] = [];
    const templates: (string | null)[] = [];
    const prepared: Prepared[] = [];
    for await (const [key, text, mode, template] of db.streamTexts(query)) {
      keys.push(...key!);
      const own = settings.lossMode === "row" ? mode! : key!.map(() => settings.lossMode);
      modes.push(...own);
      templates.push(...template!);
      prepared.push(...(await prepare(tokenizer, text!, own, settings)));
      context.signal.throwIfAborted();
    }
    const total = tokensIn(prepared);
    const scorable = prepared.filter(({ reason }) => reason === null);
    const alone = scorable.flatMap((row) => (row.alone === null ? [] : [row.alone]));
    const work = total + tokensIn(alone);
    let tokens = total - tokensIn(scorable);
    const watch = {
      signal: context.signal,
      onRows(_: number, more: number) {
        tokens += more;
        context.progress(tokens, tokens / Math.max(1, work));
      },
    };
    const results = await lm.nll(scorable, watch);
    const unconditioned = alone.length === 0 ? [] : await lm.nll(alone, watch);
    const out = new RowBuffer("scored", PART_COLUMNS);
    db.attach(out);
    out.append(
      [
        keys,
        templates,
        modes,
        prepared.map(({ truncated }) => truncated),
        ...sums(prepared, results, unconditioned),
      ],
      keys.length,
    );
    await db.run(
      `copy (from scored()) to ${quoteText(context.file(part))} (format parquet, compression zstd)`,
    );
    context.setRows(part, keys.length);
    return { rows: keys.length, tokens: total };
  } finally {
    db.close();
  }
}

async function prepare(
  tokenizer: Tokenizer,
  texts: readonly (string | null)[],
  modes: readonly (string | null)[],
  settings: ScoreSettings,
): Promise<Prepared[]> {
  const prepared: Prepared[] = [];
  const { addSpecialTokens } = settings;
  for (let from = 0; from < texts.length; ) {
    let to = from;
    for (let chars = 0; to < texts.length && (to === from || chars < BATCH_CHARS); to++)
      chars += texts[to]?.length ?? 0;
    const encodings = await tokenizer.encodeBatch(
      texts.slice(from, to).map((text) => text ?? ""),
      { addSpecialTokens },
    );
    encodings.forEach((encoding, i) => {
      const [text, mode] = [texts[from + i]!, modes[from + i] ?? ""];
      const row = prepareRow(text, mode, encoding, settings);
      const hasAlone = settings.ifd && row.reason === null && text !== null;
      prepared.push({
        ...row,
        alone: hasAlone ? completionAlone(text, mode as LossMode, encoding, row) : null,
      });
    });
    from = to;
  }
  return prepared;
}

/** nll_sum, completion_token_count, nll_unconditioned_sum and reason of each row. */
function sums(
  prepared: readonly Prepared[],
  results: readonly LmResult[],
  unconditioned: readonly LmResult[],
): unknown[][] {
  const columns: [(number | null)[], (number | null)[], (number | null)[], (string | null)[]] = [
    [],
    [],
    [],
    [],
  ];
  let [next, nextAlone] = [0, 0];
  for (const { reason, alone } of prepared) {
    const result = reason === null ? results[next++]! : { reason };
    columns[0].push(sumOf(result));
    columns[1].push("nll" in result ? result.nll.length : null);
    columns[2].push(alone === null ? null : sumOf(unconditioned[nextAlone++]!));
    columns[3].push("nll" in result ? null : result.reason);
  }
  return columns;
}

function sumOf(result: LmResult | { readonly reason: string }): number | null {
  return "nll" in result ? result.nll.reduce((sum, value) => sum + value, 0) : null;
}

function tokensIn(rows: readonly LmRow[]): number {
  return rows.reduce((sum, { ids }) => sum + ids.length, 0);
}

/** The model of this thread: the next task has the same. */
let held: { readonly key: string; readonly lm: CausalLm; readonly tokenizer: Tokenizer } | null = null;

async function loaded(model: ModelFiles, { device, batchTokens }: ScoreSettings, threads: number) {
  const key = JSON.stringify([model, device, batchTokens, threads]);
  if (held?.key === key) return held;
  await held?.lm.close();
  held = null;
  const tokenizer = await openTokenizer(model.tokenizer);
  const lm = await CausalLm.open(model, { device, threads, batchTokens });
  held = { key, lm, tokenizer };
  return held;
}
