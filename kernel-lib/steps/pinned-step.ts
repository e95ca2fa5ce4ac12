/** A version with the parameters it is run with: what a pipeline lists and a task is given. */
import { canonicalJson } from "../canonical-json";
import { InputError, nearestNames } from "../errors";
import { plainText } from "../notebook/plain-text";
import { readManifest, type StepManifest } from "./manifest";
import { valueCheck } from "./value-check";
import { damage, digestOf, findVersion } from "./versions";

/** Plain JSON, so that it can travel to a thread or another machine that sees the same folder. */
export interface PinnedStep {
  /** `keep_short@2` */
  readonly ref: string;
  readonly name: string;
  readonly version: number;
  /** Absolute path of `v<N>/`. */
  readonly folder: string;
  /** SHA-256 of the version's list of checksums: stands for all its bytes. */
  readonly digest: string;
  readonly manifest: StepManifest;
  /** Values of all its parameters: the version's own, or what the pipeline says. */
  readonly params: Readonly<Record<string, unknown>>;
}

export interface PinOptions {
  /** Values that take the place of the version's own. */
  readonly params?: Readonly<Record<string, unknown>>;
  /** The digest that the version must have. */
  readonly digest?: string;
}

/**
 * The step of `ref` (`name@3`, `name@label`), every byte of which was compared with its checksum now.
 * @throws InputError when there is no such version, it was changed, or a parameter is unknown.
 */
export function pinStep(
  pipelines: string,
  ref: string,
  { params = {}, digest }: PinOptions = {},
): PinnedStep {
  const place = findVersion(pipelines, ref);
  const damaged = damage(place);
  if (damaged.length > 0) {
    throw new InputError(
      `step ${ref}: ${damaged.join("; ")}; restore it from git, a version is never edited`,
    );
  }
  const found = digestOf(place);
  if (digest !== undefined && digest !== found) {
    throw new InputError(
      `step ${ref}: is not the version that was pinned (checksums ${found.slice(0, 12)}…, pinned ${digest.slice(0, 12)}…): another one stands in ${place.folder}`,
    );
  }
  const manifest = readManifest(place);
  checkParams(ref, manifest, params);
  return {
    ref: `${place.name}@${place.version}`,
    name: place.name,
    version: place.version,
    folder: place.folder,
    digest: found,
    manifest,
    params: { ...manifest.values, ...params },
  };
}

/** A parameter that a step does not have, or a value that it does not take. */
export class ParamError extends InputError {
  override name = "ParamError";
  constructor(
    message: string,
    readonly param: string,
    /** True where there is no parameter of that name. */
    readonly isUnknown: boolean,
  ) {
    super(message);
  }
}

/** @throws ParamError for the first of `params` that the manifest does not allow. */
export function checkParams(
  ref: string,
  { values, params: declared }: Pick<StepManifest, "values" | "params">,
  params: Readonly<Record<string, unknown>>,
): void {
  const known = Object.keys(values);
  for (const name of Object.keys(params)) {
    if (known.includes(name)) continue;
    const near = nearestNames(name, known);
    const hint = near.length > 0 ? `; did you mean ${near.join(" or ")}?` : "";
    throw new ParamError(
      `step ${ref}: has no parameter ${plainText(name)}${hint || `; it has ${known.join(", ") || "none"}`}`,
      name,
      true,
    );
  }
  const fault = valueCheck(declared)({ ...values, ...params });
  if (fault === null) return;
  throw new ParamError(
    `step ${ref}: parameter ${fault.name} = ${fault.got}: ${fault.problem}`,
    fault.name,
    false,
  );
}

/** Whether a step runs with the parameters it was proven with. */
export function hasOwnParams({ manifest, params }: PinnedStep): boolean {
  return canonicalJson(params, "hash") === canonicalJson(manifest.values, "hash");
}
