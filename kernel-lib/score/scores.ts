/** The scores that a run has: which there are, which have the plain column names, how two of them differ. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { Db, quoteName } from "../db";
import { lockRun } from "../engine/lock";
import { InputError, nearestNames } from "../errors";
import { thousands } from "../notebook/counts";
import { datasetHtml } from "../notebook/dataset-html";
import { escapeHtml } from "../notebook/escape-html";
import { cell, number, table } from "../notebook/table-html";
import { writeView } from "../run/view";
import { parquetFiles, readParquet, readRunFolder } from "../run-folder";
import { chosenScores } from "../run-folder/scorers";
import { runFolder } from "./import-scores";
import { putScores, type ScoreCounts, writeCurrent } from "./put-scores";
import { comparedSql, type ReferenceFacts, readReference, scoreNames } from "./reference";
import { IFD_COLUMNS, REFERENCE_COLUMNS } from "./score-columns";

const manifestSchema = z.looseObject({
  model: z.string(),
  rows: z.number().optional(),
  scored: z.number().optional(),
  tokens: z.number().optional(),
  reference: z.looseObject({ name: z.string() }).optional(),
});

export interface ScoresOfRun {
  readonly name: string;
  readonly model: string;
  /** Whether its columns have the plain names. */
  readonly current: boolean;
  readonly rows: number;
  readonly scored: number;
  /** Scored tokens. */
  readonly tokens: number;
  /** Name of the scores that `nll_delta` is against. */
  readonly reference: string | null;
  /** Its columns as `open(run)`, pools and view.sql have them. */
  readonly columns: readonly string[];
}

/** The scores of a run by name. Shows itself in a notebook. */
export class ScoreList {
  constructor(readonly scores: readonly ScoresOfRun[]) {}

  toString(): string {
    if (this.scores.length === 0) return "no scores yet";
    return this.scores
      .map(
        ({ name, model, current, rows, scored, tokens, reference, columns }) =>
          `${name}${current ? " (current)" : ""}  ${model}: ${scored.toLocaleString("en-US")} of ${rows.toLocaleString("en-US")} rows, ` +
          `${tokens.toLocaleString("en-US")} tokens${reference === null ? "" : `, against ${reference}`}\n  ${columns.join(", ")}`,
      )
      .join("\n");
  }

  [Symbol.for("corpuslab.display")](): Record<string, string> {
    const lines = this.scores.map(({ name, model, current, rows, scored, tokens, reference, columns }) => [
      cell(`<b>${escapeHtml(name)}</b>${current ? " (current)" : ""}`, "white-space:nowrap"),
      cell(escapeHtml(model)),
      ...[scored, rows, tokens].map((n) => number(thousands(n))),
      cell(escapeHtml(reference ?? "")),
      cell(
        escapeHtml(columns.filter((column) => /^(nll_mean|nll_delta|percentile)/.test(column)).join(", ")),
      ),
    ]);
    const heads = ["scores", "model", "scored", "rows", "tokens", "against", "columns, among others"];
    return {
      "text/plain": this.toString(),
      "text/html": datasetHtml(table(heads, lines)),
    };
  }
}

/**
 * The scores in a run's `scores/`. The current ones have the plain column names (`nll_mean`, `ppl`, `percentile_within_split` …);
 * the columns of others end with their name (`nll_mean_tiny`), so both are there for every filter, plot and policy.
 * @throws InputError when the folder holds no finished run.
 * @example await listScores("out/demo")
 */
export async function listScores(run: string | { readonly out: string }): Promise<ScoreList> {
  const out = runFolder(run);
  const db = await Db.open({ threads: 1, memoryLimit: "200MB" });
  try {
    const { sidecars } = await readRunFolder(db, out);
    const names = scoreNames(out);
    const chosen = chosenScores([out]);
    const current = names.find((name) => `scores/${name}.v1` === chosen) ?? names[0];
    const found = names.map((name): ScoresOfRun => {
      const { model, rows = 0, scored = 0, tokens = 0, reference } = readManifest(out, name);
      const columns = sidecars.find(({ folder }) => folder === `scores/${name}.v1`)?.columns ?? [];
      return {
        ...{ name, model, current: name === current, rows, scored, tokens },
        reference: reference?.name ?? null,
        columns: columns.map(({ shownAs }) => shownAs),
      };
    });
    return new ScoreList(found);
  } finally {
    db.close();
  }
}

/**
 * The scores `name` have the plain column names from now on: policies, pools and view.sql that speak of `nll_mean` mean them.
 * @throws InputError for an unknown name, with those that are there.
 * @example await useScores("out/demo", "student-1000")
 */
export async function useScores(run: string | { readonly out: string }, name: string): Promise<ScoreList> {
  const out = runFolder(run);
  checkName(out, name);
  const unlock = lockRun(out);
  try {
    writeCurrent(out, name);
    await writeView(out);
  } finally {
    unlock();
  }
  return await listScores(out);
}

export interface Comparison extends ReferenceFacts {
  readonly counts: ScoreCounts;
}

/**
 * The scores `name` get the columns `reference_model`, `nll_delta` (nll_mean minus that of the scores `reference`, nats per
 * token, for rows that both scored over the same number of tokens) and `nll_delta_percentile` within the split. An earlier
 * comparison is replaced. The shards are written anew, whole or not at all.
 * @throws InputError when template, loss mode or stop-token choice differ, and when not one row compares.
 * @example await compareScores("out/demo", "student-1000", { reference: "student-0" })
 */
export async function compareScores(
  run: string | { readonly out: string },
  name: string,
  { reference }: { readonly reference: string },
): Promise<Comparison> {
  const out = runFolder(run);
  checkName(out, name);
  const unlock = lockRun(out);
  const db = await Db.open({ threads: 2, memoryLimit: "2GB" });
  try {
    const shards = parquetFiles(join(out, "rows"));
    const folder = join(out, "scores", `${name}.v1`);
    const own = readParquet(parquetFiles(folder).map((shard) => join(folder, shard)));
    const other = await readReference(db, out, reference, name);
    const columns = (await db.describe(`select * from ${own}`)).map((column) => column.name);
    const replaced = Object.keys(REFERENCE_COLUMNS).filter((column) => columns.includes(column));
    const lines = `select *${replaced.length > 0 ? ` exclude (${replaced.map(quoteName).join(", ")})` : ""} from ${own}`;
    const { sql, facts } = await comparedSql(db, lines, other);
    const manifest = { ...readManifest(out, name), reference: facts };
    const counts = await putScores(db, {
      ...{ run: { path: out, shards }, name, scored: sql, absent: "not_scored", compared: true },
      ifd: Object.keys(IFD_COLUMNS).every((column) => columns.includes(column)),
      ...{ manifest, use: false, overwrite: true, keep: true },
    });
    return { ...facts, counts };
  } finally {
    db.close();
    unlock();
  }
}

function checkName(out: string, name: string): void {
  const names = scoreNames(out);
  if (names.includes(name)) return;
  const near = nearestNames(name, names);
  throw new InputError(
    `scores ${name}: ${out} has none of that name; ${near.length > 0 ? `did you mean ${near[0]}?` : names.length > 0 ? `it has ${names.join(", ")}` : "score the run first (corpuslab score), or import scores"}`,
  );
}

function readManifest(out: string, name: string): z.infer<typeof manifestSchema> {
  const path = join(out, "scores", `${name}.v1`, "score.json");
  try {
    return manifestSchema.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch {
    return { model: name };
  }
}
