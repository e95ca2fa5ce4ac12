/** Pools over the runs of pipelines: which rows they left in, and what pools.json says of them. */

import { readFileSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";
import { z } from "zod";
import type { Db } from "../db";
import { errorText, InputError } from "../errors";
import type { Layer, RunFolder } from "../run-folder";
import { rowCounts } from "../run-folder/row-counts";
import { verdictSlice } from "../run-folder/verdict-slice";
import type { PoolInput, ShardCounts } from "./pool-facts";
import type { PoolsManifest } from "./pools-manifest";

const ledger = z.object({ totals: z.object({ rows_in: z.int(), rows_out: z.int() }) });

/** The shards of the runs, and where the last layer over each speaks of its rows. */
export async function poolInputs(db: Db, runs: readonly RunFolder[]): Promise<Omit<PoolInput, "facts">[]> {
  const inputs: Omit<PoolInput, "facts">[] = [];
  for (const run of runs) {
    const layer = run.layers.at(-1);
    if (layer === undefined) {
      inputs.push(...run.shards.map((shard) => ({ run, shard, verdicts: null })));
      continue;
    }
    const counts = await rowCounts(
      db,
      run.shards.map((shard) => join(run.path, "rows", shard)),
    );
    const decided = await rowCounts(db, layer.verdicts);
    const files = layer.verdicts.map((path, i) => ({ path, rows: decided[i]! }));
    let start = 0;
    for (const [i, shard] of run.shards.entries()) {
      const rows = counts[i]!;
      inputs.push({ run, shard, verdicts: verdictSlice(files, { start, rows }) });
      start += rows;
    }
  }
  return inputs;
}

/**
 * Pools count the rows that the layers' ledgers count.
 * @throws InputError when verdicts say otherwise than the ledger beside them.
 */
export function checkKept(
  runs: readonly RunFolder[],
  inputs: readonly PoolInput[],
  counts: readonly ShardCounts[],
): void {
  for (const run of runs) {
    const layer = run.layers.at(-1);
    if (layer === undefined) continue;
    const kept = counts.reduce((sum, { rows }, i) => sum + (inputs[i]!.run === run ? rows : 0), 0);
    const { rows_out } = totalsOf(layer);
    if (kept === rows_out) continue;
    throw new InputError(
      `${layer.path}: its verdicts keep ${kept} rows, its ledger.json says ${rows_out}; the folder was changed after ` +
        "the run: run the pipeline again with --overwrite",
    );
  }
}

/** What pools.json says of the layers; nothing when there are none. */
export function layersOfPools(runs: readonly RunFolder[], out: string): Pick<PoolsManifest, "layers"> {
  const layers = runs.flatMap((run) => run.layers);
  if (layers.length === 0) return {};
  return {
    layers: layers.map((layer) => ({
      pipeline: layer.manifest.name,
      run: relative(resolve(out), layer.path).split(sep).join("/") || ".",
      steps: layer.manifest.steps.map(({ step }) => step),
      ...totalsOf(layer),
    })),
  };
}

function totalsOf({ path }: Layer): { readonly rows_in: number; readonly rows_out: number } {
  const file = join(path, "ledger.json");
  try {
    return ledger.parse(JSON.parse(readFileSync(file, "utf8"))).totals;
  } catch (cause) {
    throw new InputError(`${file}: is missing or damaged (${errorText(cause)})`, { cause });
  }
}
