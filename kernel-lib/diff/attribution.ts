/** Whether rows moved because of the code or because of the parameters: what would have to be run to know it. */
import { z } from "zod";
import { canonicalJson } from "../canonical-json";
import type { PinnedStep } from "../steps/pinned-step";

/**
 * Why a row moved: the new `code` alone moves it, the new `parameters` alone do, `either` of them does, or only both
 * `together`.
 */
export const CAUSES = ["code", "parameters", "either", "together"] as const;
export type Cause = (typeof CAUSES)[number];

/** How causes are found: known for all rows, by running two more steps, or not at all. */
export type Attribution =
  | { readonly way: "all"; readonly cause: "code" | "parameters" }
  | {
      readonly way: "run";
      /** The new code with the old parameters. */
      readonly code: PinnedStep;
      /** The old code with the new parameters. */
      readonly parameters: PinnedStep;
    }
  | { readonly way: "none" };

export interface AttributionPlan {
  readonly attribution: Attribution;
  /** The same in words. */
  readonly words: string;
}

/**
 * What has to be run. A parameter that only one version has keeps that version's value: it came with the code. Values
 * are exchanged where the other version's schema takes them.
 */
export function planAttribution(a: PinnedStep, b: PinnedStep): AttributionPlan {
  const shared = Object.keys(a.params).filter((name) => Object.hasOwn(b.params, name));
  const moved = shared.filter((name) => text(a.params[name]) !== text(b.params[name]));
  const own = [...ownNames(a, shared), ...ownNames(b, shared)];
  const came = own.length > 0 ? `; ${own.join(", ")} came or went with the code` : "";
  const sameCode = a.manifest.code === b.manifest.code;
  if (sameCode && moved.length > 0) {
    return all("parameters", "the code is the same, so every row moved because of the parameters");
  }
  if (moved.length === 0) {
    const none = sameCode
      ? "code and parameters are the same"
      : "no parameter that both have has another value";
    return all("code", `${none}, so every row that moved did so because of the code${came}`);
  }
  const refused = moved.find((name) => !fits(b, name, a.params[name]) || !fits(a, name, b.params[name]));
  if (refused !== undefined) {
    return {
      attribution: { way: "none" },
      words: `not known: ${refused} has values that the other version does not take, so the old code cannot run with the new parameters nor the new code with the old ones`,
    };
  }
  const values = (from: PinnedStep) => Object.fromEntries(shared.map((name) => [name, from.params[name]]));
  return {
    attribution: {
      way: "run",
      code: { ...b, params: { ...b.params, ...values(a) } },
      parameters: { ...a, params: { ...a.params, ...values(b) } },
    },
    words: `found by running the new code with the old parameters and the old code with the new ones (${moved.join(", ")})${came}`,
  };
}

function all(cause: "code" | "parameters", words: string): AttributionPlan {
  return { attribution: { way: "all", cause }, words };
}

function ownNames({ params }: PinnedStep, shared: readonly string[]): string[] {
  return Object.keys(params).filter((name) => !shared.includes(name));
}

/** Whether a version's schema of its parameters takes a value. */
function fits({ manifest }: PinnedStep, name: string, value: unknown): boolean {
  const schema = manifest.params.properties[name];
  return schema === undefined || z.fromJSONSchema(schema as never).safeParse(value).success;
}

function text(value: unknown): string {
  return canonicalJson(value, "hash");
}
