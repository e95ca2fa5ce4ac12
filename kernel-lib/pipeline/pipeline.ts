/** `pipeline([...], { name })`: pinned steps in a row, made in a cell and kept as a file. */
import { randomUUID } from "node:crypto";
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import { canonicalJson } from "../canonical-json";
import { InputError } from "../errors";
import { datasetHtml } from "../notebook/dataset-html";
import { displaySymbol, type MimeBundle } from "../notebook/display";
import { escapeHtml } from "../notebook/escape-html";
import type { Run } from "../run/run";
import { type PinnedStep, pinStep } from "../steps/pinned-step";
import { findWorkspace } from "../workspace";
import { checkTogether } from "./check-together";
import { notPinned, type Pipeline, type PipelineFile, pipelineSchema, readPipeline } from "./pipeline-file";
import { runPipeline } from "./run-pipeline";
import type { RunPipelineOptions } from "./run-pipeline-options";

/** A version: what `promote` gave, or `keep_short@2`. */
export type StepRef = string | { readonly ref: string; readonly folder: string };

/** A version, or a version with other values for some of its parameters. */
export type PipelineStep =
  | StepRef
  | { readonly step: StepRef; readonly params?: Readonly<Record<string, unknown>> };

export interface PipelineOptions {
  /** snake_case: the file is `<name>.json`. */
  readonly name: string;
  /** Folder of the versions and of the file; default: where the given versions are, else pipelines/ of the workspace. */
  readonly pipelines?: string;
}

/** Steps in a row, each a version by its number. Shows itself. */
export class StepPipeline implements Pipeline {
  constructor(
    readonly name: string,
    readonly steps: readonly PinnedStep[],
    /** Where `save` writes it, or where it was read from. */
    readonly path: string,
  ) {}

  /**
   * The pipeline is a file: `pipelines/<name>.json`, whole or not at all. A file that says the same stays as it is.
   * @returns the path.
   * @throws InputError when a file of that name says something else, unless `overwrite`.
   */
  save({ overwrite = false }: { readonly overwrite?: boolean } = {}): string {
    const text = `${JSON.stringify(this.toFile(), null, 2)}\n`;
    mkdirSync(dirname(this.path), { recursive: true });
    if (existsSync(this.path)) {
      if (isSame(readFileSync(this.path, "utf8"), text)) return this.path;
      if (!overwrite) throw this.otherFile();
    }
    const attempt = `${this.path}.${randomUUID()}`;
    try {
      writeFileSync(attempt, text, { flag: "wx" });
      const file = openSync(attempt, "r");
      fsyncSync(file);
      closeSync(file);
      if (overwrite) renameSync(attempt, this.path);
      else linkSync(attempt, this.path); // fails where another process was faster
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") throw this.otherFile();
      throw error;
    } finally {
      rmSync(attempt, { force: true });
    }
    return this.path;
  }

  /**
   * The steps are run over all rows of a run: `out` is a layer over it. See `runPipeline`.
   * @example await pipeline("pipelines/curate.json").run({ input: "out/demo", out: "out/curated" })
   */
  async run(options: RunPipelineOptions): Promise<Run> {
    return await runPipeline(this, options);
  }

  /** A line for each step: its version, what it is, and its parameters. */
  toString(): string {
    const lines = this.steps.map((step, i) => `  ${i + 1}. ${step.ref}  ${kindOf(step)}${paramText(step)}`);
    return [
      `${this.name}: ${this.steps.length} ${this.steps.length === 1 ? "step" : "steps"}`,
      ...lines,
    ].join("\n");
  }

  [displaySymbol](): MimeBundle {
    const cells = (step: PinnedStep, i: number): string =>
      [String(i + 1), step.ref, kindOf(step), reads(step), paramText(step).trim()]
        .map((text) => `<td style="text-align:left">${escapeHtml(text)}</td>`)
        .join("");
    const head = ["", "step", "kind", "reads", "parameters"]
      .map((text) => `<th style="text-align:left">${text}</th>`)
      .join("");
    return {
      "text/plain": this.toString(),
      "text/html": datasetHtml(
        `<b>${escapeHtml(this.name)}</b><table><thead><tr>${head}</tr></thead><tbody>${this.steps
          .map((step, i) => `<tr>${cells(step, i)}</tr>`)
          .join("")}</tbody></table>`,
      ),
    };
  }

