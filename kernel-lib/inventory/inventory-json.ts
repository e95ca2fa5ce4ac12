/** The shape of `inventory.json`: what other programs read. A change of it is a new `version`. */
import { z } from "zod";
import { JSON_TYPES } from "./type-place";

const count = z.number().int().nonnegative();
const share = z.number().min(0).max(1);
const position = z.object({ file: z.string(), row: count });

const summary = z.object({
  min: z.number(),
  max: z.number(),
  mean: z.number().nullable(),
  median: z.number(),
  p95: z.number(),
  std: z.number().nullable(),
  /** False when median and p95 are within 1 % of the true value instead of exact. */
  exact: z.boolean(),
});

/** `counts[i]` rows lie in [`edges[i]`, `edges[i + 1]`); edges are powers of two. */
const histogram = z.object({ counts: z.array(count), edges: z.array(z.number()) });

const column = z.object({
  name: z.string(),
  /** All types of the column, nested types written out. */
  type: z.string(),
  /** Fields of the column's objects, or of the objects in its lists: one level, types written out. */
  fields: z.array(z.object({ name: z.string(), type: z.string() })),
  types: z.array(
    z.object({
      type: z.enum(JSON_TYPES),
      written: z.string(),
      count,
      /** Of the rows that have the column. */
      share,
      /** First row of that type. */
      example: position,
    }),
  ),
  /** True when rows differ in type, null and int next to float aside. */
  mixed: z.boolean(),
  /** Set when one type ends before the next begins: the column changed its type in mid-split. */
  type_change: z.object({ from: z.enum(JSON_TYPES), to: z.enum(JSON_TYPES), at: position }).nullable(),
  present: count,
  absent: count,
  null_count: count,
  /** Rows where the column is null or absent, of all rows. */
  null_share: share,
  /** Different values that are not null; lists and dicts by their JSON text. */
  distinct: z.object({ count, estimated: z.boolean() }),
  numbers: summary.nullable(),
  /** In characters (code points). */
  string_length: summary.nullable(),
  /** In items. */
  list_length: summary.nullable(),
  /** Cut to `example_characters`; `length` is the length before the cut. */
  examples: z.array(z.object({ text: z.string(), length: count })),
});

const covered = z.object({ rows: count, share });

const coverage = z.object({
  /** Adapter that read the rows; null when coverage other than correctness was not measured. */
  adapter: z.string().nullable(),
  /** Why it was chosen, or the question where several or none fit. */
  note: z.string().nullable(),
  rows: count,
  correctness_metadata: covered,
  tools: covered.nullable(),
  fields: z.record(z.string(), covered),
  domains: z.record(z.string(), count),
  tokens: summary.extend({ histogram }).nullable(),
});

const split = z.object({
  subset: z.string(),
  split: z.string(),
  /** Exact unless `estimated`; null when it cannot be estimated (a sample of a compressed file). */
  rows: count.nullable(),
  estimated: z.boolean(),
  /** Rows that were read: all of them unless `estimated`. */
  sample_rows: count,
  files: z.array(
    z.object({
      name: z.string(),
      bytes: count,
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
      format: z.enum(["jsonl", "json", "parquet", "csv"]),
      compression: z.literal("gzip").nullable(),
    }),
  ),
  unreadable: z.object({
    count,
    by_reason: z.record(z.string(), count),
    first: z.array(
      z.object({
        file: z.string(),
        row: count,
        offset: count.nullable(),
        reason: z.string(),
        detail: z.string(),
      }),
    ),
  }),
  columns: z.array(column),
  columns_left_out: z.boolean(),
  coverage,
  gaps: z.array(z.string()),
});

/** Validates `inventory.json`. */
export const inventorySchema = z.object({
  format: z.literal("corpuslab.inventory"),
  version: z.literal(1),
  dataset: z.string(),
  revision: z.string(),
  license: z.string().nullable(),
  /** How tokens were estimated. */
  tokens: z.literal("ceil(UTF-8 bytes of message bodies or text / 4)"),
  example_characters: count,
  splits: z.array(split),
  gaps: z.array(z.string()),
});

export type InventoryJson = z.infer<typeof inventorySchema>;
export type InventorySplit = InventoryJson["splits"][number];
export type InventoryColumn = InventorySplit["columns"][number];

/** `split`, or `subset/split` where the dataset has a named subset. */
export function splitLabel({ subset, split }: { readonly subset: string; readonly split: string }): string {
  return subset === "default" ? split : `${subset}/${split}`;
}
