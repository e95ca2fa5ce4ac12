/** What a pipeline's run did with one row: each step that it reached, what the step read, said and says when asked again. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Db, quoteText } from "../db";
import { listFiles } from "../engine/commit";
import { errorText, InputError } from "../errors";
import type { Part } from "../pipeline/parts";
import { type Layer, type RunFolder, readParquet, readSidecars } from "../run-folder";
import { stepFolder } from "../run-folder/layer-manifest";
import { rowCounts } from "../run-folder/row-counts";
import { verdictSlice } from "../run-folder/verdict-slice";
import type { PinnedStep } from "../steps/pinned-step";
import { pinStep } from "../steps/pinned-step";
import { alignedSidecars } from "../table/aligned-sidecars";
import { type AskedAgain, askAgain, type StepOutcome, type StepPlace, type StoredAnswer } from "./ask-again";
import type { FoundRow } from "./find-rows";

export interface StepLife {
  /** `keep_short@2` */
  readonly step: string;
  readonly kind: Layer["manifest"]["steps"][number]["kind"];
  readonly form: Layer["manifest"]["steps"][number]["form"];
  readonly params: Readonly<Record<string, unknown>>;
  readonly outcome: StepOutcome;
  /** Why it was dropped. */
  readonly reason: string | null;
  /** What the step threw, from quarantine/. */
  readonly message: string | null;
  /** Values of a flag as they were written, or the new text. */
  readonly wrote: Readonly<Record<string, unknown>> | null;
  /** Null for steps that were not reached. */
  readonly again: AskedAgain | null;
}

export interface LayerLife {
  /** Folder of the pipeline's run. */
  readonly run: string;
  readonly pipeline: string;
  /** Whether the row is in after it. */
  readonly kept: boolean;
  readonly steps: readonly StepLife[];
}

export interface LivesOptions {
  /** Folders of versions, the first that has a step's version counts. */
  readonly pipelines: readonly string[];
  readonly signal?: AbortSignal | undefined;
}

interface Verdict {
  readonly kept: boolean;
  readonly step: string | null;
  readonly reason: string | null;
}

/** A layer after the other, from the first pipeline that ran over the row. */
export async function layerLives(
  folder: RunFolder,
  found: FoundRow,
  { pipelines, signal }: LivesOptions,
): Promise<LayerLife[]> {
  const db = await Db.open({ threads: 1, ...(signal ? { signal } : {}) });
  try {
    await db.run("set disabled_optimizers = 'build_side_probe_side'"); // as the executor reads rows
    const counts = await rowCounts(
      db,
      folder.shards.map((shard) => join(folder.path, "rows", shard)),
    );
    const at = folder.shards.indexOf(found.shard);
    const shards = folder.shards.map((name, i) => ({ name, rows: counts[i]!, split: 0 }));
    const start = sum(counts.slice(0, at));
    const one: Part = { id: "one", start, rows: counts[at]!, shards: [shards[at]!] };
    const all: Part = { id: "all", start: 0, rows: sum(counts), shards };
    const lives: LayerLife[] = [];
    let before: Verdict = { kept: true, step: null, reason: null };
    for (const [i, layer] of folder.layers.entries()) {
      const below = folder.layers.slice(0, i);
      const paths = [folder.path, ...below.map(({ path }) => path)];
      const input: RunFolder = {
        ...folder,
        layers: below,
        sidecars: await readSidecars(db, paths, folder.columns),
      };
      const verdict = await verdictOf(db, layer, start + found.position, one.rows);
      const place = { db, layer, input, one, all, rowKey: found.rowKey, shard: found.shard };
      lives.push(
        await lifeIn({ ...place, aligned: await alignedSidecars(db, input) }, before, verdict, pipelines),
      );
      before = verdict;
    }
    return lives;
  } finally {
    db.close();
  }
}