  private toFile(): PipelineFile {
    return {
      format: "corpuslab.pipeline",
      version: 1,
      name: this.name,
      steps: this.steps.map((step) => {
        const params = changed(step);
        return {
          step: step.ref,
          ...(Object.keys(params).length > 0 ? { params } : {}),
          digest: step.digest,
        };
      }),
    };
  }

  private otherFile(): InputError {
    return new InputError(
      `pipeline ${this.name}: ${this.path} is there and says something else; give save({ overwrite: true }), or another name`,
    );
  }
}

/**
 * The steps are a pipeline: found, compared with their checksums, and in this order. `save()` writes it.
 * @throws InputError for a step that is not there, a label in the place of a number, or a parameter that the step does not
 * take.
 * @example
 * pipeline([keepShort, "drop_refusals@2", { step: "keep_known@1", params: { limit: 600 } }], { name: "curate" }).save()
 */
export function pipeline(steps: readonly PipelineStep[], options: PipelineOptions): StepPipeline;
/** The pipeline in a file. @example pipeline("pipelines/curate.json") */
export function pipeline(path: string): StepPipeline;
export function pipeline(steps: readonly PipelineStep[] | string, options?: PipelineOptions): StepPipeline {
  if (typeof steps === "string") {
    const read = readPipeline(steps);
    return new StepPipeline(read.name, read.steps, resolve(steps));
  }
  const name = options?.name ?? "";
  const given = pipelineSchema.shape.name.safeParse(name);
  if (!given.success) {
    throw new InputError(`pipeline ${JSON.stringify(name)}: ${given.error.issues[0]!.message}`);
  }
  if (steps.length === 0) throw new InputError(`pipeline ${name}: has no steps, expected at least one`);
  const wanted = steps.map((one) => (typeof one === "object" && "step" in one ? one : { step: one }));
  const folder = options?.pipelines ?? folderOf(wanted.map(({ step }) => step));
  const pinned = wanted.map(({ step, params = {} }: { step: StepRef; params?: PinnedStep["params"] }) => {
    const ref = typeof step === "string" ? step : step.ref;
    if (!/@\d+$/.test(ref)) throw new InputError(`pipeline ${name}: ${notPinned(ref, folder)}`);
    const found = pinStep(folder, ref, { params });
    if (typeof step !== "string" && resolve(step.folder) !== resolve(found.folder)) {
      throw new InputError(
        `pipeline ${name}: ${ref} is in ${step.folder}, expected in ${folder}: the steps of a pipeline stand in one folder`,
      );
    }
    return found;
  });
  checkTogether(pinned);
  return new StepPipeline(name, pinned, resolve(folder, `${name}.json`));
}

function folderOf(steps: readonly StepRef[]): string {
  const promoted = steps.find((step) => typeof step !== "string");
  if (promoted !== undefined) return dirname(dirname((promoted as { folder: string }).folder));
  const workspace = findWorkspace();
  if (workspace) return join(workspace, "pipelines");
  throw new InputError("pipeline: there is no workspace here or above; give { pipelines: DIR }");
}

/** Parameters whose value is not the version's own. */
function changed({ params, manifest }: PinnedStep): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(params).filter(
      ([name, value]) => canonicalJson(value, "hash") !== canonicalJson(manifest.values[name], "hash"),
    ),
  );
}

function kindOf({ manifest: { kind, form } }: PinnedStep): string {
  return form === "function" ? kind : `${kind} (${form})`;
}

function reads({ manifest }: PinnedStep): string {
  return Object.keys(manifest.reads.properties).join(", ");
}

function paramText(step: PinnedStep): string {
  const other = changed(step);
  const own = Object.entries(step.params).map(([name, value]) => {
    const was = name in other ? ` (proven with ${JSON.stringify(step.manifest.values[name])})` : "";
    return `${name} = ${JSON.stringify(value)}${was}`;
  });
  return own.length > 0 ? `  ${own.join(", ")}` : "";
}

function isSame(a: string, b: string): boolean {
  try {
    return canonicalJson(JSON.parse(a), "hash") === canonicalJson(JSON.parse(b), "hash");
  } catch {
    return false;
  }
}
