/** A finished run as one relation: its canonical rows joined with every sidecar and with the workspace's labels. */

import { join } from "node:path";
import { quoteList, quoteName, quoteText } from "../db";
import { labelOverlays } from "../label/label-columns";
import { workspaceLabels } from "../label/log";
import { reviewOverlay } from "../label/review-columns";
import { datasetsOfRun, type RunFolder } from "../run-folder";
import { hiddenVerdict, layeredRows, shownVerdict } from "../run-folder/layered-rows";
import { isLayer, readLayeredRun } from "../run-folder/layers";
import { REVIEWS_SIDECAR } from "../run-folder/review-columns";
import { rowCounts } from "../run-folder/row-counts";
import { runRows } from "../run-folder/run-rows";
import { alignedSidecars } from "./aligned-sidecars";
import { withDb } from "./db-pool";
import { firstKept } from "./first-kept";
import { ID_FILE, ID_ROW, inGroups, PLAIN, type Relation, type Want } from "./relation";

/** The first rows of a run are looked for in this many shards, then in all. */
const LEADING = 64;

/** So many first rows of a pipeline's run are read by their places; of more, all that stands before them is read. */
const MOST_PICKED = 2_000;

/** Sidecar that holds the labels of an earlier moment: what the log says now goes before it. */
const LABELS = /^flags\/labels\.v\d+$/;

export interface RunRelationOptions {
  /** Of a pipeline's run: also the rows that it dropped, with the columns `kept`, `dropped_by` and `drop_reason`. */
  readonly dropped?: boolean;
}

/**
 * The rows of the run in `folder` (of a pipeline's run those that it kept, rewritten texts in place) with the columns that
 * `rows` of its view.sql has, and the label and patch columns of the workspace where its log speaks of the run's datasets. Sidecars that have the same rows in the same order are laid
 * beside the rows: a query then reads the columns that it speaks of and no others, in shard order. Others are joined by
 * row_key, which reads them whole, and keeps the order only when it is read by one thread.
 */
