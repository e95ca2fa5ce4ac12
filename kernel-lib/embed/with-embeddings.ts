/** Vectors as a column. */
import { join } from "node:path";
import { parquetFiles } from "../run-folder";
import { open } from "../table/open";
import type { Table } from "../table/table";
import { storedVectors } from "./stored-vectors";

/**
 * The table with the columns `embedding` (FLOAT[], null where there is none), `embedding_tokens`, `embedding_truncated` and
 * `embedding_reason`. Vectors are heavy, so tables show them only when they are asked for; of the columns that a query
 * does not name nothing is read.
 * @param options.vectors Which vectors, where there are several: the model's name, or `name.view`.
 * @throws InputError when the table has no vectors.
 * @example
 * const ds = await embed((await open("demo")).split("dolly").head(20), "words", { column: "instruction" });
 * (await withEmbeddings(ds)).select(["row_key", "embedding_truncated"])
 */
export async function withEmbeddings(
  table: Table,
  { vectors }: { readonly vectors?: string } = {},
): Promise<Table> {
  const { folder } = await storedVectors(table, vectors, "withEmbeddings");
  const files = parquetFiles(folder).map((name) => join(folder, name));
  const [first, ...others] = files;
  return await table.attach(await open(others.length === 0 ? first! : folder), { on: "row_key" });
}
