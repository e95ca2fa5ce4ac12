/** `view.sql`: canonical rows and all sidecars as one view, for any DuckDB from 1.2 on. */

import { join } from "node:path";
import { Db, quoteName } from "../db";
import { writeFileDurably } from "../engine/commit";
import { ROW_COLUMNS } from "../row";
import type { Sidecar } from "../run-folder";
import { parquetFiles, readRunFolder } from "../run-folder";

export interface ViewOptions {
  readonly sidecars: readonly Pick<Sidecar, "folder" | "columns">[];
  /** Whether `rows/` holds a shard; default true. Without one the view is empty and typed. */
  readonly rows?: boolean;
  /** Whether `decisions/` holds a file; default true. Without one the view is empty and typed. */
  readonly decisions?: boolean;
}

const DECISIONS = ["row_key", "id", "stage", "version", "action", "reason", "evidence"];

const LEDGER_SPLIT =
  "STRUCT(stage VARCHAR, dataset VARCHAR, subset VARCHAR, split VARCHAR, rows_in BIGINT, rows_out BIGINT, " +
  "rejected MAP(VARCHAR, BIGINT), quarantined MAP(VARCHAR, BIGINT))[]";

const HEADER = `-- Views over this run folder, for DuckDB 1.2 or later; nothing is copied and nothing but Parquet and JSON is read.
--   rows       canonical rows with the columns of every sidecar in flags/ and scores/
--   decisions  one line for each row that was refused, with the reason
--   ledger     rows in, out, rejected and quarantined (by reason) for each stage and split
-- From this folder:        duckdb -init view.sql        Python: duckdb.sql(open("view.sql").read())
-- From anywhere else, say where the folder is, before this file is read and in each later session that uses the views:
--   SET VARIABLE corpuslab_run = '/path/to/this/folder';
-- Paths are read when a view is queried, so the folder may be moved, and s3:// or hf:// paths work where DuckDB has them.
-- A sidecar column whose name is taken is shown as <sidecar>_<column>.
`;

/**
 * SQL that creates the views `rows`, `decisions` and `ledger` over a run folder: the current folder, or the one that
 * the DuckDB variable `corpuslab_run` names. Rows without a line in a sidecar have nulls there. The same for the same
 * sidecars, wherever the run stands.
 * @example viewSql({ sidecars: [{ folder: "flags/length.v1", columns: [] }] })
 */
export function viewSql({ sidecars, rows = true, decisions = true }: ViewOptions): string {
  return `${HEADER}
CREATE OR REPLACE VIEW rows AS
${rows ? rowsSelect(sidecars) : emptySelect(sidecars)};

CREATE OR REPLACE VIEW decisions AS
${
  decisions
    ? `SELECT ${DECISIONS.join(", ")} FROM read_parquet(${inRun("decisions/**/*.parquet")}, hive_partitioning = false)`
    : `SELECT ${DECISIONS.map((name) => `NULL::VARCHAR AS ${name}`).join(", ")} WHERE false`
};

CREATE OR REPLACE VIEW ledger AS
${ledgerSelect()};
`;
}

/**
 * Writes `<out>/view.sql` for the sidecars that stand in the run folder and returns its path. To be called again when
 * a sidecar is added.
 * @throws InputError when `out` is no run folder.
 */
export async function writeView(out: string): Promise<string> {
  const db = await Db.open({ threads: 1, memoryLimit: "200MB" });
  try {
    const run = await readRunFolder(db, out);
    const path = join(run.path, "view.sql");
    writeFileDurably(
      path,
      viewSql({
        sidecars: run.sidecars,
        rows: run.shards.length > 0,
        decisions: parquetFiles(join(run.path, "decisions")).length > 0,
      }),
    );
    return path;
  } finally {
    db.close();
  }
}

function rowsSelect(sidecars: ViewOptions["sidecars"]): string {
  const columns = sidecars.flatMap(({ columns }, i) =>
    columns.map(({ name, shownAs }) => {
      const column = `s${i + 1}.${quoteName(name)}`;
      return name === shownAs ? column : `${column} AS ${quoteName(shownAs)}`;
    }),
  );
  const joins = sidecars.map(
    ({ folder }, i) =>
      `LEFT JOIN read_parquet(${inRun(`${folder}/**/*.parquet`)}, hive_partitioning = false) s${i + 1}` +
      ` ON s${i + 1}.row_key = r.row_key`,
  );
  return [
    `SELECT ${["r.*", ...columns].join(",\n  ")}`,
    `FROM read_parquet(${inRun("rows/**/*.parquet")}, hive_partitioning = false) r`,
    ...joins,
  ].join("\n");
}

/** SELECT of no rows, with the columns that a run has. */
export function emptySelect(sidecars: ViewOptions["sidecars"]): string {
  const columns = [
    ...Object.entries(ROW_COLUMNS),
    ...sidecars.flatMap(({ columns }) => columns.map(({ shownAs, type }) => [shownAs, type] as const)),
  ];
  return `SELECT ${columns.map(([name, type]) => `NULL::${type} AS ${quoteName(name)}`).join(",\n  ")}\nWHERE false`;
}

/** SELECT of the lines of the ledger. */
export function ledgerSelect(): string {
  return (
    `SELECT line.* FROM (SELECT unnest(splits) AS line\n` +
    `FROM read_json(${inRun("ledger.json")}, columns = {splits: '${LEDGER_SPLIT}'}))`
  );
}

/** A path in the run folder, for the views: `[` starts a character class in a DuckDB file pattern, so it is escaped in the folder's path. */
export function inRun(pattern: string): string {
  const escaped = pattern.replaceAll("[", "[[]").replaceAll("'", "''");
  return `replace(coalesce(getvariable('corpuslab_run'), '.'), '[', '[[]') || '/${escaped}'`;
}
