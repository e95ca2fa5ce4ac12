/** `pipelines/<pipeline>.json`: which pinned steps run in which order, with which parameters. */
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { z } from "zod";
import { InputError } from "../errors";
import { type PinnedStep, pinStep } from "../steps/pinned-step";

export const pipelineSchema = z.strictObject({
  format: z.literal("corpuslab.pipeline"),
  version: z.literal(1),
  /** snake_case */
  name: z.string().regex(/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/),
  /** In the order in which they run. */
  steps: z
    .array(
      z.strictObject({
        /** `keep_short@2`: a version by its number. */
        step: z.string().regex(/^[a-z][a-z0-9_]*@[1-9]\d*$/),
        /** Values that take the place of the version's own. */
        params: z.record(z.string(), z.unknown()).optional(),
        /** SHA-256 of the version's SHA256SUMS; a version of other bytes is refused. */
        digest: z
          .string()
          .regex(/^[0-9a-f]{64}$/)
          .optional(),
      }),
    )
    .min(1),
});

export type PipelineFile = z.infer<typeof pipelineSchema>;

/** A pipeline whose steps were found and compared with their checksums. */
export interface Pipeline {
  readonly name: string;
  readonly steps: readonly PinnedStep[];
}

/** The pipeline in a file; its steps stand in the file's own folder, unless `pipelines` names another. */
export function readPipeline(path: string, { pipelines }: { readonly pipelines?: string } = {}): Pipeline {
  let file: PipelineFile;
  try {
    file = pipelineSchema.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch (cause) {
    throw new InputError(`pipeline ${path}: cannot be read`, { cause });
  }
  const folder = pipelines ?? dirname(resolve(path));
  return {
    name: file.name,
    steps: file.steps.map(({ step, params, digest }) =>
      pinStep(folder, step, { ...(params ? { params } : {}), ...(digest ? { digest } : {}) }),
    ),
  };
}