async function lifeIn(
  place: Omit<StepPlace, "done" | "later">,
  before: Verdict,
  verdict: Verdict,
  pipelines: readonly string[],
): Promise<LayerLife> {
  const { layer, rowKey } = place;
  const { steps, name } = layer.manifest;
  const end = !before.kept
    ? -1
    : verdict.kept
      ? steps.length
      : steps.findIndex(({ step }) => step === verdict.step);
  const done: PinnedStep[] = [];
  const lives: StepLife[] = [];
  for (const [i, { step: ref, kind, form, params, digest }] of steps.entries()) {
    const common = { step: ref, kind, form, params };
    if (i > end) {
      const nothing = { reason: null, message: null, wrote: null, again: null };
      lives.push({ ...common, ...nothing, outcome: "not reached" });
      continue;
    }
    const stored = await storedAnswer(place, { ref, kind }, i === end ? verdict : null);
    const pinned = findPinned(pipelines, ref, { params, digest });
    const later = steps.slice(i).map(({ step }) => step);
    const again =
      typeof pinned === "string"
        ? { read: null, answer: null, same: null, note: pinned }
        : await askAgain(pinned, { ...place, done: [...done], later }, stored);
    if (typeof pinned !== "string") done.push(pinned);
    const message = stored.outcome === "failed" ? quarantineMessage(layer.path, rowKey, ref) : null;
    const { outcome, reason, wrote } = stored;
    lives.push({ ...common, outcome, reason, message, wrote, again });
  }
  return { run: layer.path, pipeline: name, kept: verdict.kept, steps: lives };
}

/** What the layer's files say of the row at a step that it reached. `verdict`: where it ended there. */
async function storedAnswer(
  { db, layer, shard, rowKey }: Pick<StepPlace, "db" | "layer" | "shard" | "rowKey">,
  { ref, kind }: { readonly ref: string; readonly kind: StepLife["kind"] },
  verdict: Verdict | null,
): Promise<StoredAnswer> {
  if (verdict) {
    return {
      outcome: verdict.reason === "error" ? "failed" : "dropped",
      reason: verdict.reason,
      wrote: null,
    };
  }
  if (kind === "filter") return { outcome: "passed", reason: null, wrote: null };
  const path = join(layer.path, stepFolder(kind === "flag" ? "flags" : "overlays", ref), shard);
  const rows = existsSync(path)
    ? await db.all(
        `select * exclude (row_key) from ${readParquet([path])} where row_key = ${quoteText(rowKey)}`,
      )
    : [];
  const wrote = rows[0] ?? null;
  if (kind === "flag") return { outcome: "flagged", reason: null, wrote };
  const isNew = wrote !== null && wrote.text_id !== null;
  return { outcome: isNew ? "rewritten" : "unchanged", reason: null, wrote: isNew ? wrote : null };
}

/** The verdict over the row at a place among all rows. */
async function verdictOf(db: Db, { path, verdicts }: Layer, place: number, rows: number): Promise<Verdict> {
  const counts = await rowCounts(db, verdicts);
  const files = verdicts.map((file, i) => ({ path: file, rows: counts[i]! }));
  const slice = verdictSlice(files, { start: place, rows: Math.min(1, rows) });
  const [found] = await db.all<{ kept: boolean; step: string | null; reason: string | null }>(
    slice?.files[0]
      ? `select kept, step, reason from ${readParquet([slice.files[0]], ", file_row_number = true")}
         where file_row_number = ${slice.from?.offset ?? 0}`
      : "select 1 where false",
  );
  if (found) return found;
  throw new InputError(
    `${path}: verdicts/ says nothing of row ${place}; run the pipeline again with --overwrite`,
  );
}

/** The very version that ran, every byte of which is as it was; else why there is none. */
function findPinned(
  pipelines: readonly string[],
  ref: string,
  { params, digest }: { readonly params: Readonly<Record<string, unknown>>; readonly digest: string },
): PinnedStep | string {
  const [name = "", version = ""] = ref.split("@");
  const folder = pipelines.find((one) => existsSync(join(one, name, `v${version}`)));
  if (folder === undefined) {
    const looked = pipelines.join(" and ") || "no workspace is here";
    return `its version is not here, so it was not asked again (looked in ${looked}); name its folder with --pipelines DIR`;
  }
  try {
    return pinStep(folder, ref, { params, digest });
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return `not asked again: ${errorText(error)}`;
  }
}

function quarantineMessage(folder: string, rowKey: string, ref: string): string | null {
  for (const name of listFiles(join(folder, "quarantine"))) {
    for (const line of readFileSync(join(folder, "quarantine", name), "utf8").split("\n")) {
      if (!line.includes(JSON.stringify(rowKey))) continue;
      const said = JSON.parse(line) as { row_key: string; step: string; version: number; message: string };
      if (said.row_key === rowKey && `${said.step}@${said.version}` === ref) return said.message;
    }
  }
  return null;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, n) => total + n, 0);
}
