/** A finished run as one relation: its canonical rows joined with every sidecar and with the workspace's labels. */

import { join } from "node:path";
import { literalPath, quoteName, quoteText } from "../db";
import { labelOverlays } from "../label/label-columns";
import { workspaceLabels } from "../label/log";
import { datasetsOfRun, type RunFolder, readParquet, readRunFolder, type Sidecar } from "../run-folder";
import { withDb } from "./db-pool";
import { ID_FILE, ID_ROW, type Relation, type Want } from "./relation";

/** The first rows of a run are looked for in this many shards, then in all. */
const LEADING = 64;

/** Sidecar that holds the labels of an earlier moment: what the log says now goes before it. */
const LABELS = /^flags\/labels\.v\d+$/;

/**
 * The rows of the run in `folder` with the columns that `rows` of its view.sql has, and the label and patch columns of
 * the workspace where its log speaks of the run's datasets. In shard order when it is read by one thread: DuckDB's joins
 * on several threads hand on their blocks in any order.
 */
export function runRelation(folder: string): Relation {
  let read: Promise<RunFolder> | null = null;
  let datasets: string[] | null | undefined;
  const readRun = (signal?: AbortSignal): Promise<RunFolder> => {
    read ??= withDb((db) => readRunFolder(db, folder), { signal }).catch((error: unknown) => {
      read = null;
      throw error;
    });
    return read;
  };
  const pathsIn = (run: RunFolder, inside: string, shards: readonly string[]) =>
    shards.map((shard) => join(run.path, inside, shard));
  return {
    async identity(signal) {
      const run = await readRun(signal);
      return { kind: "key", files: pathsIn(run, "rows", run.shards) };
    },
    async rows(signal) {
      const run = await readRun(signal);
      return sum(await rowCounts(pathsIn(run, "rows", run.shards), signal));
    },
    async first(n, want, signal) {
      const run = await readRun(signal);
      const counts = await rowCounts(pathsIn(run, "rows", run.shards.slice(0, LEADING)), signal);
      let shards = 0;
      for (let rows = 0; shards < counts.length && rows < n; shards++) rows += counts[shards]!;
      const isEnough = sum(counts) >= n;
      return render(run, want, {
        n,
        shards: isEnough ? run.shards.slice(0, Math.max(1, shards)) : run.shards,
      });
    },
    async sql(want, signal) {
      const run = await readRun(signal);
      return render(run, want, { n: null, shards: run.shards });
    },
  };

  /** The first `n` rows (null: all), which stand in `shards`. Sidecars have the same rows shard for shard. */
  function render(
    run: RunFolder,
    want: Want,
    { n, shards }: { readonly n: number | null; readonly shards: readonly string[] },
  ): string {
    if (run.shards.length === 0) {
      const ids = want.ids ? `, '' as ${ID_FILE}, 0 as ${ID_ROW}` : "";
      return `select null::varchar as row_key${ids} where false`;
    }
    datasets ??= datasetsOfRun(run.path);
    const overlays = labelOverlays(workspaceLabels(), datasets);
    const sidecars = run.sidecars.filter((sidecar) => overlays.length === 0 || !LABELS.test(sidecar.folder));
    const columns = sidecars.flatMap((sidecar, i) =>
      sidecar.columns.map(({ name, shownAs }) => `s${i}.${quoteName(name)} as ${quoteName(shownAs)}`),
    );
    const parquet = (inside: string, shards: readonly string[]) =>
      readParquet(pathsIn(run, inside, shards), ", union_by_name = true");
    const joins = sidecars.map(
      (sidecar, i) =>
        `left join ${parquet(sidecar.folder, sameShards(sidecar, shards))} s${i} on s${i}.row_key = r.row_key`,
    );
    const from = parquet("rows", shards);
    const head =
      n === null
        ? from
        : `(select *${want.ids ? ", filename, file_row_number" : ""} from ${from} limit ${n})`;
    const ids = want.ids ? [`r.filename as ${ID_FILE}`, `r.file_row_number as ${ID_ROW}`] : [];
    const rows = `select ${["r.*", ...columns, ...ids].join(", ")} from ${head} r ${joins.join(" ")}`;
    if (overlays.length === 0) return rows;
    const taken = new Set(
      [
        ...run.columns.map(({ name }) => name),
        ...sidecars.flatMap((s) => s.columns.map((c) => c.shownAs)),
      ].map((name) => name.toLowerCase()),
    );
    // A scalar sub-query keeps the order of the rows; a left join would put the few that match first.
    const found = overlays.map(({ sql, columns: names }, i) => {
      const struct = names.map((name) => `${quoteName(name)}: l.${quoteName(name)}`).join(", ");
      return `(select {${struct}} from ${sql} l where l.row_key = t.row_key) as __corpuslab_o${i}`;
    });
    const shown = overlays.flatMap(({ columns: names }, i) =>
      names.map((name) => {
        const as = taken.has(name) ? `labels_${name}` : name;
        return `__corpuslab_o${i}.${quoteName(name)} as ${quoteName(as)}`;
      }),
    );
    const inner = overlays.map((_, i) => `__corpuslab_o${i}`).join(", ");
    return `select * exclude (${inner}), ${shown.join(", ")} from (select t.*, ${found.join(", ")} from (${rows}) t)`;
  }
}

/** The sidecar's shards of the same names; all of them where one is missing. */
function sameShards(sidecar: Sidecar, shards: readonly string[]): readonly string[] {
  const has = new Set(sidecar.shards);
  return shards.every((shard) => has.has(shard)) ? shards : sidecar.shards;
}

/** Rows of each file, from its footer. */
async function rowCounts(paths: readonly string[], signal: AbortSignal | undefined): Promise<number[]> {
  if (paths.length === 0) return [];
  const list = paths.map((path) => quoteText(literalPath(path))).join(", ");
  const sql = `select file_name, num_rows from parquet_file_metadata([${list}])`;
  const lines = await withDb((db) => db.all<{ file_name: string; num_rows: number }>(sql), { signal });
  const counts = new Map(lines.map(({ file_name, num_rows }) => [file_name, num_rows]));
  return paths.map((path) => counts.get(path) ?? 0);
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
