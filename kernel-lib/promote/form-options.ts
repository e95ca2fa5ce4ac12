/** Options that all promotions share which are not sliced from cells. */
import type { Table } from "../table/table";
import type { GivenParams } from "./given-params";

export interface FormOptions {
  /** Rows to prove it on, and whose columns it reads. */
  readonly table: Table | Promise<Table>;
  /** Parameters: values, or a zod object with a default for each; its rules hold for every later value. */
  readonly params?: GivenParams;
  /** What a missing value means, by column: such rows are not decided by the step. Filters only. */
  readonly nulls?: Readonly<Record<string, "keep" | "drop">>;
  /** Column whose values the golden rows are drawn from; default meta_domain where there is one. */
  readonly by?: string | null;
  /** Compare every row of the table instead of the golden rows. */
  readonly all?: boolean;
  /** Why, for the log of labels. */
  readonly reason?: string;
  readonly author?: string;
  /** Folder of the versions; default: pipelines/ of the workspace. */
  readonly pipelines?: string;
}
