/** What may be compared: two versions of a step, or one version with two sets of parameters. */
import { dirname, join } from "node:path";
import { InputError } from "../errors";
import { type PinnedStep, pinStep } from "../steps/pinned-step";
import { findWorkspace } from "../workspace";

/**
 * A version: `"keep_short@2"`, what `promote` gave, a pinned step, or a version with other parameters:
 * `{ step: "keep_short@2", params: { limit: 400 } }`.
 */
export type StepGiven =
  | string
  | { readonly ref: string; readonly folder: string }
  | { readonly step: string; readonly params?: Readonly<Record<string, unknown>> }
  | PinnedStep;

/**
 * The version with its parameters, every byte compared with its checksum.
 * @throws InputError when it is not there, was changed, or a parameter is unknown.
 */
export function comparedStep(given: StepGiven, pipelines: string | undefined): PinnedStep {
  if (typeof given === "string") return pinStep(pipelines ?? pipelinesFolder(), numbered(given));
  if ("step" in given) {
    return pinStep(pipelines ?? pipelinesFolder(), numbered(given.step), { params: given.params ?? {} });
  }
  const home = dirname(dirname(given.folder));
  if ("digest" in given) return pinStep(home, given.ref, { params: given.params, digest: given.digest });
  return pinStep(home, given.ref);
}

/**
 * Columns that both versions write, where they are flags.
 * @throws InputError when the two are not of one kind, or flags that write nothing in common.
 */
export function sharedColumns(a: PinnedStep, b: PinnedStep): string[] {
  if (a.manifest.kind !== b.manifest.kind) {
    throw new InputError(
      `diff: ${a.ref} is a ${a.manifest.kind} and ${b.ref} a ${b.manifest.kind}, expected two of one kind`,
    );
  }
  if (a.manifest.kind !== "flag") return [];
  const [left, right] = [a, b].map(({ manifest }) => Object.keys(manifest.writes.properties));
  const shared = left!.filter((name) => right!.includes(name));
  if (shared.length > 0) return shared;
  throw new InputError(
    `diff: ${a.ref} writes ${left!.join(", ")} and ${b.ref} writes ${right!.join(", ")}: no column is written by both`,
  );
}

function numbered(ref: string): string {
  if (ref.includes("@")) return ref;
  throw new InputError(`diff ${ref}: expected name@version, such as ${ref}@1 or ${ref}@latest`);
}

function pipelinesFolder(): string {
  const workspace = findWorkspace();
  if (workspace) return join(workspace, "pipelines");
  throw new InputError(
    "diff: versions live in a workspace, and there is none here or above; go into one, or say where they are (--pipelines DIR, { pipelines: DIR })",
  );
}
