/** What the card states: read from the run's own files, never from memory of how it was made. */

import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import { Db } from "../db";
import { InputError } from "../errors";
import type { RunFolder } from "../run-folder";
import { readParquet, readRunFolder } from "../run-folder";
import { isResearch } from "../run-folder/research-mode";
import { poolsManifest } from "../select/pools-manifest";

const counts = z.record(z.string(), z.number());

const ledger = z.object({
  format: z.literal("corpuslab.ledger"),
  splits: z.array(
    z.object({
      stage: z.string().default("normalize"),
      dataset: z.string(),
      subset: z.string(),
      split: z.string(),
      rows_in: z.number(),
      rows_out: z.number(),
      rejected: counts.default({}),
      quarantined: counts.default({}),
    }),
  ),
});

const manifest = z.object({
  format: z.literal("corpuslab.run"),
  code: z.object({ corpuslab: z.string(), sha256: z.string() }).optional(),
  inputs: z.array(
    z.object({
      dataset: z.string(),
      revision: z.string(),
      license: z.string().nullable(),
      files: z.array(z.object({ name: z.string(), bytes: z.number() })),
    }),
  ),
});

/** The shards of one split, below `rows/`. */
export interface RowsSplit {
  readonly dataset: string;
  readonly subset: string;
  readonly split: string;
  /** Folder below `rows/`. */
  readonly folder: string;
  readonly shards: readonly string[];
}

export interface RunFacts {
  readonly folder: RunFolder;
  readonly splits: readonly RowsSplit[];
  readonly rows: number;
  readonly ledger: z.infer<typeof ledger>;
  readonly manifest: z.infer<typeof manifest>;
  /** Whether it was made in research mode, or from something that was. */
  readonly research: boolean;
  /** The pools in `<run>/pools`, if they were built. */
  readonly pools: z.infer<typeof poolsManifest> | null;
}

/**
 * Reads the facts of a finished run.
 * @throws InputError when the folder is no finished run.
 */
export async function readRunFacts(runDir: string): Promise<RunFacts> {
  const { folder, splits, rows } = await readSplits(runDir);
  const pools = join(folder.path, "pools", "pools.json");
  return {
    ...{ folder, splits, rows, research: isResearch(folder.path) || isResearch(pools) },
    ledger: readJson(join(folder.path, "ledger.json"), ledger),
    manifest: readJson(join(folder.path, "run.json"), manifest),
    pools: existsSync(pools) ? readJson(pools, poolsManifest) : null,
  };
}

/** The splits of a run folder by what their rows say of themselves, in the order of their folders. */
export async function readSplits(
  runDir: string,
): Promise<{ folder: RunFolder; splits: RowsSplit[]; rows: number }> {
  const db = await Db.open({ threads: 1, memoryLimit: "200MB" });
  try {
    const folder = await readRunFolder(db, runDir);
    const groups = new Map<string, string[]>();
    for (const shard of folder.shards)
      groups.set(dirname(shard), [...(groups.get(dirname(shard)) ?? []), shard]);
    const splits: RowsSplit[] = [];
    let rows = 0;
    for (const [name, shards] of groups) {
      const table = readParquet(shards.map((shard) => join(folder.path, "rows", shard)));
      const [row] = await db.all<{ dataset: string; subset: string; split: string }>(
        `select dataset, subset, split from ${table} limit 1`,
      );
      const parts = name.split("/");
      const unknown = { dataset: "", subset: "default", split: parts[parts.length - 1]! };
      splits.push({ ...(row ?? unknown), folder: name, shards });
      rows += (await db.one<{ n: number }>(`select count(*)::DOUBLE as n from ${table}`)).n;
    }
    return { folder, splits, rows };
  } finally {
    db.close();
  }
}

function readJson<T>(path: string, schema: z.ZodType<T>): T {
  if (!existsSync(path))
    throw new InputError(
      `${path}: no such file; expected a finished run (run the same command with --resume)`,
    );
  try {
    return schema.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch (cause) {
    const fault =
      cause instanceof z.ZodError
        ? cause.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; ")
        : String(cause);
    throw new InputError(`${path} does not have the expected form (${fault})`, { cause });
  }
}
