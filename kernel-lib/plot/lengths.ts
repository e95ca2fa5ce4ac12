/** How long rows are. */
import { InputError } from "../errors";
import type { Figure } from "./figure";
import { type HistogramOptions, histogram } from "./histogram";
import { numberColumn, type PlotTable } from "./plot-table";

export interface LengthsOptions extends HistogramOptions {
  /** Column of lengths. Default: the first that is there of `token_count`, `stats_approx_tokens`, `stats_char_len`. */
  readonly column?: string;
}

const LENGTHS = ["token_count", "stats_approx_tokens", "stats_char_len"];

/**
 * A histogram of the rows' lengths on a log axis (`log: false` for a linear one), in tokens where they are known; see
 * `plot.histogram` for the options. Rows of length 0 are left out of a log axis and counted.
 * @throws InputError when the table has no column of lengths.
 * @example await plot.lengths(await open("out/run"), { by: "meta_domain" })
 */
export async function lengths(
  given: PlotTable | Promise<PlotTable>,
  { column, log = true, title = "Length of rows", ...options }: LengthsOptions = {},
): Promise<Figure> {
  const table = await given;
  const names = (await table.schema).map(({ name }) => name);
  const chosen = column ?? LENGTHS.find((name) => names.includes(name));
  if (chosen === undefined) {
    throw new InputError(
      `plot.lengths: the table has none of ${LENGTHS.join(", ")}; draw canonical rows (await normalize(ds, …)).rows(), ` +
        "or name a column of numbers: plot.lengths(table, { column })",
    );
  }
  if (column !== undefined) await numberColumn(table, column, "lengths"); // an error names what was called
  return histogram(table, chosen, { log, title, ...options });
}
