/** `why(row)`: is it in or out of the run, at which stage, and why. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Db, quoteName, quoteText } from "../db";
import { InputError } from "../errors";
import { type LabelAct, type PatchAct, readLabels, readPatches } from "../label/acts";
import { workspaceLabels } from "../label/log";
import { noReviewColumns, reviewOverlay, shownColumns } from "../label/review-columns";
import type { Run } from "../run/run";
import { type Column, parquetFiles, type RunFolder, readParquet, readRunFolder } from "../run-folder";
import { OVERLAY_COLUMNS } from "../run-folder/layered-rows";
import { readLayeredRun } from "../run-folder/layers";
import { REVIEW_COLUMNS, REVIEWS_SIDECAR } from "../run-folder/review-columns";
import { withDb } from "../table/db-pool";
import { findWorkspace } from "../workspace";
import { type AskOptions, askedRun, type RowOrKey } from "./asked-run";
import { baseRun, findRowsThrough } from "./base-run";
import { duplicateCluster, keptRow } from "./duplicate-cluster";
import type { FoundRow } from "./find-rows";
import { layerLives } from "./layer-life";
import { notFound } from "./not-found";
import { poolVerdicts } from "./pool-verdicts";
import { findQuarantined } from "./quarantined-row";
import { type Decision, Why, type WhyRow } from "./why-answer";

export interface WhyOptions extends AskOptions {
  /** Folder of the pools; default `pools` in the run folder. */
  readonly pools?: string;
  /** Folder of the steps' versions, by which a pipeline's steps are asked again; default pipelines/ of the workspace. */
  readonly pipelines?: string;
  readonly signal?: AbortSignal;
}

/** Rows that are told in full; an id may stand on thousands. */
const TOLD = 20;

/**
 * The life of a row in a run: where it was read, whether it is kept, refused or quarantined, at which stage, by which
 * version and why; its flags, its exact duplicates, which pools hold it and which condition keeps it out of the others,
 * and what was said about it. Of a pipeline's run also each step that it reached: what the step read, what it answered,
 * what it wrote, and whether the same version answers so when it is asked again now. `row` is a row of a run, or a row_key, id or text_id; of an id that several rows have, each
 * is told. Reads columns that name rows, and one row of the others: no texts. Shows itself in a notebook.
 * @throws InputError when the run does not have the row, saying what was looked through.
 * @example await why((await run.rows().then((ds) => ds.head(1).toArray()))[0])
 */
export async function why(row: RowOrKey, options: WhyOptions = {}): Promise<Why> {
  const { run, because, key } = askedRun("why", row, options);
  const { signal } = options;
  return await withDb(
    async (db) => {
      const base = baseRun(run);
      const folder = await readLayeredRun(db, run.out);
      const { rows, by } = await findRowsThrough(db, folder, key);
      if (rows.length === 0) {
        const { row: quarantined, lines } = await findQuarantined(base.out, base.manifest, key);
        if (quarantined) return new Why(key, run.out, because, 1, [], quarantined);
        throw notFound("why", key, by, base, lines);
      }
      const own = folder.layers.length === 0 ? folder : await readRunFolder(db, base.out);
      const told: WhyRow[] = [];
      for (const found of rows.slice(0, TOLD)) {
        const layers =
          found.refusal || folder.layers.length === 0
            ? []
            : await layerLives(folder, found, livesOptions(run, options));
        const isIn = !found.refusal && layers.every(({ kept }) => kept);
        const row = await tell(db, base, own, found);
        const pools = await tellPools(db, folder, found, isIn, options.pools ?? join(run.out, "pools"));
        told.push({ ...row, ...pools, layers });
      }
      return new Why(key, run.out, because, rows.length, told, null);
    },
    { signal },
  );
}

/** Versions are sought in the workspace of the one who asks, then in that of the run. */
function livesOptions(run: Run, { pipelines, signal }: WhyOptions) {
  const workspaces = [findWorkspace(), findWorkspace(run.out)].filter((one) => one !== null);
  const folders = [...new Set(workspaces.map((one) => join(one, "pipelines")))];
  return { pipelines: pipelines === undefined ? folders : [pipelines], signal };
}

async function tell(
  db: Db,
  run: Run,
  folder: RunFolder,
  found: FoundRow,
): Promise<Omit<WhyRow, "layers" | "pools" | "poolsFolder">> {
  const decisions = await decisionsOn(db, run.out, found.rowKey);
  const one = oneRow(folder, found);
  const values = (await db.all(one.sql))[0];
  if (!values) throw new InputError(`${run.out}/${found.file} changed while it was read: ask again`);
  const sidecars = one.sidecars.map(({ folder: name, columns }) => ({
    sidecar: name,
    values: Object.fromEntries(columns.map(({ shownAs }) => [shownAs, values[shownAs] ?? null])),
  }));
  const marked = values.quality_duplicate_of;
  const duplicateOf =
    typeof marked === "string"
      ? marked
      : keptRow(decisions.find((d) => keptRow(d.evidence))?.evidence ?? null);
  return {
    found,
    decisions,
    quality: Object.fromEntries(
      folder.columns.flatMap(({ name }) => (name.startsWith("quality_") ? [[name, values[name]]] : [])),
    ),
    facts: Object.fromEntries(
      FACTS.filter((name) => values[name] !== null && values[name] !== undefined).map((name) => [
        name,
        values[name],
      ]),
    ),
    sidecars,
    duplicates: await duplicateCluster(db, run.out, found.rowKey, duplicateOf),
    ...saidAbout(found.rowKey),
  };
}