export function runRelation(folder: string, { dropped = false }: RunRelationOptions = {}): Relation {
  let read: Promise<RunFolder> | null = null;
  let datasets: string[] | null | undefined;
  const readRun = (signal?: AbortSignal): Promise<RunFolder> => {
    read ??= withDb((db) => readLayeredRun(db, folder), { signal }).catch((error: unknown) => {
      read = null;
      throw error;
    });
    return read;
  };
  const counted = (paths: readonly string[], signal: AbortSignal | undefined) =>
    withDb((db) => rowCounts(db, paths), { signal });
  const pathsIn = (run: RunFolder, inside: string, shards: readonly string[]) =>
    shards.map((shard) => join(run.path, inside, shard));
  const relation: Relation = {
    async identity(signal) {
      const run = await readRun(signal);
      return { kind: "key", files: pathsIn(run, "rows", run.shards) };
    },
    async rows(signal) {
      const run = await readRun(signal);
      return sum(await counted(pathsIn(run, "rows", run.shards), signal));
    },
    async parts(rows, signal) {
      const run = await readRun(signal);
      const counts = await counted(pathsIn(run, "rows", run.shards), signal);
      const groups = inGroups(run.shards, counts, rows);
      return await Promise.all(
        groups.map(async (group) => ({
          sql: await render(run, PLAIN, { n: null, shards: group.items }, signal),
          rows: group.rows,
        })),
      );
    },
    async first(n, want, signal) {
      const run = await readRun(signal);
      const counts = await counted(pathsIn(run, "rows", run.shards.slice(0, LEADING)), signal);
      let shards = 0;
      for (let rows = 0; shards < counts.length && rows < n; shards++) rows += counts[shards]!;
      const isEnough = sum(counts) >= n;
      const enough = isEnough ? run.shards.slice(0, Math.max(1, shards)) : run.shards;
      return await render(run, want, { n, shards: enough }, signal);
    },
    async sql(want, signal) {
      const run = await readRun(signal);
      return await render(run, want, { n: null, shards: run.shards }, signal);
    },
  };
  // How many rows of a shard a pipeline kept stands in no footer.
  if (isLayer(folder)) {
    return {
      identity: relation.identity,
      sql: relation.sql,
      async first(n, want, signal) {
        const run = await readRun(signal);
        if (n > MOST_PICKED || run.shards.length === 0)
          return `select * from (${await relation.sql(want, signal)}) limit ${n}`;
        const only = await withDb((db) => firstKept(db, run, n, { dropped }), { signal });
        const rows = await relation.sql({ ...want, ids: true, only }, signal);
        const place = `list_position(${quoteList([...only.keys()])}::varchar[], ${ID_FILE}), ${ID_ROW}`;
        return `select ${want.ids ? "*" : `* exclude (${ID_FILE}, ${ID_ROW})`} from (${rows}) order by ${place}`;
      },
    };
  }
  return relation;

  /** The first `n` rows (null: all), which stand in `shards`. */
  async function render(
    run: RunFolder,
    want: Want,
    { n, shards }: { readonly n: number | null; readonly shards: readonly string[] },
    signal: AbortSignal | undefined,
  ): Promise<string> {
    if (run.shards.length === 0) {
      const ids = want.ids ? `, '' as ${ID_FILE}, 0 as ${ID_ROW}` : "";
      return `select null::varchar as row_key${ids} where false`;
    }
    datasets ??= datasetsOfRun(run.path);
    const said = labelOverlays(workspaceLabels(), datasets);
    const reviews = run.columns.some(({ name }) => name === "text_id")
      ? reviewOverlay(workspaceLabels(), datasets)
      : null;
    const overlays = reviews === null ? said : [...said, reviews];
    const sidecars = run.sidecars.filter(
      ({ folder: sidecar }) =>
        (said.length === 0 || !LABELS.test(sidecar)) && (reviews === null || sidecar !== REVIEWS_SIDECAR),
    );
    const aligned = await withDb((db) => alignedSidecars(db, run), { signal });
    const rows =
      run.layers.length === 0
        ? runRows({ run, sidecars, aligned, shards, n, only: want.only ?? null, ids: want.ids })
        : decidedRows(run, sidecars, aligned, want);
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
    const shown = overlays.flatMap(({ columns: names, shown: made }, i) => {
      const from = (name: string) => `__corpuslab_o${i}.${quoteName(name)}`;
      const columns = made?.(from(names[0]!), "text_id") ?? names.map((name) => ({ name, sql: from(name) }));
      return columns.map(
        ({ name, sql }) => `${sql} as ${quoteName(taken.has(name) ? `labels_${name}` : name)}`,
      );
    });
    const inner = overlays.map((_, i) => `__corpuslab_o${i}`).join(", ");
    return `select * exclude (${inner}), ${shown.join(", ")} from (select t.*, ${found.join(", ")} from (${rows}) t)`;
  }

  /** The rows of a run with layers: those that the last one kept, or all of them with what became of each. */
  function decidedRows(
    run: RunFolder,
    sidecars: RunFolder["sidecars"],
    aligned: ReadonlySet<string>,
    { ids, only }: Want,
  ): string {
    const overlays = run.layers.flatMap((layer) => layer.overlays);
    // Only places that this relation gave are asked for, so the rows are kept ones.
    if (only !== undefined && !dropped) {
      const picked = layeredRows({
        ...{ run, sidecars, aligned, only, overlays, ids: true, shards: run.shards, n: null, verdicts: null },
      });
      return ids ? picked : `select * exclude (${ID_FILE}, ${ID_ROW}) from (${picked})`;
    }
    const rows = layeredRows({
      ...{ run, sidecars, aligned, ids: ids || only !== undefined, shards: run.shards, n: null },
      overlays,
      verdicts: { files: run.layers.at(-1)!.verdicts, from: null },
    });
    const shown = dropped ? `, ${shownVerdict()}` : "";
    const conditions = [
      ...(dropped ? [] : ["__corpuslab_kept"]),
      ...(only
        ? [
            `(${[...only].map(([file, numbers]) => `${ID_FILE} = ${quoteText(file)} and ${ID_ROW} in (${numbers.join(", ")})`).join(" or ")})`,
          ]
        : []),
    ];
    const where = conditions.length > 0 ? ` where ${conditions.join(" and ")}` : "";
    const hidden = only !== undefined && !ids ? `${hiddenVerdict()}, ${ID_FILE}, ${ID_ROW}` : hiddenVerdict();
    return `select * exclude (${hidden})${shown} from (${rows})${where}`;
  }
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
