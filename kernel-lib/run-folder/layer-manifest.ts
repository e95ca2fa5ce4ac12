/** What run.json says of a pipeline's run beside what it says of every run: which rows it is a layer over, by which steps. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { errorText, InputError } from "../errors";

export const layerManifest = z.object({
  /** Name of the pipeline. */
  name: z.string(),
  /** The run whose rows it decided, relative to the folder of this one. */
  input: z.string(),
  /**
   * SHA-256 over the names and sizes of the input's shards, since verdicts go by position, and over the steps and verdicts
   * of the layers between: what those decided otherwise is another input.
   */
  basis: z.string(),
  /** In the order in which they ran. */
  steps: z.array(
    z.object({
      /** `keep_short@2` */
      step: z.string(),
      /** SHA-256 of the version's list of checksums. */
      digest: z.string(),
      code: z.string(),
      config: z.string(),
      kind: z.enum(["filter", "flag", "rewrite"]),
      form: z.enum(["function", "sql", "group", "external"]),
      params: z.record(z.string(), z.unknown()),
    }),
  ),
});

export type LayerManifest = z.infer<typeof layerManifest>;

const withPipeline = z.object({ pipeline: layerManifest.optional() });

/** What run.json in the folder says of its pipeline; null for a run that is no layer. @throws InputError when it is damaged. */
export function readLayerManifest(folder: string): LayerManifest | null {
  const path = join(folder, "run.json");
  try {
    return withPipeline.parse(JSON.parse(readFileSync(path, "utf8"))).pipeline ?? null;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw new InputError(`${path}: is damaged (${errorText(cause)})`, { cause });
  }
}

/** `flags/keep_short.v2` for `("flags", "keep_short@2")`: where a step's files stand in a layer. */
export function stepFolder(kind: "flags" | "overlays", ref: string): string {
  return `${kind}/${ref.replace("@", ".v")}`;
}