/** What the pools in `pools` say of a row; nothing of one that is not in (`isIn`). `folder`: with all layers. */
async function tellPools(
  db: Db,
  folder: RunFolder,
  found: FoundRow,
  isIn: boolean,
  pools: string,
): Promise<Pick<WhyRow, "pools" | "poolsFolder">> {
  const { rowKey, sourceRow } = found;
  const verdicts = isIn
    ? await poolVerdicts(db, pools, {
        rowKey,
        sourceRow,
        ...withReviews(oneRow(withoutReviews(folder), found, true)),
      })
    : null;
  return { pools: verdicts, poolsFolder: existsSync(join(pools, "pools.json")) ? pools : null };
}

/** What the log says of reviews now goes before what a sidecar says of an earlier moment. */
function withoutReviews(folder: RunFolder): RunFolder {
  return { ...folder, sidecars: folder.sidecars.filter((sidecar) => sidecar.folder !== REVIEWS_SIDECAR) };
}

function withReviews({ sql, columns }: { sql: string; columns: Column[] }): {
  sql: string;
  columns: Column[];
} {
  const overlay = reviewOverlay(workspaceLabels(), null);
  const shown = overlay === null ? noReviewColumns() : shownColumns("rv.by_text", "r.text_id");
  const join = overlay === null ? "" : ` left join ${overlay.sql} rv on rv.row_key = r.row_key`;
  const types = Object.entries(REVIEW_COLUMNS).map(([name, type]) => ({ name, type }));
  return {
    sql: `select r.*, ${shown.map(({ name, sql: of }) => `${of} as ${quoteName(name)}`).join(", ")} from (${sql}) r${join}`,
    columns: [...columns, ...types],
  };
}

const FACTS = ["loss_mode", "template", "stats_char_len", "stats_approx_tokens", "meta_domain"];

/**
 * SQL for the row itself with the values of its sidecars, and what its columns are. With `texts` a text is the one that
 * the last pipeline over `folder` left.
 */
function oneRow(
  folder: RunFolder,
  { file, shard, rowKey, sourceRow, refusal }: FoundRow,
  texts = false,
): { sql: string; columns: Column[]; sidecars: RunFolder["sidecars"] } {
  const sidecars = refusal ? [] : folder.sidecars.filter((sidecar) => sidecar.shards.includes(shard));
  const where = `source_row = ${sourceRow} and row_key = ${quoteText(rowKey)}`;
  const heavy = texts ? "" : " exclude (text, messages)";
  const values = sidecars.flatMap((sidecar, i) =>
    sidecar.columns.map(({ name, shownAs }) => `s${i}.${quoteName(name)} as ${quoteName(shownAs)}`),
  );
  const columns: Column[] = [
    ...folder.columns,
    ...sidecars.flatMap((sidecar) => sidecar.columns.map(({ shownAs, type }) => ({ name: shownAs, type }))),
  ];
  const missing = DUPLICATE_COLUMNS.filter(({ name }) => !columns.some((column) => column.name === name));
  const nulls = missing.map(({ name, type }) => `null::${type} as ${quoteName(name)}`);
  const joins = sidecars.map(
    (sidecar, i) =>
      `left join (select * from ${readParquet([join(sidecar.path, shard)])} where row_key = ${quoteText(rowKey)}) s${i} on true`,
  );
  const rewritten = texts && !refusal ? folder.layers.flatMap(({ overlays }) => overlays) : [];
  const replaced = Object.keys(OVERLAY_COLUMNS).map((name) => {
    const cases = rewritten.map((_, i) => `when o${i}.text_id is not null then o${i}.${name}`).reverse();
    return `case ${cases.join(" ")} else r.${name} end as ${name}`;
  });
  const own = rewritten.length === 0 ? "r.*" : `r.* replace (${replaced.join(", ")})`;
  joins.push(
    ...rewritten.map(
      (path, i) =>
        `left join (select * from ${readParquet([join(path, shard)])} where row_key = ${quoteText(rowKey)}) o${i} on true`,
    ),
  );
  return {
    sql:
      `select ${[own, ...values, ...nulls].join(", ")} from (select *${heavy} from ` +
      `${readParquet([join(folder.path, file)])} where ${where} limit 1) r ${joins.join(" ")}`,
    columns: [...columns, ...missing],
    sidecars,
  };
}

const DUPLICATE_COLUMNS: readonly Column[] = [
  { name: "quality_is_duplicate", type: "BOOLEAN" },
  { name: "quality_duplicate_of", type: "VARCHAR" },
];

async function decisionsOn(db: Db, run: string, rowKey: string): Promise<Decision[]> {
  const files = parquetFiles(join(run, "decisions")).map((name) => join(run, "decisions", name));
  if (files.length === 0) return [];
  return await db.all<Decision & Record<string, unknown>>(
    `select stage, version, action, reason, evidence from ${readParquet(files)} where row_key = ${quoteText(rowKey)}`,
  );
}

function saidAbout(rowKey: string): { labels: LabelAct[]; patches: PatchAct[] } {
  const folder = workspaceLabels();
  if (folder === null) return { labels: [], patches: [] };
  const mine = (act: { row_key: string }) => act.row_key === rowKey;
  return { labels: readLabels(folder).acts.filter(mine), patches: readPatches(folder).acts.filter(mine) };
}
