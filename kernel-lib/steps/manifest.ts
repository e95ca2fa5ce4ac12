/** `manifest.json` of a version: what it is, what it reads, and how it was proven. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { InputError } from "../errors";
import type { VersionPlace } from "./versions";

const objectSchema = z.object({
  type: z.literal("object"),
  properties: z.record(z.string(), z.looseObject({})),
});
const hash = z.string().regex(/^[0-9a-f]{64}$/);

export const manifestSchema = z.strictObject({
  format: z.literal(1),
  name: z.string(),
  version: z.int().positive(),
  kind: z.enum(["filter", "flag", "rewrite"]),
  /**
   * What it is made of: a `function` sliced from cells (step.ts, step.js), a predicate in `sql` (step.sql), a `group` rule
   * (keep some rows of each group), or an `external` command that speaks JSON lines (files/). Only functions are sliced.
   */
  form: z.enum(["function", "sql", "group", "external"]),
  /** Of a group rule: rows with equal values in `by` are a group; the first `keep` by `order` stay. */
  group: z
    .strictObject({
      by: z.array(z.string()).min(1),
      /** A number, or the name of the parameter that holds it. */
      keep: z.union([z.int().positive(), z.string()]),
      order: z.array(
        z.strictObject({
          column: z.string(),
          descending: z.boolean(),
          /** Where rows without a value stand; without it they need a rule in `nulls`. */
          nulls: z.enum(["first", "last"]).optional(),
        }),
      ),
    })
    .optional(),
  /** Of an external step: program and arguments, started in the version's `files/`. */
  command: z.array(z.string()).min(1).optional(),
  /** Identity of the code: see `identityOf`. */
  code: hash,
  /** Identity of the parameters. */
  config: hash,
  /** JSON Schemas of the columns read and written and of the parameters. */
  reads: objectSchema,
  writes: objectSchema,
  params: objectSchema,
  /** The parameters' values. */
  values: z.record(z.string(), z.unknown()),
  /** What a missing value means, by column; such rows do not reach the function. */
  nulls: z.record(z.string(), z.enum(["keep", "drop"])),
  /** Values that came from cells, and what became of them. */
  captured: z.array(
    z.strictObject({ name: z.string(), as: z.enum(["param", "frozen"]), cell: z.int(), line: z.int() }),
  ),
  packages: z.array(
    z.strictObject({ name: z.string(), version: z.string(), integrity: z.string().nullable() }),
  ),
  locals: z.array(z.string()),
  compiler: z.string(),
  /** The rows it was proven on. */
  table: z.string(),
  proof: z.strictObject({
    rows: z.int(),
    /** Rows by stratum; a row may be in several. */
    strata: z.record(z.string(), z.int()),
    /** Rows by outcome: keep, drop, values, unchanged, text, messages, error. */
    outcomes: z.record(z.string(), z.int()),
    /** Rows that the pipeline's executor was given too, and the size of its other batches. */
    executor: z.strictObject({ rows: z.int(), batch: z.int() }).optional(),
  }),
  author: z.string(),
  time: z.iso.datetime(),
});

export type StepManifest = z.infer<typeof manifestSchema>;

/** The manifest of a version. @throws InputError when it is damaged. */
export function readManifest({ folder, name, version }: VersionPlace): StepManifest {
  const path = join(folder, "manifest.json");
  try {
    return manifestSchema.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch (cause) {
    throw new InputError(
      `step ${name}@${version}: ${path} cannot be read; restore it from git, a version is never edited`,
      { cause },
    );
  }
}
