/** Reading few rows out of many: which ones is asked first, of the columns that the conditions name. */

import { quoteList } from "../db";
import { streamDb } from "./db-pool";
import { ID_FILE, ID_ROW, type Relation } from "./relation";

/** Of more rows than this all columns are read in one go. */
const MOST = 2_000;

/** Conditions that may answer otherwise when they are asked again. */
const VOLATILE = /random|uuid|nextval|current_|\bnow\b|\btoday\b|timestamp\s*\(|get_current/i;

/** True when rows that meet these conditions can be looked for first and read afterwards. */
export function canPick(conditions: readonly string[] | null): boolean {
  return conditions !== null && conditions.length > 0 && !conditions.some((text) => VOLATILE.test(text));
}

/**
 * SQL that reads the relation's rows, by file and row, and hardly any others; null when there are more than 2,000. For relations that pick
 * rows by place (runs): conditions do not go below the join of rows and sidecars, so all texts would be read.
 */
export async function pickedSql(relation: Relation, signal?: AbortSignal): Promise<string | null> {
  const rows = await relation.sql({ place: false, ids: true }, signal);
  const places = `select ${ID_FILE} as f, ${ID_ROW} as r from (${rows}) limit ${MOST + 1}`;
  const only = new Map<string, number[]>();
  let found = 0;
  for await (const batch of streamDb<{ f: string; r: number }>(places, { signal, oneThread: true })) {
    found += batch.length;
    for (const { f, r } of batch) {
      const list = only.get(f);
      if (list) list.push(r);
      else only.set(f, [r]);
    }
  }
  if (found > MOST) return null;
  const picked = await relation.sql({ place: false, ids: true, only }, signal);
  const place = `list_position(${quoteList([...only.keys()].sort())}::varchar[], ${ID_FILE}), ${ID_ROW}`;
  return `select * exclude (${ID_FILE}, ${ID_ROW}) from (${picked}) order by ${place}`;
}
