/** What makes two steps the same: their code without comments and layout, and, apart from it, their parameters. */
import { createHash } from "node:crypto";
import { canonicalJson } from "../canonical-json";
import type { StepKind } from "../steps/outcome";
import type { Bundle } from "./bundle";

export interface StepIdentity {
  /** SHA-256 of the code, the columns, the packages inside and the compiler; no parameter's value is in it. */
  readonly code: string;
  /** SHA-256 of the parameters. */
  readonly config: string;
}

export interface IdentityParts {
  readonly kind: StepKind;
  readonly bundle: Bundle;
  /** JSON Schemas of the columns and of the parameters (without defaults). */
  readonly schemas: unknown;
  readonly params: Readonly<Record<string, unknown>>;
}

/**
 * The identity of a step. Comments, layout and quotes do not count; a changed helper, a package of another checksum,
 * another column or another compiler does.
 */
export function identityOf({ kind, bundle, schemas, params }: IdentityParts): StepIdentity {
  const packages = bundle.packages.map(({ name, version, integrity }) => [name, version, integrity]);
  return {
    code: hash({ kind, code: bundle.bare, schemas, packages, compiler: bundle.compiler }),
    config: hash(params),
  };
}

/** The identity of a step that is not sliced: of all that decides its answers, and, apart from it, of its parameters. */
export function formIdentity(code: unknown, params: Readonly<Record<string, unknown>>): StepIdentity {
  return { code: hash(code), config: hash(params) };
}

function hash(value: unknown): string {
  return createHash("sha256").update(canonicalJson(value, "hash")).digest("hex");
}
