/** Which pools hold a row, and which condition keeps it out of the others. */

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Db, quoteName, quoteText } from "../db";
import { errorText, InputError } from "../errors";
import { type Column, readParquet } from "../run-folder";
import { poolsManifest } from "../select/pools-manifest";
import { checkPredicate, predicateParts } from "../select/predicate";
import { GATE_REASON, GATE_WORDS, isRedTeam } from "../select/red-team";

/** A condition that the row does not satisfy, with the values it has in its columns. */
export interface FailedCondition {
  readonly condition: string;
  readonly values: Readonly<Record<string, unknown>>;
}

export interface PoolVerdict {
  readonly pool: string;
  readonly predicate: string;
  /** Whether the pool's files hold the row. */
  readonly holds: boolean;
  /** Whether the row satisfies the predicate now; null where that cannot be said. */
  readonly satisfies: boolean | null;
  readonly failed: readonly FailedCondition[];
  /** Where files and predicate disagree, or the predicate cannot be evaluated. */
  readonly note: string | null;
}

export interface Pools {
  /** Folder of pools.json. */
  readonly folder: string;
  readonly verdicts: readonly PoolVerdict[];
}

export interface PoolRow {
  readonly rowKey: string;
  readonly sourceRow: number;
  /** SQL of a relation with one row: the row with the columns of its sidecars. */
  readonly sql: string;
  readonly columns: readonly Column[];
}

/**
 * A verdict for each pool of `folder`, in the order of its pools.json; null where no pools were built there.
 * @throws InputError for a pools.json of another make.
 */
export async function poolVerdicts(db: Db, folder: string, row: PoolRow): Promise<Pools | null> {
  const path = join(folder, "pools.json");
  if (!existsSync(path)) return null;
  const manifest = readManifest(path);
  const files = manifest.pools.flatMap(({ shards }) => shards.map(({ file }) => file));
  const holding = await poolsThatHold(db, folder, files, row);
  const known = new Set(row.columns.map(({ name }) => name.toLowerCase()));
  const verdicts: PoolVerdict[] = [];
  for (const { name, predicate } of manifest.pools) {
    const holds = holding.has(name);
    const judged = await judge(db, name, predicate, row, known).catch((error: unknown) => errorText(error));
    if (typeof judged === "string") {
      verdicts.push({ ...{ pool: name, predicate, holds }, satisfies: null, failed: [], note: judged });
      continue;
    }
    const failed = [...judged.failed];
    let { satisfies } = judged;
    if (satisfies && manifest.exclude_duplicates && judged.duplicate) {
      satisfies = false;
      failed.push({ condition: "not an exact duplicate", values: { quality_is_duplicate: true } });
    }
    const note =
      holds !== satisfies
        ? "the pools were built before a column changed: build them again"
        : satisfies || judged.gate === null
          ? null
          : `${judged.gate}: ${GATE_WORDS[judged.gate] ?? "not for red-team pools"}`;
    verdicts.push({ ...{ pool: name, predicate, holds, satisfies }, failed, note });
  }
  return { folder, verdicts };
}

async function judge(
  db: Db,
  name: string,
  predicate: string,
  { sql, columns }: PoolRow,
  known: ReadonlySet<string>,
): Promise<{ satisfies: boolean; duplicate: boolean; failed: FailedCondition[]; gate: string | null }> {
  await checkPredicate(db, name, predicate, columns);
  const parts = await predicateParts(db, predicate);
  const used = [...new Set(parts.flatMap((part) => part.columns))].filter((one) =>
    known.has(one.toLowerCase()),
  );
  const duplicate = known.has("quality_is_duplicate") ? "coalesce(quality_is_duplicate, false)" : "false";
  const selected = [
    `coalesce((${predicate}\n), false) as p`,
    `${duplicate} as duplicate`,
    `${isRedTeam(name) && known.has("_review_status") ? GATE_REASON : "null::varchar"} as gate`,
    ...parts.map((part, i) => `coalesce((${part.sql}\n), false) as c${i}`),
    ...used.map((column, i) => `${quoteName(column)} as v${i}`),
  ];
  const found = await db.one(`select ${selected.join(", ")} from (${sql})`);
  const failed = parts.flatMap((part, i) => {
    if (found[`c${i}`] === true) return [];
    const values = part.columns.map((column) => [column, found[`v${used.indexOf(column)}`] ?? null] as const);
    return [{ condition: part.sql, values: Object.fromEntries(values) }];
  });
  const gate = typeof found.gate === "string" ? found.gate : null;
  return { satisfies: found.p === true, duplicate: found.duplicate === true, failed, gate };
}

async function poolsThatHold(
  db: Db,
  folder: string,
  files: readonly string[],
  { rowKey, sourceRow }: PoolRow,
): Promise<Set<string>> {
  const there = files.filter((file) => !file.split("/").includes("..") && existsSync(join(folder, file)));
  if (there.length === 0) return new Set();
  const paths = there.map((file) => join(folder, file));
  const rows = await db.all<{ filename: string }>(
    `select distinct filename from ${readParquet(paths, ", filename = true")}
     where source_row = ${sourceRow} and row_key = ${quoteText(rowKey)}`,
  );
  const names = rows.map(({ filename }) => there[paths.indexOf(filename)] ?? "");
  return new Set(names.map((file) => file.slice(0, file.lastIndexOf("/"))));
}

function readManifest(path: string) {
  try {
    return poolsManifest.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch (cause) {
    throw new InputError(`${path} was not written by corpuslab pools (format 1)`, { cause });
  }
}
