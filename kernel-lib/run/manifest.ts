/** The run folder: who may write into it, and what run.json says of how it was made. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { listFiles, statePath, sweepAttempts, sweepTemporaries, writeFileDurably } from "../engine/commit";
import { InputError } from "../errors";
import { layerManifest } from "../run-folder/layer-manifest";
import { researchMark } from "../run-folder/research-mode";

const inputFile = z.object({
  name: z.string(),
  bytes: z.int(),
  sha256: z.string().nullable(),
  subset: z.string(),
  split: z.string(),
});

export const runSchema = z.object({
  format: z.literal("corpuslab.run"),
  version: z.literal(1),
  /** Everything that decides the bytes of the run, and nothing else (not the number of workers). */
  config: z.record(z.string(), z.unknown()),
  code: z.object({ corpuslab: z.string(), sha256: z.string() }),
  inputs: z.array(
    z.object({
      dataset: z.string(),
      revision: z.string(),
      license: z.string().nullable(),
      origin: z.string(),
      adapter: z.record(z.string(), z.string()),
      files: z.array(inputFile),
    }),
  ),
  /** Of a pipeline's run: what it is a layer over, and its steps. */
  pipeline: layerManifest.optional(),
  /** Made in research mode, or from something that was. */
  research_mode: researchMark.optional(),
});

export type RunManifest = z.infer<typeof runSchema>;

export interface OpenFolderOptions {
  readonly resume: boolean;
  readonly overwrite: boolean;
}

/**
 * Makes or re-enters the run folder. Afterwards `.run/config.json` states the manifest this run will have.
 * @throws InputError when the folder holds another run, or this one and neither `resume` nor `overwrite` was given.
 */
export function openRunFolder(
  out: string,
  manifest: RunManifest,
  { resume, overwrite }: OpenFolderOptions,
): void {
  const statement = statePath(out, "config.json");
  const replaces = overwrite && existsSync(statement);
  if (replaces) removeRun(out);
  if (existsSync(statement)) {
    const before = runSchema.parse(JSON.parse(readFileSync(statement, "utf8")));
    const changed = differences(before, manifest);
    if (changed.length > 0) {
      throw new InputError(
        `${out} holds a run that was started differently (${changed.join(", ")}): ` +
          "choose another --out, or --overwrite to delete that run",
      );
    }
    if (!resume) {
      const state = existsSync(join(out, "run.json")) ? "a finished run" : "an unfinished run";
      throw new InputError(
        `${out} already holds ${state} of the same job: --resume continues it, --overwrite deletes it`,
      );
    }
    sweepAttempts(out);
    sweepTemporaries(out);
    rmSync(join(out, "run.json"), { force: true }); // the run is not finished until it is again
    writeFileDurably(statement, JSON.stringify(manifest));
    return;
  }
  if (!replaces && existsSync(out) && readdirSync(out).some((name) => !name.startsWith("."))) {
    throw new InputError(
      `${out} is not empty and holds no run of corpuslab: choose a new or empty folder for --out`,
    );
  }
  mkdirSync(out, { recursive: true });
  writeFileDurably(statement, JSON.stringify(manifest));
}

/**
 * Deletes what a run wrote, by the names a run may write, and what speaks of its rows (scores, vectors): new rows may have the
 * same keys. Anything else in the folder stays.
 */
function removeRun(out: string): void {
  const state = existsSync(statePath(out, "")) ? readdirSync(statePath(out, "")) : [];
  const bookkeeping = state
    .filter((name) => name !== "lock" && name !== "config.json")
    .map((name) => join(".run", name));
  const made = ["rejected", "flags", "decisions", "quarantine", "verdicts", "overlays", "data", "pools"];
  const beside = ["scores", "embeddings", ".scores-work", ".scores-building", ".scores-old"];
  const folders = ["rows", ...made, ...beside, ...bookkeeping];
  const written = ["ledger.json", "run.json", "timings.json", "openlineage.jsonl", "view.sql"];
  const files = ["tools_catalog.json", "README.md", ...written];
  // Markers go before the files that they vouch for, and last what says that the folder is a run's.
  const all = [join(".run", "done"), ...folders, ...files, join(".run", "config.json")];
  for (const name of all) rmSync(join(out, name), { recursive: true, force: true });
}

function differences(before: RunManifest, now: RunManifest): string[] {
  const changed: string[] = [];
  for (const key of new Set([...Object.keys(before.config), ...Object.keys(now.config)])) {
    const [was, is] = [JSON.stringify(before.config[key]), JSON.stringify(now.config[key])];
    if (was !== is) changed.push(`${key}: was ${was}, now ${is}`);
  }
  if (namesOf(before.inputs) !== namesOf(now.inputs)) changed.push("the input files");
  if (JSON.stringify(before.pipeline) !== JSON.stringify(now.pipeline))
    changed.push("the pipeline or its input");
  if (JSON.stringify(before.research_mode) !== JSON.stringify(now.research_mode))
    changed.push("research mode");
  if (before.code.sha256 !== now.code.sha256) changed.push("the library's code");
  return changed;
}

/** What a resumed run must have in common: a file that was mended may have other bytes, and is planned anew. */
function namesOf(inputs: RunManifest["inputs"]): string {
  return JSON.stringify(
    inputs.map((input) => ({
      ...input,
      files: input.files.map(({ name, subset, split }) => ({ name, subset, split })),
    })),
  );
}

/** Identity of the library's own code: the sha256 over its compiled files. */
export function codeIdentity(): RunManifest["code"] {
  const root = join(__dirname, "..");
  const hash = createHash("sha256");
  for (const name of listFiles(root).filter((file) => /\.(js|ts)$/.test(file) && !file.endsWith(".d.ts"))) {
    if (name.startsWith("dist/") || name.startsWith("node_modules/")) continue;
    hash.update(name).update(readFileSync(join(root, name)));
  }
  const { version } = JSON.parse(readFileSync(packageFile(root), "utf8")) as { version: string };
  return { corpuslab: version, sha256: hash.digest("hex") };
}

function packageFile(root: string): string {
  const beside = join(root, "package.json");
  return existsSync(beside) ? beside : join(root, "..", "package.json");
}
