/** Tables for plots: made by DuckDB, opened as a user opens them. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { Db, quoteText } from "../../kernel-lib/db";
import { displaySymbol } from "../../kernel-lib/notebook/display";
import type { Figure } from "../../kernel-lib/plot/figure";
import { open } from "../../kernel-lib/table/open";
import type { Table } from "../../kernel-lib/table/table";

const folder = mkdtempSync(join(tmpdir(), "corpuslab-plot-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;

/** The result of a query as a table over a Parquet file. */
export async function tableOfSql(sql: string): Promise<Table> {
  const path = join(folder, `${files++}.parquet`);
  const db = await Db.open();
  try {
    await db.run(`copy (${sql}) to ${quoteText(path)} (format parquet)`);
  } finally {
    db.close();
  }
  return open(path);
}

/**
 * `rows` rows with scores and groups: row i has x = (i * 7919 mod 1000) / 250 - 0.5, but null where i % 101 = 0, NaN where
 * i % 103 = 1 and infinite where i % 107 = 2; domains and splits by i, domain null where i % 13 = 12.
 */
export function scoresSql(rows: number): string {
  return `select i as id, case when i % 101 = 0 then null when i % 103 = 1 then 'nan'::double when i % 107 = 2 then '-inf'::double
    else (i * 7919 % 1000) / 250.0::double - 0.5 end as nll_mean, i * 31 % 5000 as stats_approx_tokens,
    case when i % 13 < 12 then ['math', 'code', 'safety', 'other'][1 + (i % 4)::int] end as meta_domain,
    ['train', 'test', 'dev'][1 + (i % 3)::int] as split, case when i % 5 > 0 then ['low', 'medium', 'high'][1 + (i * 7 % 3)::int] end as meta_difficulty_bin
    from range(${rows}) t(i)`;
}

/** The bundle that a notebook gets. */
export function bundleOf(figure: Figure): { plotly: string; svg: string; text: string } {
  const bundle = figure[displaySymbol]();
  return {
    plotly: JSON.stringify(bundle["application/vnd.plotly.v1+json"]),
    svg: bundle["image/svg+xml"] as string,
    text: bundle["text/plain"] as string,
  };
}
