/** Named policies: predicates over the columns of a run, each line with its reason. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { z } from "zod";
import { errorText, InputError, nearestNames } from "../errors";
import { bundledDescriptions } from "../normalize/description";
import { isRedTeam, RED_TEAM_GATE } from "../select/red-team";
import { findWorkspace } from "../workspace";

const line = z.strictObject({ if: z.string().min(1), why: z.string().min(1) });

const tiersSchema = z.strictObject({
  /** Column that ranks the rows of a dataset, larger is better. */
  score: z.string(),
  /** Datasets that pass whole. */
  whole: z.array(z.string()).default([]),
  /** Share that a dataset keeps, its best rows, 0 to 1. */
  top: z.record(z.string(), z.number().min(0).max(1)),
  /** Share of the datasets that are not named; default 1. */
  otherwise: z.number().min(0).max(1).default(1),
});
/** Which share of each dataset stays. */
export type Tiers = z.input<typeof tiersSchema>;

const policySchema = z.strictObject({
  policy: z.string().regex(/^[a-z][a-z0-9_]*$/),
  about: z.string(),
  /** Flags whose columns the lines speak of. */
  flags: z.array(z.string()),
  /** What else has to be done first, as commands: `corpuslab dedup <run> --sidecars`. */
  needs: z.array(z.string()).optional(),
  /** Numbers that lines speak of as `$name`, each written down or a SQL aggregate over the table; later ones may speak of earlier ones. */
  numbers: z
    .record(
      z.string().regex(/^[a-z][a-z0-9_]*$/),
      z.union([
        z.strictObject({ value: z.number(), sql: z.undefined().optional(), why: z.string().min(1) }),
        z.strictObject({ sql: z.string().min(1), value: z.undefined().optional(), why: z.string().min(1) }),
      ]),
    )
    .optional(),
  /** A row stays when every line is true; null counts as false. */
  keep: z.array(line).min(1),
  /** Lines that are told and drop nothing. */
  soft: z.array(line),
  tiers: tiersSchema.optional(),
});
export type Policy = z.infer<typeof policySchema>;

/** Policies by name: those of the project, then the workspace's own in `datasets/policies/`, which win. */
export function policies(): ReadonlyMap<string, Policy> {
  const workspace = findWorkspace();
  const folders = [bundledDescriptions(), ...(workspace ? [join(workspace, "datasets")] : [])];
  const found = new Map<string, Policy>();
  for (const folder of folders.map((one) => join(one, "policies"))) {
    if (!existsSync(folder)) continue;
    for (const name of readdirSync(folder).sort()) {
      if (!name.endsWith(".json")) continue;
      const policy = readPolicyFile(join(folder, name));
      found.set(policy.policy, policy);
    }
  }
  return found;
}

/**
 * The policy of a name, or in a JSON file.
 * @throws InputError for an unknown name, and a file that is no policy, with field and file.
 * @example policy("mira").keep.map(({ why }) => why)
 */
export function policy(name: string): Policy {
  if (name.endsWith(".json")) return readPolicyFile(name);
  const known = policies();
  const found = known.get(name);
  if (found) return found;
  const near = nearestNames(name, [...known.keys()]);
  throw new InputError(
    `policy ${name}: there is none of that name, expected one of ${[...known.keys()].join(", ")} or a .json file${near.length > 0 ? `; did you mean ${near[0]}?` : ""}`,
  );
}

const RED_TEAM_LINE = {
  if: RED_TEAM_GATE,
  why: "red-team rows are reviewed, and their completion is safe: corpuslab review DIR",
};

/** The policy; one whose name says red team keeps reviewed rows with safe completions alone, whatever its lines say. */
export function gatedPolicy(policy: Policy): Policy {
  const isGated = !isRedTeam(policy.policy) || policy.keep.some((one) => one.if === RED_TEAM_GATE);
  return isGated ? policy : { ...policy, keep: [RED_TEAM_LINE, ...policy.keep] };
}

/**
 * The policy's lines as one SQL predicate, for `filter`, `buildPools` and `--pool name=…`. Tiers are not in it, and numbers
 * that are taken from the table cannot be: `policyPredicate` writes both out.
 * @throws InputError where a line speaks of such a number.
 */
export function policySql(of: Policy): string {
  const { policy: name, keep, numbers = {} } = gatedPolicy(of);
  const open = Object.keys(numbers).find((one) =>
    keep.some(({ if: condition }) => condition.includes(`$${one}`)),
  );
  if (open !== undefined) {
    throw new InputError(
      `policy ${name}: $${open} is not written out; policyPredicate(table, "${name}") does it, and so do corpuslab policy ${name} <run> --sql and corpuslab pools <run> --policy ${name}`,
    );
  }
  return keep.map(({ if: condition }) => `(${condition})`).join(" and ");
}

function readPolicyFile(path: string): Policy {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path, "utf8"));
  } catch (cause) {
    throw new InputError(`policy ${path}: cannot be read (${errorText(cause)})`, { cause });
  }
  const parsed = policySchema.safeParse(json);
  if (parsed.success) return gatedPolicy(parsed.data);
  const [issue] = parsed.error.issues;
  throw new InputError(
    `policy ${basename(path)}: ${issue?.path.join(".") || "the file"}: ${issue?.message ?? "is not valid"}`,
  );
}
