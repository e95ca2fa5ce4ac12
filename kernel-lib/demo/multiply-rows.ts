/** Many made-up rows out of a few, to try things at a size that no demo has. */
import { mkdirSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { Db, literalPath, quoteText } from "../db";
import { InputError } from "../errors";
import { interruptSignal } from "../interrupt";
import { type OnProgress, withProgress } from "../notebook/progress";
import { JOBS } from "../progress";

export interface MultiplyOptions {
  /** Folder of the Parquet files, 500,000 rows each; rows that stand there are replaced. */
  readonly out: string;
  /** How many rows to make; at least as many as the run has. */
  readonly rows: number;
  readonly signal?: AbortSignal;
  /** Told after each file, in place of the display that a notebook shows by itself; null: nothing is shown. */
  readonly onProgress?: OnProgress;
}

const ROWS_PER_FILE = 500_000;
/** Texts are cut: it is the number of rows that is to be large. */
const TEXT_CHARS = 600;

/** Median of the invented token counts by domain; they spread by a factor of some 2.5 to both sides. */
const MEDIAN_TOKENS: Readonly<Record<string, number>> = {
  proof: 9000,
  math: 6500,
  agentic: 5000,
  code: 4200,
  science: 3600,
  safety: 900,
  chat_if: 1300,
};

/**
 * `out` holds `rows` made-up rows with the columns row_key, split, meta_domain, stats_approx_tokens and text: domain,
 * split and (cut) text repeat those of the run, row keys are new, token counts are invented and have nothing to do with
 * the text. The same run and count give the same rows. 10 million take some 60 MB; memory stays below 1 GB.
 * @returns `out`, to be opened.
 * @throws InputError when the run has no rows, or `rows` is not a whole number above 0.
 * @example const many = await open(await multiplyRows(run, { out: "out/many", rows: 1_000_000 }))
 */
export async function multiplyRows(
  run: { readonly out: string },
  { out, rows, signal = interruptSignal(), onProgress }: MultiplyOptions,
): Promise<string> {
  if (!Number.isSafeInteger(rows) || rows < 1)
    throw new InputError(`multiplyRows: got ${rows} rows, expected a whole number above 0`);
  return withProgress(JOBS.demo, onProgress, async (report) => {
    report({ stage: "demo", done: 0, unit: "rows", share: 0 });
    const db = await Db.open({ memoryLimit: "1GB" });
    const interrupt = () => db.interrupt();
    signal.addEventListener("abort", interrupt);
    try {
      const base = await loadBase(db, run.out);
      for (const name of stale(out)) rmSync(join(out, name));
      mkdirSync(out, { recursive: true });
      for (let from = 0, part = 0; from < rows; from += ROWS_PER_FILE, part++) {
        signal.throwIfAborted();
        const to = Math.min(rows, from + ROWS_PER_FILE);
        const file = join(out, `part-${String(part).padStart(5, "0")}.parquet`);
        await db.run(copySql(base, from, to, `${file}.part`));
        renameSync(`${file}.part`, file);
        report({ stage: "demo", done: to, unit: "rows", share: to / rows });
      }
      return out;
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    } finally {
      signal.removeEventListener("abort", interrupt);
      db.close();
    }
  });
}

/** The run's rows as a numbered table; how many there are. */
async function loadBase(db: Db, run: string): Promise<number> {
  const files = quoteText(join(literalPath(run), "rows", "**", "*.parquet"));
  const median = Object.entries(MEDIAN_TOKENS).map(
    ([domain, tokens]) => `when ${quoteText(domain)} then ${tokens}`,
  );
  await db.run(`create temp table base as
    select (row_number() over (order by row_key)) - 1 as n, split, meta_domain, left(text, ${TEXT_CHARS}) as text,
      ln(case meta_domain ${median.join(" ")} else 2500 end) as middle
    from read_parquet(${files})`);
  const { rows } = await db.one<{ rows: number }>("select count(*) as rows from base");
  if (rows === 0) throw new InputError(`multiplyRows: ${run} has no rows, expected some to repeat`);
  return rows;
}

function copySql(base: number, from: number, to: number, file: string): string {
  const uniform = (seed: number) => `(hash(i, ${seed}) % 1000000) / 1e6`;
  const normal = `((${[1, 2, 3, 4].map(uniform).join(" + ")}) - 2) * sqrt(3)`;
  return `copy (
      select 'made-up/' || i as row_key, split, meta_domain,
        greatest(16, round(exp(middle + 0.9 * (${normal}))))::bigint as stats_approx_tokens, text
      from range(${from}, ${to}) numbers(i) join base on base.n = i % ${base} order by i
    ) to ${quoteText(file)} (format parquet, compression zstd, dictionary_size_limit 100000)`;
}

function stale(out: string): string[] {
  if (!statSync(out, { throwIfNoEntry: false })?.isDirectory()) return [];
  return readdirSync(out).filter((name) => /^part-\d{5}\.parquet(\.part)?$/.test(name));
}
