/** Search by meaning needs models, which tables know nothing of: the room that has them says how when it is loaded. */
import { UsageError } from "../errors";

export interface SimilarOptions {
  /** Rows that are found. Default 10. */
  readonly k?: number;
  /** Which vectors, where there are several: the model's name, or `name.view`. */
  readonly vectors?: string;
  /** Where the model of the vectors is now, when it is no longer where it was. */
  readonly model?: string;
  /** Put before the text, for models that were trained so (E5: "query: "). Default: what was put before the rows' texts. */
  readonly prefix?: string;
  readonly signal?: AbortSignal;
}

/** The rows of a table that are nearest to a text or a row, as a table of the same kind. */
export type SimilarSearch<Table> = (
  table: Table,
  query: string | Readonly<Record<string, unknown>>,
  options: SimilarOptions,
) => Promise<Table>;

let search: SimilarSearch<never> | null = null;

/** From now on `table.similar` does this. */
export function searchWith<Table>(how: SimilarSearch<Table>): void {
  search = how as unknown as SimilarSearch<never>;
}

/** @throws UsageError when no room has said how. */
export async function similarRows<Table>(
  table: Table,
  query: string | Readonly<Record<string, unknown>>,
  options: SimilarOptions,
): Promise<Table> {
  if (search === null)
    throw new UsageError(
      "similar: the search is not loaded; import open from the package itself, not from a part of it",
    );
  return await (search as unknown as SimilarSearch<Table>)(table, query, options);
}
