/** What the flags say of a table, as a page: shares, charts, and rows near each threshold. */
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { quoteName } from "../db";
import { InputError } from "../errors";
import { plot } from "../plot/plot";
import type { FlaggedBy } from "../table/flagged-by";
import type { Table } from "../table/table";
import { type Diversity, type DiversityLine, diversity } from "./diversity";
import { type ReportRow, renderQuality, type VerdictReport } from "./report-html";
import { tableFlags } from "./table-flags";
import { type PickedRow, saidBy, verdictRows } from "./verdict-rows";
import { type Verdict, verdictsOf } from "./verdicts";

/** A verdict of one's own: rows that a condition catches. */
export interface OwnVerdict {
  /** Name of the flag, or any name for people. */
  readonly flag: string;
  /** SQL condition over the table's columns. */
  readonly caught: string;
  /** SQL of the number that decides it, and the threshold: a number, or the name of a parameter of `flag`. */
  readonly measure?: { readonly sql: string; readonly threshold: number | string };
}

export interface QualityReportOptions {
  /** Folder of reports; default `reports`. */
  readonly out?: string;
  /** Name of the folder in it; default from the table's datasets. */
  readonly slug?: string;
  /** Rows shown on either side of a threshold; default 5. */
  readonly examples?: number;
  /** Verdicts to show beside those of the flags. */
  readonly verdicts?: readonly OwnVerdict[];
  /** How varied the words of each split are; it reads up to 5,000 rows of each. Default true where the table has texts. */
  readonly diversity?: boolean;
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
    /** Where the measure divides the caught from the spared, as the run's parameters say; null without a measure. */
    readonly threshold: number | null;
  }[];
  /** Of each split; empty where it was not asked for. */
  readonly diversity: readonly DiversityLine[];
}

/**
 * `<out>/<slug>/quality.html` and quality.json say how many rows each verdict of the table's flags catches, by dataset, with
 * a histogram of its measure and, for each, the caught and the spared rows that are nearest to the threshold (where there
 * is no measure, the first by hash of their key). Thresholds are the parameters that the flags were computed with.
 * Promoted flags and classifiers are shown too: their booleans and lists as verdicts, their numbers with the lowest and
 * highest rows. The page needs no script and no network; texts of the dataset are cut and escaped. The same table gives
 * the same bytes.
 * @throws InputError when the table has no column of any flag.
 * @example const { path } = await quality.report(await open("out/demo"))
 */
export async function qualityReport(
  table: Table,
  {
    out = "reports",
    slug,
    examples = 5,
    verdicts = [],
    diversity: wantsDiversity = true,
  }: QualityReportOptions = {},
): Promise<QualityReport> {
  const have = new Set((await table.schema).map(({ name }) => name));
  const flags = await tableFlags(table);
  const known = [...verdictsOf(flags, have), ...verdicts.map((one) => ownVerdict(one, flags))];
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
  const reports = await verdictReports(table, known, { have, examples });
  const varied: Diversity | null =
    wantsDiversity && have.has("messages") && have.has("text") ? await diversity(table) : null;
  const name = slug ?? slugOf(datasets);
  const folder = resolve(out, name);
  const facts = {
    rows: total,
    datasets,
    flags: flags.map(({ flag, version, params }) => ({ flag, version, params })),
    verdicts: reports.flatMap(({ verdict, caught, byDataset }) =>
      verdict.caught === null
        ? []
        : [
            {
              ...{ flag: verdict.flag, caught: verdict.name, rows: caught },
              share: total === 0 ? 0 : caught / total,
              threshold: verdict.measure?.threshold ?? null,
              datasets: Object.fromEntries(byDataset.map(({ dataset, caught: rows }) => [dataset, rows])),
            },
          ],
    ),
    diversity: varied?.lines ?? [],
  };
  mkdirSync(folder, { recursive: true });
  write(join(folder, "quality.json"), `${JSON.stringify(facts, null, 2)}\n`);
  const path = join(folder, "quality.html");
  const title = titleOf(datasets) ?? table.origin;
  write(path, renderQuality({ title, total, reports, diversity: varied }));
  return { path, rows: total, verdicts: facts.verdicts, diversity: facts.diversity };
}

/** Reports about the quality of a table. */
export const quality = { report: qualityReport };

async function verdictReports(
  table: Table,
  verdicts: readonly Verdict[],
  { have, examples }: { readonly have: ReadonlySet<string>; readonly examples: number },
): Promise<VerdictReport[]> {
  const dataset = have.has("dataset") ? "dataset" : null;
  const found = await verdictRows(table, verdicts, { dataset, examples });
  const keys = new Set(found.flatMap(({ left, right }) => [...left, ...right].map(({ key }) => key)));
  const said = await saidBy(table, keys, have);
  const withText = (rows: readonly PickedRow[]) =>
    rows.map((row): ReportRow => ({ ...row, said: said.get(row.key) ?? "" }));
  const reports: VerdictReport[] = [];
  for (const [i, verdict] of verdicts.entries()) {
    const { caught, byDataset, range, left, right } = found[i]!;
    const { measure } = verdict;
    const figure =
      measure && range
        ? await plot.histogram(
            table.sql(
              `select (${measure.sql})::double as ${quoteName(measure.name)} from this where (${measure.sql}) is not null`,
            ),
            measure.name,
            { bins: 40, range: shownRange(range, measure.threshold), title: measure.name },
          )
        : null;
    reports.push({
      ...{ verdict, caught, byDataset, svg: figure?.svg ?? null },
      ...{ caughtRows: withText(left), sparedRows: withText(right) },
    });
  }
  return reports;
}

function ownVerdict({ flag, caught, measure }: OwnVerdict, flags: readonly FlaggedBy[]): Verdict {
  if (!measure) return { flag, name: caught, caught, measure: null };
  const { sql, threshold: given } = measure;
  const found = typeof given === "number" ? given : flags.find((one) => one.flag === flag)?.params[given];
  if (typeof found !== "number" || !Number.isFinite(found)) {
    throw new InputError(
      `quality report: the threshold of ${flag}: got ${JSON.stringify(given)}, expected a number, or the name of a parameter of that flag which is one`,
    );
  }
  return { flag, name: caught, caught, measure: { sql, name: sql, threshold: found } };
}

function titleOf(datasets: readonly string[]): string | null {
  if (datasets.length === 0) return null;
  return datasets.length > 3 ? `${datasets.length} datasets` : datasets.join(", ");
}

/** All but the largest hundredth, so that a few rows do not flatten the others; the threshold is always in it. */
function shownRange([least, most]: readonly [number, number], threshold: number | null): [number, number] {
  const low = Math.min(least, threshold ?? least);
  return [low, Math.max(most, 1.5 * (threshold ?? 0), low + 1e-9)];
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
