/** Descriptions of datasets: which adapter reads which split, and what an analyst should know beforehand. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { errorText, InputError, nearestNames } from "../errors";
import { DOMAINS } from "../row";
import { ADAPTERS, adapterReference, resolveAdapter } from "./adapters";

const mappingSchema = z.strictObject({
  messages: z.string().optional(),
  system: z.string().optional(),
  prompt: z.string().optional(),
  context: z.string().optional(),
  response: z.string().optional(),
  text: z.string().optional(),
  tokens: z.string().optional(),
  cluster: z.string().optional(),
});

const descriptionSchema = z.strictObject({
  /** `owner/name` as on the Hub. */
  dataset: z.string().regex(/^[\w.-]+\/[\w.-]+$/, "expected owner/name"),
  /** Adapter reference for all splits, or by `split` or `subset/split`, with `*` for the others. */
  adapter: z.union([z.string(), z.record(z.string(), z.string())]),
  /** Domain of all rows, unless the adapter knows better or the adapter reference names one. */
  domain: z.enum(DOMAINS).optional(),
  /** Which column plays which part, where the adapter's usual names do not fit. */
  columns: mappingSchema.optional(),
  /** As the dataset's card states it; null when it states none or it is not known. */
  license: z.string().nullable(),
  /** ISO date, as exact as it is known (`2024-10`); null when it is not. */
  released: z
    .string()
    .regex(/^\d{4}(-\d{2}(-\d{2})?)?$/, "expected an ISO date such as 2024-10-01 or 2024-10")
    .nullable(),
  /** `ready`: usable as it comes; `needs_conversion`: rendering or decoding is needed first. */
  ready: z.enum(["ready", "needs_conversion"]),
  /** What a source row looks like, in words. */
  shape: z.string().min(1),
  /** What one stumbles over. */
  quirks: z.array(z.string().min(1)),
  /** Where it comes from, e.g. `hf://datasets/owner/name`. */
  homepage: z.string().min(1),
});

export type DatasetDescription = z.infer<typeof descriptionSchema>;

/** The folder with the descriptions that come with the library: next to the built code, or in the repository. */
export function bundledDescriptions(): string {
  const built = join(__dirname, "..", "datasets");
  return existsSync(built) ? built : join(__dirname, "..", "..", "datasets");
}

/**
 * Dataset → description, sorted by dataset, from all `*.json` files in the folders; of one dataset described twice
 * the later folder wins (bundled first, then the workspace's). Folders that do not exist are passed over.
 * @throws InputError that names file and field when a file is not a description.
 */
export function loadDescriptions(
  folders: readonly string[] = [bundledDescriptions()],
): Map<string, DatasetDescription> {
  const found = new Map<string, DatasetDescription>();
  for (const folder of folders) {
    if (!existsSync(folder)) continue;
    for (const name of readdirSync(folder).sort()) {
      if (!name.endsWith(".json")) continue;
      const description = readDescription(join(folder, name));
      found.set(description.dataset, description);
    }
  }
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}

/** The description in a file. @throws InputError that names file and field when it is none. */
export function readDescription(path: string): DatasetDescription {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, "utf8"));
  } catch (cause) {
    throw new InputError(`dataset description ${path}: ${errorText(cause)}; expected a JSON object`, {
      cause,
    });
  }
  const parsed = descriptionSchema.safeParse(value);
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => `${issue.path.join(".") || "(all)"}: ${issue.message}`);
    throw new InputError(`dataset description ${path}: ${faults.join("; ")}`, { cause: parsed.error });
  }
  const { adapter } = parsed.data;
  for (const [split, reference] of typeof adapter === "string" ? [["", adapter]] : Object.entries(adapter)) {
    try {
      resolveAdapter(reference!);
    } catch (cause) {
      const field = split === "" ? "adapter" : `adapter.${split}`;
      throw new InputError(`dataset description ${path}: ${field}: ${errorText(cause)}`, { cause });
    }
  }
  return parsed.data;
}

/**
 * The adapter reference for a split.
 * @throws InputError when the description names adapters by split and neither this one nor `*` is among them.
 */
export function describedAdapter(description: DatasetDescription, subset: string, split: string): string {
  const { adapter, domain, columns, dataset } = description;
  const reference =
    typeof adapter === "string" ? adapter : (adapter[`${subset}/${split}`] ?? adapter[split] ?? adapter["*"]);
  if (reference === undefined) {
    const near = nearestNames(split, Object.keys(adapter));
    throw new InputError(
      `dataset description of ${dataset}: no adapter for split "${split}" of ${subset}, expected one of ` +
        `${Object.keys(adapter).join(", ")}${near.length > 0 ? ` (nearest: ${near.join(", ")})` : ""}; add it, or "*"`,
    );
  }
  if (reference.includes("?") || !ADAPTERS.has(reference)) return reference;
  const mapping = Object.fromEntries(Object.entries(columns ?? {}).filter(([, name]) => name !== undefined));
  return adapterReference(reference, { ...(domain ? { domain } : {}), mapping });
}
