/** A seeded sample of rows: the row numbers are drawn first, then only those rows are read. */

import { quoteText } from "../db";
import { withDb } from "./db-pool";
import { ID_FILE, ID_ROW, type Relation, type Want } from "./relation";

/** Beyond this many rows the drawn ids stay a query instead of becoming a list in it. */
const LISTED = 2_000;

/**
 * `n` rows of `relation` in their order, the same for the same rows and seed, whatever the threads: those with the
 * smallest hash of (file, row number, seed), or of (row_key, seed). Rows that have neither (results of SQL) are drawn
 * by the hash of their values, and come in the order of that hash.
 */
export function sampleRelation(relation: Relation, n: number, seed: number): Relation {
  let drawn: Promise<Drawn> | null = null;
  const draw = async (signal?: AbortSignal): Promise<Drawn> => {
    const identity = await relation.identity(signal);
    if (identity.kind === "key") {
      const query = `select row_key as k, ${ID_FILE} as f, ${ID_ROW} as r
        from (${await relation.sql({ place: false, ids: true }, signal)})
        order by hash(row_key, ${seed}), row_key limit ${n}`;
      if (n > LISTED) return { predicate: `row_key in (select k from (${query}))` };
      const rows = await withDb((db) => db.all<Place & { k: string }>(query), { signal });
      if (rows.length === 0) return { predicate: "false" };
      const keys = rows.map(({ k }) => quoteText(k)).join(", ");
      return { predicate: `row_key in (${keys})`, only: byFile(rows) };
    }
    if (identity.kind === "content") return { predicate: "true" };
    const query = `select ${ID_FILE} as f, ${ID_ROW} as r from (${await relation.sql({ place: false, ids: true }, signal)})
      order by hash(${identity.fileNumber(ID_FILE)}, ${ID_ROW}, ${seed}), ${ID_FILE}, ${ID_ROW} limit ${n}`;
    if (n > LISTED) return { predicate: `(${ID_FILE}, ${ID_ROW}) in (select (f, r) from (${query}))` };
    const files = byFile(await withDb((db) => db.all<Place>(query), { signal }));
    if (files.size === 0) return { predicate: "false" };
    const predicate = [...files]
      .map(([f, rows]) => `(${ID_FILE} = ${quoteText(f)} and ${ID_ROW} in (${rows.join(", ")}))`)
      .join(" or ");
    return { predicate, only: files };
  };
  return {
    identity: (signal) => relation.identity(signal),
    async sql(asked: Want, signal) {
      drawn ??= draw(signal).catch((error: unknown) => {
        drawn = null;
        throw error;
      });
      const { predicate, only } = await drawn;
      // Rows asked for by a later draw are among these.
      const want: Want = only && !asked.only ? { ...asked, only } : asked;
      const identity = await relation.identity(signal);
      if (identity.kind === "content") {
        return `select * from (${await relation.sql(want, signal)}) as t order by hash(t, ${seed}) limit ${n}`;
      }
      if (identity.kind === "key") {
        return `select * from (${await relation.sql(want, signal)}) where ${predicate} order by row_key`;
      }
      const inner = await relation.sql({ ...want, ids: true }, signal);
      const outer = want.ids ? "*" : `* exclude (${ID_FILE}, ${ID_ROW})`;
      const order = `${identity.fileNumber(ID_FILE)}, ${ID_ROW}`;
      return `select ${outer} from (${inner}) where ${predicate} order by ${order}`;
    },
  };
}

interface Drawn {
  /** True for the drawn rows alone. */
  readonly predicate: string;
  readonly only?: NonNullable<Want["only"]>;
}

type Place = { f: string; r: number | bigint };

function byFile(places: readonly Place[]): Map<string, (number | bigint)[]> {
  const files = new Map<string, (number | bigint)[]>();
  for (const { f, r } of places) files.set(f, [...(files.get(f) ?? []), r]);
  return files;
}
