/** Vectors of a run's rows, beside them. */
import { existsSync, rmSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { committedResult, statePath, writeFileDurably } from "../engine/commit";
import { LocalEngine } from "../engine/local";
import { lockRun } from "../engine/lock";
import { runStage } from "../engine/run-stage";
import { InputError, ShardError } from "../errors";
import { interruptSignal } from "../interrupt";
import { type OnProgress, withProgress } from "../notebook/progress";
import { JOBS } from "../progress";
import { parquetFiles } from "../run-folder";
import { rowsBasis } from "../run-folder/rows-basis";
import type { EmbedSpec, EmbedSummary } from "./embed-task";
import {
  EMBEDDINGS,
  type EmbeddingsManifest,
  manifestPath,
  manifestText,
  readManifest,
  slug,
} from "./embeddings-folder";
import { type EncoderSpec, nameOf } from "./open-encoder";
import { type EncoderOptions, resolveEncoder } from "./resolve-encoder";
import { type EmbedView, VIEWS } from "./text-view";

export interface EmbedOptions extends EncoderOptions {
  /** Which text: the `prompt` (default), the `completion`, `all` of both, or the column `text` as it stands. */
  readonly view?: EmbedView;
  /** A column whose text is embedded in place of a view. */
  readonly column?: string;
  /** Worker threads; default one a core. Does not change the bytes. */
  readonly workers?: number;
  readonly onProgress?: OnProgress;
}

export interface EmbeddedRun {
  /** Absolute path of the run. */
  readonly run: string;
  /** Absolute path of the vectors' folder. */
  readonly folder: string;
  readonly manifest: EmbeddingsManifest;
  summary(): string;
}

/**
 * `embeddings/<model>.<view>.v1/` of the run holds a vector of length 1 for every row, shard for shard and in the order of
 * its rows: `row_key`, `embedding` (FLOAT[d]), `embedding_tokens`, `embedding_truncated`, and `embedding_reason` where there
 * is no vector. What is there already for the same rows and settings is kept, so a stopped call is continued by the same
 * call. Bytes do not depend on the workers. Memory: the model and a shard's vectors for each worker.
 *
 * @param model A folder with an ONNX encoder and its tokenizer.json, a repository of the Hub, or `words`: hashed words,
 *   no model.
 * @throws InputError for a folder that holds no finished run, and a model that is no encoder.
 * @throws ShardError when shards failed; the others are written.
 * @example const { manifest } = await embedRun("out/demo", "words")
 */
export async function embedRun(
  run: string | { readonly out: string },
  model: string,
  { view = "prompt", column, workers, signal = interruptSignal(), onProgress, ...options }: EmbedOptions = {},
): Promise<EmbeddedRun> {
  const out = resolve(typeof run === "string" ? run : run.out);
  const encoder = await resolveEncoder(model, { ...options, signal });
  const part = column === undefined ? view : `column-${slug(column)}`;
  const folder = `${EMBEDDINGS}/${slug(nameOf(encoder))}.${part}.v1`;
  if (!VIEWS.includes(view))
    throw new InputError(`embed: view "${view}", expected one of ${VIEWS.join(", ")}`);
  if (
    !["ledger.json", "run.json"].some((name) => existsSync(join(out, name))) ||
    !existsSync(join(out, "rows"))
  ) {
    throw new InputError(
      `embed ${out}: holds no finished run; expected the folder that corpuslab normalize … --out wrote`,
    );
  }
  const parts = parquetFiles(join(out, "rows"));
  if (parts.length === 0) throw new InputError(`embed ${out}: the run holds no rows`);
  const tasks = parts.map((name) => {
    const rows = join(out, "rows", name);
    const { size, mtimeMs } = statSync(rows);
    const spec: EmbedSpec = {
      ...{ encoder, view, column: column ?? null, rows },
      to: `${folder}/${name}`,
      basis: `${size} ${mtimeMs}`,
    };
    return { id: `${folder.split("/")[1]}/${name}`, spec, weight: size };
  });
  const weights = tasks.map(({ weight }) => weight);
  const stage = { name: "embed", module: "embed/embed-task", tasks, weights, out };
  return await withProgress(JOBS.embed, onProgress, async (report) => {
    const unlock = lockRun(out);
    const engine = new LocalEngine(workers === undefined ? {} : { workers });
    try {
      for (const { id, spec } of tasks) {
        if (!existsSync(join(out, spec.to))) rmSync(statePath(out, `done/embed/${id}.json`), { force: true });
      }
      // Until the last shard stands, a stopped call leaves vectors of two settings: nobody may take them for the old ones.
      if (tasks.some(({ id, spec }) => committedResult(out, stage.name, id, spec) === null))
        rmSync(manifestPath(join(out, folder)), { force: true });
      const { results, failures } = await runStage(engine, stage, { signal, onProgress: report });
      if (failures.length > 0) {
        const [first] = failures;
        if (failures.every(({ isInput }) => isInput)) throw new InputError(first!.message);
        throw new ShardError(
          `embed: ${failures.length} of ${tasks.length} shards failed, the others are written; run the same command again. ` +
            `First: ${first!.task}: ${first!.message}`,
        );
      }
      const summaries = [...results.values()].map(({ summary }) => summary as EmbedSummary);
      const manifest = manifestOf(summaries, { model, encoder, view, column: column ?? null });
      writeFileDurably(
        manifestPath(join(out, folder)),
        manifestText({ ...manifest, rows_basis: rowsBasis(out) }),
      );
      const finished = readManifest(join(out, folder));
      return {
        run: out,
        folder: join(out, folder),
        manifest: finished,
        summary: () => summaryOf(folder, out, finished),
      };
    } finally {
      await engine.close();
      unlock();
    }
  });
}

/** What embed.json says of vectors that were written in parts. */
export function manifestOf(
  summaries: readonly EmbedSummary[],
  made: {
    readonly model: string;
    readonly encoder: EncoderSpec;
    readonly view: EmbedView;
    readonly column: string | null;
  },
): EmbeddingsManifest {
  const sum = (of: (one: EmbedSummary) => number) => summaries.reduce((total, one) => total + of(one), 0);
  const reasons = [...new Set(summaries.flatMap(({ without }) => Object.keys(without)))].sort();
  const { model, view, column } = made;
  return {
    format: 1,
    ...{ model, encoder: portable(made.encoder), view, column },
    dimensions: summaries[0]?.dimensions ?? 0,
    rows: sum(({ rows }) => rows),
    embedded: sum(({ embedded }) => embedded),
    truncated: sum(({ truncated }) => truncated),
    without: Object.fromEntries(
      reasons.map((reason) => [reason, sum(({ without }) => without[reason] ?? 0)]),
    ),
  };
}

/** Without paths and threads: those are this machine's. */
function portable(encoder: EncoderSpec): EmbeddingsManifest["encoder"] {
  if (encoder.kind === "words") return encoder;
  const { kind, files, maxTokens, batchTokens, pooling, prefix } = encoder;
  const { name, digest } = files;
  return { kind, name, digest, maxTokens, batchTokens, pooling, prefix };
}

function summaryOf(folder: string, out: string, manifest: EmbeddingsManifest): string {
  const { encoder, dimensions, rows, embedded, truncated, without } = manifest;
  const number = (n: number) => n.toLocaleString("en-US");
  return [
    `${folder}: ${number(embedded)} of ${number(rows)} rows have a vector of ${dimensions} numbers (${encoder.name})`,
    ...(truncated > 0
      ? [`${number(truncated)} texts were longer than ${encoder.maxTokens} tokens and cut`]
      : []),
    ...Object.entries(without).map(([reason, n]) => `${number(n)} rows without a vector: ${reason}`),
    out,
  ].join("\n");
}
