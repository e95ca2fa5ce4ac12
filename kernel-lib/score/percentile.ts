/** The percentile of a score among the rows of its split. */
import { quoteName } from "../db";
import type { Table } from "../table/table";

/** Columns that name a split. */
export const SPLIT_COLUMNS = ["dataset", "subset", "split"] as const;

export interface PercentileOptions {
  /** The scores; default `nll_mean`. */
  readonly column?: string;
  /** Rows that are compared have the same values here; default dataset, subset and split. */
  readonly by?: readonly string[];
  /** Name of the new column; default `percentile_within_split`. */
  readonly as?: string;
}

/**
 * The table with the column `percentile_within_split` (0 to 100, or what `as` says; one that was there is replaced): 100 ·
 * (rows with a smaller score + 0.5 · rows with an equal one, the row itself among them) ÷ n over the rows of its split that
 * have a score. Equal scores have the same percentile, their mean rank; a row without a score has null and counts for
 * nobody. Nothing is read until rows are asked for; DuckDB sorts the scores of each split then.
 * @example percentileWithinSplit(await open("out/demo"), { column: "quality_score", as: "quality_percentile" })
 */
export function percentileWithinSplit(table: Table, options: PercentileOptions = {}): Table {
  const { column = "nll_mean", by = SPLIT_COLUMNS, as = "percentile_within_split" } = options;
  const others = `columns(c -> lower(c) <> lower('${as.replaceAll("'", "''")}'))`;
  return table.sql(`select ${others}, ${percentileSql(column, by)} as ${quoteName(as)} from this`);
}

/** SQL of the same percentile, for a SELECT whose rows have the column and those of `by`. */
export function percentileSql(column: string, by: readonly string[] = SPLIT_COLUMNS): string {
  const value = quoteName(column);
  const split = by.map(quoteName).join(", ");
  const within = (more: string) => `over (${split === "" ? "" : `partition by ${split}`}${more})`;
  const equal = `over (partition by ${[...(split === "" ? [] : [split]), value].join(", ")})`;
  return (
    `case when ${value} is not null then 100.0::DOUBLE * (rank() ${within(` order by ${value} nulls last`)} - 1 ` +
    `+ 0.5::DOUBLE * count(*) ${equal}) / count(${value}) ${within("")} end`
  );
}
