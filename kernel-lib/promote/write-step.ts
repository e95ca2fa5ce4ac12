/** The last act of a promotion: the version on disk, or the one that was there already. */
import { join, resolve } from "node:path";
import { InputError } from "../errors";
import { authorOf } from "../label/acts";
import { type GoldenRow, goldenLines } from "../steps/golden-lines";
import { manifestSchema, readManifest, type StepManifest } from "../steps/manifest";
import { damage, listVersions, moveLabel, type VersionFiles, writeVersion } from "../steps/versions";
import { findWorkspace } from "../workspace";
import type { StepIdentity } from "./identity";
import { Promoted } from "./promoted";
import type { Proof } from "./proof";
import { proofPage } from "./proof-page";

/** What each form of a promotion found out. */
export interface StepWrite
  extends Omit<
    StepManifest,
    | "format"
    | "version"
    | "code"
    | "config"
    | "proof"
    | "author"
    | "time"
    | "group"
    | "command"
    | "captured"
    | "packages"
    | "locals"
  > {
  readonly pipelines: string;
  readonly identity: StepIdentity;
  readonly group?: StepManifest["group"];
  readonly command?: StepManifest["command"];
  readonly captured?: StepManifest["captured"];
  readonly packages?: readonly StepManifest["packages"][number][];
  readonly locals?: readonly string[];
  readonly golden: readonly GoldenRow[];
  readonly proof: Pick<Proof, "summary" | "outcomes">;
  /** Files beside the manifest, the golden rows and the page. */
  readonly files: VersionFiles;
  /** What people read: step.ts, the predicate, the rule, the command. */
  readonly source: string;
  readonly reason: string;
  readonly author?: string | undefined;
}

/**
 * The step is the next version and `latest`; a version whose code and parameters are the same is given back instead, after
 * its bytes were checked.
 */
export function writeStep(step: StepWrite): Promoted {
  const { pipelines, name, identity, source, reason, author } = step;
  for (const place of listVersions(pipelines, name).reverse()) {
    const manifest = readManifest(place);
    if (manifest.code !== identity.code || manifest.config !== identity.config) continue;
    const damaged = damage(place);
    if (damaged.length === 0) return new Promoted(place, manifest, source, { isNew: false });
    throw new InputError(
      `promote ${name}: is version ${place.version}, but ${damaged.join(", ")}; restore it from git, a version is never edited`,
    );
  }
  const place = writeVersion(pipelines, name, (version) => versionFiles(step, version));
  moveLabel(pipelines, place, { label: "latest", author: authorOf(author), reason });
  return new Promoted(place, readManifest(place), source, { isNew: true });
}

/** The files of the version as it is written. */
export function versionFiles(step: StepWrite, version: number): VersionFiles {
  const { pipelines: _, identity, golden, proof, files, source, reason: _why, author, ...declared } = step;
  const manifest = manifestSchema.parse({
    format: 1,
    version,
    captured: [],
    packages: [],
    locals: [],
    ...declared,
    ...identity,
    proof: proof.summary,
    author: authorOf(author),
    time: new Date().toISOString(),
  });
  return {
    ...files,
    "manifest.json": `${JSON.stringify(manifest, null, 2)}\n`,
    "golden.jsonl": goldenLines(golden, proof.outcomes),
    "page.html": proofPage(manifest, source),
  };
}

/** The folder that was given, or pipelines/ of the workspace; absolute. @throws InputError where there is neither. */
export function pipelinesFolder(given?: string): string {
  if (given !== undefined) return resolve(given);
  const workspace = findWorkspace();
  if (workspace) return join(workspace, "pipelines");
  throw new InputError(
    "promote: versions live in a workspace, and there is none here or above; make one with corpuslab init DIR, or give { pipelines: DIR }",
  );
}
