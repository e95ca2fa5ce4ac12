/** Which flags a call names: built in, or promoted by the user. */
import { dirname, join } from "node:path";
import type { ClassifierChoice } from "../classify/classifier-flag";
import { InputError, nearestNames } from "../errors";
import { FLAGS } from "../flag";
import { pinStep } from "../steps/pinned-step";
import { listSteps, listVersions } from "../steps/versions";
import { findWorkspace } from "../workspace";
import { builtInFlag } from "./built-in-flag";
import type { ChosenFlag, FlagPlan } from "./chosen-flag";
import { classifiedFlag } from "./classified-flag";
import { promotedFlag } from "./promoted-flag";
import { type SimilarityChoice, similarityOf } from "./similarity-flag";

/**
 * A built-in flag by name, a promoted one by name and version (`my_flag@2`), either with values that take the place of its
 * parameters' own, what `promote` answered, or what `classifierFlag` or
 * `similarityFlag` gave.
 */
export type FlagChoice =
  | string
  | { readonly flag: string; readonly params?: Readonly<Record<string, unknown>> }
  | { readonly ref: string; readonly folder: string }
  | ClassifierChoice
  | SimilarityChoice;

export interface ChooseOptions {
  /** Folder of promoted steps; default `pipelines/` of the workspace. */
  readonly pipelines?: string | undefined;
}

/**
 * The flags, every byte of a promoted one compared with its checksum.
 * @throws InputError for an unknown name, one that is named twice, and parameters that a flag refuses.
 */
export function chosenFlags(choices: readonly FlagChoice[], options: ChooseOptions = {}): ChosenFlag[] {
  if (choices.length === 0) throw new InputError("flag: no flag was named, expected at least one");
  const seen = new Set<string>();
  return choices.map((choice) => {
    const flag = chosen(choice, options);
    if (seen.has(flag.folder)) throw new InputError(`flag ${flag.ref} is named twice`);
    seen.add(flag.folder);
    return flag;
  });
}

/** The flag that a plan speaks of, in another thread. */
export function flagOf(plan: FlagPlan): ChosenFlag {
  if ("step" in plan) return promotedFlag(plan.step);
  return chosen(plan, {});
}

function chosen(choice: FlagChoice, { pipelines }: ChooseOptions): ChosenFlag {
  if (typeof choice === "object" && "classifier" in choice) return classifiedFlag(choice);
  if (typeof choice === "object" && "similarity" in choice) return similarityOf(choice);
  if (typeof choice === "object" && "ref" in choice) {
    return promotedFlag(pinStep(dirname(dirname(choice.folder)), choice.ref));
  }
  const { flag, params = {} } = typeof choice === "string" ? { flag: choice } : choice;
  const step = FLAGS.get(flag);
  if (step) return builtInFlag(step, params);
  const folder = pipelines ?? pipelinesOfWorkspace();
  if (flag.includes("@")) {
    if (folder !== null) return promotedFlag(pinStep(folder, flag, { params }));
    throw new InputError(
      `flag ${flag}: promoted steps stand in a workspace, and there is none here or above; go into one, or give --pipelines DIR`,
    );
  }
  throw new InputError(`unknown flag "${flag}", ${expected(flag, folder)}`);
}

function expected(flag: string, pipelines: string | null): string {
  const newest = pipelines === null ? undefined : listVersions(pipelines, flag).at(-1);
  if (newest) return `but there is a promoted step of that name: ${flag}@${newest.version}`;
  const promoted = pipelines === null ? [] : listSteps(pipelines);
  const near = nearestNames(flag, [...FLAGS.keys(), ...promoted]);
  const hint = near.length > 0 ? `; did you mean ${near[0]}?` : "";
  return `expected one of ${[...FLAGS.keys()].join(", ")}, or a promoted one such as my_flag@2${hint}`;
}

function pipelinesOfWorkspace(): string | null {
  const workspace = findWorkspace();
  return workspace === null ? null : join(workspace, "pipelines");
}
