/** The beginnings of some rows' texts, as they were embedded. */
import { quoteText } from "../db";
import type { Table } from "../table/table";
import type { StoredVectors } from "./stored-vectors";
import { viewSql } from "./text-view";

/** Text by row_key, at most `most` characters of each; rows without text are absent. */
export async function rowTexts(
  table: Table,
  { manifest }: StoredVectors,
  keys: readonly string[],
  { most, signal }: { readonly most: number; readonly signal: AbortSignal },
): Promise<Map<string, string>> {
  const { view, column } = manifest;
  const text = viewSql(await table.schema, { view, column, most });
  const texts = new Map<string, string>();
  if (keys.length === 0) return texts;
  const chosen = `row_key in (${keys.map(quoteText).join(", ")})`;
  const rows = table.sql(`select row_key, ${text} as said from this where ${chosen}`);
  for await (const batch of rows.stream({ signal })) {
    for (const row of batch) if (row.said !== null) texts.set(row.row_key as string, row.said as string);
  }
  return texts;
}
