/** The rows that are nearest in meaning: exact, over all vectors. */
import { quoteText } from "../db";
import { InputError } from "../errors";
import { interruptSignal } from "../interrupt";
import { withDb } from "../table/db-pool";
import { ID_FILE, ID_ROW } from "../table/relation";
import { type SimilarSearch, searchWith } from "../table/similar-rows";
import type { Table, TableRow } from "../table/table";
import { encodeQuery } from "./encode-query";
import { type StoredVectors, storedVectors } from "./stored-vectors";

const MOST_FOUND = 10_000;

/** What `table.similar` does. Cosine of every vector with the query's, by DuckDB; ties in the order of row_key. */
const similar: SimilarSearch<Table> = async (table, query, options) => {
  const { k = 10, vectors, model, prefix, signal = interruptSignal() } = options;
  if (!Number.isSafeInteger(k) || k < 1 || k > MOST_FOUND)
    throw new InputError(`similar: k ${k}, expected a whole number from 1 to ${MOST_FOUND}`);
  const stored = await storedVectors(table, vectors, "similar", signal);
  const own = typeof query === "string" ? null : keyOf(query);
  const wanted =
    typeof query === "string"
      ? await encodeQuery(query, stored.manifest, { model, prefix })
      : await vectorOfRow(own!, stored, signal);
  const rows = await table.relation().sql({ place: false, ids: false }, signal);
  const { dimensions } = stored.manifest;
  const literal = `[${Array.from(wanted).join(", ")}]::FLOAT[${dimensions}]`;
  const found = await withDb(
    (db) =>
      db.all<{ row_key: string; similarity: number }>(
        `select v.row_key, array_cosine_similarity(v.embedding, ${literal})::double as similarity
        from (${stored.sql}) v semi join (select row_key from (${rows})) t using (row_key)
        where v.embedding is not null${own === null ? "" : ` and v.row_key <> ${quoteText(own)}`}
        order by similarity desc, v.row_key limit ${k}`,
      ),
    { signal },
  );
  return await ranked(table, found, signal);
};

searchWith(similar);

/** The rows in this order, with their similarity; no others are read. */
async function ranked(
  table: Table,
  found: readonly { readonly row_key: string; readonly similarity: number }[],
  signal: AbortSignal,
): Promise<Table> {
  if (found.length === 0) return table.sql("select *, null::double as similarity from this limit 0");
  const keys = found.map(({ row_key }) => quoteText(row_key)).join(", ");
  const rows = await table.filter(`row_key in (${keys})`).rowsSql(signal);
  const values = found.map(({ row_key, similarity }) => `(${quoteText(row_key)}, ${similarity}::double)`);
  const has = (await table.schema).some(({ name }) => name === "similarity");
  const sql =
    `select t.*${has ? " exclude (similarity)" : ""}, s.similarity from (${rows}) t ` +
    `join (values ${values.join(", ")}) as s(row_key, similarity) using (row_key) order by s.similarity desc, t.row_key`;
  return table.with({
    relation: {
      identity: async () => ({ kind: "content" }),
      sql: async ({ ids }) => (ids ? noPlaces(sql) : sql),
    },
    conditions: null,
    ordered: false,
    written: "",
  });
}

/** Rows that are known by their content alone. */
function noPlaces(sql: string): string {
  return `select *, '' as ${ID_FILE}, 0 as ${ID_ROW} from (${sql})`;
}

function keyOf(row: TableRow): string {
  if (typeof row.row_key === "string") return row.row_key;
  throw new InputError("similar: got a row without row_key, expected a text or a row of the table");
}

async function vectorOfRow(
  key: string,
  { sql }: StoredVectors,
  signal: AbortSignal,
): Promise<readonly number[]> {
  const [row] = await withDb(
    (db) =>
      db.all<{ embedding: number[] | null; embedding_reason: string | null }>(
        `select embedding::FLOAT[] as embedding, embedding_reason from (${sql}) where row_key = ${quoteText(key)}`,
      ),
    { signal },
  );
  if (row?.embedding) return row.embedding;
  throw new InputError(
    row
      ? `similar: ${key} has no vector (${row.embedding_reason})`
      : `similar: ${key} is not among the vectors`,
  );
}
