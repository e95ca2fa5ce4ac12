/** What the files of moved rows say: causes, values before and after, examples. */

import { join } from "node:path";
import { Db } from "../db";
import { listFiles } from "../engine/commit";
import { readParquet } from "../run-folder";
import { CAUSES, type Cause } from "./attribution";
import type { AnswerChange, ColumnChange, DiffExample } from "./diff-json";

export interface MovedDetails {
  /** Rows by direction and cause. */
  readonly because: ReadonlyMap<string, Readonly<Record<Cause, number>>>;
  readonly columns: readonly ColumnChange[];
  readonly answers: readonly AnswerChange[];
  readonly examples: readonly DiffExample[];
}

export interface DetailOptions {
  /** What `before_i`, `after_i` and `change_i` are about. */
  readonly columns: readonly string[];
  readonly key: "row_key" | "row_number";
  /** Examples of each direction. */
  readonly examples: number;
  /** Answers say more than that something changed: those of filters. */
  readonly isFilter: boolean;
  readonly signal: AbortSignal;
}

const QUANTILES = [0, 0.05, 0.25, 0.5, 0.75, 0.95, 1] as const;
const MOST_PAIRS = 20;
const MOST_ANSWERS = 40;

/** The files of moved rows below a folder, in the order of the rows. */
export function movedFiles(folder: string): string[] {
  return listFiles(join(folder, "moved")).map((name) => join(folder, "moved", name));
}

/** Exact, in DuckDB, which spills what does not fit. Examples are those with the smallest hash of their key, of one group after the other. */
export async function movedDetails(files: readonly string[], options: DetailOptions): Promise<MovedDetails> {
  const { columns, key, examples, isFilter, signal } = options;
  if (files.length === 0) return { because: new Map(), columns: [], answers: [], examples: [] };
  const moved = readParquet(files);
  const db = await Db.open({ threads: 2, memoryLimit: "2GB", signal });
  try {
    const causes = await db.all<{ direction: string; because: Cause | null; n: number }>(
      `select direction, because, count(*) as n from ${moved} group by all`,
    );
    const because = new Map<string, Record<Cause, number>>();
    for (const { direction, because: cause, n } of causes) {
      if (cause === null) continue;
      const counts = because.get(direction) ?? { code: 0, parameters: 0, either: 0, together: 0 };
      counts[cause] = n;
      because.set(direction, counts);
    }
    const answers = await db.all<{ direction: string; before: string; after: string; n: number }>(
      `select direction, before, after, count(*) as n from ${moved}
        where ${isFilter ? "true" : "direction in ('to_error', 'from_error', 'error')"}
        group by all order by n desc, direction, before, after limit ${MOST_ANSWERS}`,
    );
    const chosen = await db.all<DiffExample & Record<string, unknown>>(
      `with ranked as (select direction, ${key}::varchar as key, because, before, after, md5(${key}::varchar) as h,
          row_number() over (partition by direction, grouped order by md5(${key}::varchar), ${key}) as n from ${moved})
        select direction, key, because, before, after from ranked where n <= ${examples}
        qualify row_number() over (partition by direction order by n, h, key) <= ${examples}
        order by direction, n, h, key`,
    );
    const changes: ColumnChange[] = [];
    for (const [i, name] of columns.entries()) changes.push(await columnChange(db, moved, i, name));
    return {
      because,
      answers: answers.map(({ n, ...answer }) => ({ ...answer, rows: n })),
      examples: chosen,
      columns: changes,
    };
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    db.close();
  }
}

async function columnChange(db: Db, moved: string, i: number, name: string): Promise<ColumnChange> {
  const [before, after, change] = [`before_${i}`, `after_${i}`, `change_${i}`];
  const counts = await db.one<{
    n: number;
    numbers: number;
    up: number;
    down: number;
    pairs: number;
    q: number[];
  }>(
    `select count(*) filter (${before} is not null or ${change} is not null and ${change} <> 0) as n,
       count(${change}) as numbers,
       count(*) filter (${change} > 0) as up, count(*) filter (${change} < 0) as down,
       quantile_disc(${change}, [${QUANTILES.join(", ")}]) as q,
       (select count(*) from (select distinct ${before}, ${after} from ${moved} where ${before} is not null)) as pairs
     from ${moved}`,
  );
  const pairs = await db.all<{ before: string; after: string; n: number }>(
    `select ${before} as before, ${after} as after, count(*) as n from ${moved} where ${before} is not null
      group by all order by n desc, before, after limit ${MOST_PAIRS}`,
  );
  return {
    name,
    rows: counts.n,
    numbers:
      counts.numbers === 0
        ? null
        : {
            up: counts.up,
            down: counts.down,
            quantiles: QUANTILES.map((share, j) => ({ share, change: counts.q[j]! })),
          },
    pairs: pairs.map(({ n, ...pair }) => ({ ...pair, rows: n })),
    differentPairs: counts.pairs,
  };
}

/** No rows of any cause. */
export const NO_CAUSES = Object.fromEntries(CAUSES.map((cause) => [cause, 0])) as Record<Cause, number>;
