/** What the flags say of a table, as a page: shares, charts, and rows near each threshold. */
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { InputError } from "../errors";
import { plot } from "../plot/plot";
import type { Table } from "../table/table";
import { type ReportRow, renderQuality, type VerdictReport } from "./report-html";
import { VERDICTS, type Verdict } from "./verdicts";

export interface QualityReportOptions {
  /** Folder of reports; default `reports`. */
  readonly out?: string;
  /** Name of the folder in it; default from the table's datasets. */
  readonly slug?: string;
  /** Rows shown on either side of a threshold; default 5. */
  readonly examples?: number;
}

export interface QualityReport {
  /** Absolute path of quality.html. */
  readonly path: string;
  readonly rows: number;
  readonly verdicts: readonly {
    readonly flag: string;
    readonly caught: string;
    readonly rows: number;
    readonly share: number;
  }[];
}

/**
 * `<out>/<slug>/quality.html` and quality.json say how many rows each verdict of the table's flags catches, by dataset, with
 * a histogram of its measure and, for each, the caught and the spared rows that are nearest to the threshold (where there
 * is no measure, the first by hash of their key). The page needs no script and no network; texts of the dataset are cut and
 * escaped. The same table gives the same bytes.
 * @throws InputError when the table has no column of any flag.
 * @example const { path } = await quality.report(await open("out/demo"))
 */
export async function qualityReport(
  table: Table,
  { out = "reports", slug, examples = 5 }: QualityReportOptions = {},
): Promise<QualityReport> {
  const have = new Set((await table.schema).map(({ name }) => name));
  const known = VERDICTS.filter(({ columns }) => columns.every((name) => have.has(name)));
  if (known.length === 0 || !have.has("row_key")) {
    throw new InputError(
      `quality report: ${table.origin} has no column of a flag; run corpuslab flag <run> first`,
    );
  }
  const total = await table.count();
  const datasets = have.has("dataset")
    ? (await table.sql("select distinct dataset from this order by all").toArray()).map((row) =>
        String(row.dataset),
      )
    : [];
  const reports: VerdictReport[] = [];
  for (const verdict of known) reports.push(await verdictReport(table, verdict, { have, total, examples }));
  const name = slug ?? slugOf(datasets);
  const folder = resolve(out, name);
  const facts = {
    rows: total,
    datasets,
    verdicts: reports.map(({ verdict, caught, byDataset }) => ({
      flag: verdict.flag,
      caught: verdict.caught,
      rows: caught,
      share: total === 0 ? 0 : caught / total,
      datasets: Object.fromEntries(byDataset.map(({ dataset, caught: rows }) => [dataset, rows])),
    })),
  };
  mkdirSync(folder, { recursive: true });
  write(join(folder, "quality.json"), `${JSON.stringify(facts, null, 2)}\n`);
  const path = join(folder, "quality.html");
  write(path, renderQuality({ title: titleOf(datasets) ?? table.origin, total, reports }));
  return { path, rows: total, verdicts: facts.verdicts };
}

/** Reports about the quality of a table. */
export const quality = { report: qualityReport };

async function verdictReport(
  table: Table,
  verdict: Verdict,
  {
    have,
    total,
    examples,
  }: { readonly have: ReadonlySet<string>; readonly total: number; readonly examples: number },
): Promise<VerdictReport> {
  const { caught, measure } = verdict;
  const group = have.has("dataset") ? "dataset" : "''";
  const counts = await table
    .sql(
      `select ${group} as dataset, count(*) as n, count(*) filter (coalesce((${caught}), false)) as caught from this group by 1 order by 1`,
    )
    .toArray();
  const byDataset = counts.map((row) => ({
    dataset: String(row.dataset),
    rows: Number(row.n),
    caught: Number(row.caught),
  }));
  const range = measure && total > 0 ? await rangeOf(table, measure) : null;
  const figure =
    measure && range
      ? await plot.histogram(
          table.sql(`select ${measure.sql}::double as measure from this where ${measure.sql} is not null`),
          "measure",
          { bins: 40, range, title: measure.name },
        )
      : null;
  const nearest = async (wanted: string): Promise<ReportRow[]> => {
    const order = measure ? `abs(${measure.sql} - ${measure.threshold}) nulls last, ` : "";
    const value = measure ? `(${measure.sql})::double` : "null";
    const said = have.has("messages") ? "to_json(messages)::varchar" : have.has("text") ? "text" : "null";
    const rows = await table
      .sql(
        `select row_key, ${value} as value, ${said} as said from this where ${wanted} order by ${order}md5(row_key), row_key limit ${examples}`,
      )
      .toArray();
    return rows.map((row) => ({
      key: String(row.row_key),
      value: row.value === null ? null : Number(row.value),
      said: row.said === null ? "" : String(row.said),
    }));
  };
  return {
    verdict,
    caught: byDataset.reduce((sum, { caught: rows }) => sum + rows, 0),
    byDataset,
    svg: figure?.svg ?? null,
    caughtRows: await nearest(`coalesce((${caught}), false)`),
    sparedRows: await nearest(`not coalesce((${caught}), false)`),
  };
}

function titleOf(datasets: readonly string[]): string | null {
  if (datasets.length === 0) return null;
  return datasets.length > 3 ? `${datasets.length} datasets` : datasets.join(", ");
}

/** All but the largest hundredth, so that a few rows do not flatten the others; the threshold is always in it. */
async function rangeOf(
  table: Table,
  { sql, threshold }: NonNullable<Verdict["measure"]>,
): Promise<[number, number] | null> {
  const [found] = await table
    .sql(
      `select min(${sql})::double as low, quantile_cont((${sql})::double, 0.99) as high from this where isfinite((${sql})::double)`,
    )
    .toArray();
  if (found?.low === null || found?.low === undefined) return null;
  const low = Math.min(Number(found.low), threshold);
  return [low, Math.max(Number(found.high), 1.5 * threshold, low + 1e-9)];
}

function slugOf(datasets: readonly string[]): string {
  const name =
    datasets.length === 1 ? datasets[0]! : datasets.length === 0 ? "table" : `${datasets.length}-datasets`;
  return name.replace(/[^A-Za-z0-9._-]+/g, "-").replace(/^[-.]+|-+$/g, "") || "table";
}

function write(path: string, text: string): void {
  writeFileSync(`${path}.tmp`, text);
  renameSync(`${path}.tmp`, path);
}
