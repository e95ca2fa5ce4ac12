/** `pipelines/<pipeline>.json`: which pinned steps run in which order, with which parameters. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { z } from "zod";
import { errorText, InputError, nearestNames } from "../errors";
import { ParamError, type PinnedStep, pinStep } from "../steps/pinned-step";
import { labels, listSteps, listVersions } from "../steps/versions";
import { checkTogether, StepsError } from "./check-together";
import { PipelineText, type ValuePath } from "./pipeline-text";

const stepSchema = z.strictObject({
  /** `keep_short@2`: a version by its number. */
  step: z.string().regex(/^[a-z][a-z0-9_]*@[1-9]\d*$/),
  /** Values that take the place of the version's own. */
  params: z.record(z.string(), z.unknown()).optional(),
  /** SHA-256 of the version's SHA256SUMS; a version of other bytes is refused. */
  digest: z
    .string()
    .regex(/^[0-9a-f]{64}$/, "expected the 64 digits of a SHA-256")
    .optional(),
});

export const pipelineSchema = z.strictObject({
  format: z.literal("corpuslab.pipeline"),
  version: z.literal(1),
  name: z
    .string()
    .regex(/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/, "expected a name such as curate_math (a-z, 0-9, _)"),
  /** In the order in which they run. */
  steps: z.array(stepSchema).min(1, "expected at least one step"),
});

export type PipelineFile = z.infer<typeof pipelineSchema>;

/** A pipeline whose steps were found and compared with their checksums. */
export interface Pipeline {
  readonly name: string;
  readonly steps: readonly PinnedStep[];
}

/**
 * The pipeline in a file; its steps stand in the file's own folder, unless `pipelines` names another. Every byte of every
 * version was compared with its checksum.
 * @throws InputError that begins with `file:line:column` and says what stands there, what was expected, and the nearest
 * names.
 */
export function readPipeline(path: string, { pipelines }: { readonly pipelines?: string } = {}): Pipeline {
  const text = new PipelineText(path, readText(path));
  const folder = pipelines ?? dirname(resolve(path));
  const { data, error } = pipelineSchema.safeParse(text.value);
  if (error) throw schemaError(text, error.issues[0]!, folder);
  const steps = data.steps.map(({ step, params, digest }, i) => {
    try {
      return pinStep(folder, step, { ...(params ? { params } : {}), ...(digest ? { digest } : {}) });
    } catch (cause) {
      if (!(cause instanceof InputError)) throw cause;
      const at: ValuePath =
        cause instanceof ParamError
          ? ["steps", i, "params", cause.param]
          : ["steps", i, cause.message.includes("is not the version that was pinned") ? "digest" : "step"];
      const said = cause.message.replace(/^step /, "");
      throw text.error(at, said, { key: cause instanceof ParamError && cause.isUnknown });
    }
  });
  try {
    checkTogether(steps);
  } catch (cause) {
    if (!(cause instanceof StepsError)) throw cause;
    throw text.error(["steps", cause.index, "step"], cause.message);
  }
  return { name: data.name, steps };
}

/** Paths of the pipelines in a folder of pipelines, sorted; files at fault too. */
export function listPipelines(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => file.endsWith(".json"))
    .sort();
}

/** Pipelines are small: larger files are not read. */
const MOST_BYTES = 1024 * 1024;

/** Whether a file in any folder calls itself a pipeline, damaged or not. */
function isPipeline(path: string): boolean {
  try {
    return statSync(path).size <= MOST_BYTES && readFileSync(path, "utf8").includes('"corpuslab.pipeline"');
  } catch {
    return false;
  }
}

/** `keep_short@3` in the place of what names no version: a name alone, or a label; what to write, or null. */
export function numberToWrite(pipelines: string, ref: string): string | null {
  const [name = "", label] = ref.split("@");
  const newest = listVersions(pipelines, name).at(-1)?.version;
  if (newest === undefined) return null;
  const held = label === undefined || label === "" ? undefined : labels(pipelines, name)[label]?.version;
  return `${name}@${held ?? newest}`;
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    const folder = dirname(resolve(path));
    const others = listPipelines(folder).filter((file) => isPipeline(join(folder, file)));
    const near = nearestNames(path.split(/[\\/]/).at(-1)!, others);
    const hint =
      near.length > 0
        ? `did you mean ${near.join(" or ")}?`
        : `pipelines in ${folder}: ${others.join(", ") || "none"}`;
    throw new InputError(`pipeline ${path}: cannot be read (${errorText(cause)}); ${hint}`, { cause });
  }
}

function schemaError(text: PipelineText, issue: z.core.$ZodIssue, folder: string): InputError {
  const path = issue.path as (string | number)[];
  const value = path.reduce<unknown>(
    (at, part) => (at as Record<string | number, unknown>)?.[part],
    text.value,
  );
  if (issue.code === "unrecognized_keys") {
    const known = Object.keys((path.length === 0 ? pipelineSchema : stepSchema).shape);
    const [name] = issue.keys as [string];
    const near = nearestNames(name, known);
    return text.error(
      [...path, name],
      `unknown; ${near.length > 0 ? `did you mean ${near.join(" or ")}?` : `expected ${known.join(", ")}`}`,
      { key: true },
    );
  }
  if (path.length === 3 && path[2] === "step" && typeof value === "string") {
    return text.error(path, notPinned(value, folder));
  }
  if (value === undefined) return text.error(path.slice(0, -1), `has no ${String(path.at(-1))}`);
  const said = issue.message.replace(/^Invalid (input|option): /, "");
  return text.error(path, `got ${JSON.stringify(value).slice(0, 80)}, ${said}`);
}

/** What is wrong with a reference that names no version by its number. */
export function notPinned(ref: string, pipelines: string): string {
  const number = numberToWrite(pipelines, ref);
  const [name = "", label] = ref.split("@");
  if (number === null) {
    const near = nearestNames(name, listSteps(pipelines));
    const hint =
      near.length > 0
        ? `; did you mean ${near.map((one) => numberToWrite(pipelines, one)).join(" or ")}?`
        : `; steps in ${pipelines}: ${listSteps(pipelines).join(", ") || "none"}`;
    return `got ${JSON.stringify(ref)}, expected a version by its number, such as keep_short@2${hint}`;
  }
  const moves = label === undefined || label === "" ? "" : ", since a label can move";
  return `got ${JSON.stringify(ref)}, expected a version by its number${moves}: write ${JSON.stringify(number)}`;
}
