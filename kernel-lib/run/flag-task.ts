/** Task: one shard of canonical rows → the values of the flags, a sidecar file each, same rows, same order. */
import { Db, quoteName, quoteText } from "../db";
import { RowBuffer } from "../db/row-buffer";
import type { TaskContext } from "../engine/engine";
import { readParquet } from "../run-folder";
import { layeredRows } from "../run-folder/layered-rows";
import type { Columns } from "../step";
import { flagOf } from "./choose-flags";
import type { ChosenFlag, FlagPlan } from "./chosen-flag";
import { type ErrorsByFlag, FlagBatches, readColumns } from "./flag-batches";
import type { FlagSources } from "./flag-sources";
import { readLimits } from "./limits";
import { tooManyErrors } from "./too-many-errors";

export interface FlagSpec {
  readonly flags: readonly FlagPlan[];
  /** Canonical shard: relative to the task's output folder, or absolute. */
  readonly rows: string;
  /** Name of the shard below each sidecar: `train/part-00000.parquet`. */
  readonly part: string;
  /** Identity of the shards of the run. */
  readonly basis: string;
  /** Where columns stand that the rows themselves do not have, and the run that they belong to. */
  readonly beside?: FlagSources & { readonly run: string };
}

export interface FlagSummary {
  readonly rows: number;
  readonly errors: ErrorsByFlag;
}

export async function task(spec: unknown, context: TaskContext): Promise<FlagSummary> {
  const { flags: plans, rows: shard, part, beside } = spec as FlagSpec;
  const flags = plans.map(flagOf);
  const limits = () => readLimits(context.out);
  const batches = await FlagBatches.open(flags, { limits, signal: context.signal });
  const db = await Db.open({ threads: 1, memoryLimit: "300MB", signal: context.signal });
  try {
    const buffers = flags.map(({ columns }, i) => {
      const types = columns.map(({ name, type }) => [name, type] as const);
      const buffer = new RowBuffer(`flag_out_${i}`, [["row_key", "VARCHAR"], ...types]);
      db.attach(buffer);
      return buffer;
    });
    const path = shard.startsWith("/") ? shard : `${context.out}/${shard}`;
    const from = beside && beside.sidecars.length > 0 ? besideSql(beside, part) : readParquet([path]);
    const reads = readColumns(flags);
    const nested = await nestedColumns(db, from, flags);
    const list = reads.map((name) =>
      nested.has(name) ? `to_json(${quoteName(name)})::varchar` : quoteName(name),
    );
    const query = `SELECT ${["row_key", ...list].join(", ")} FROM ${from}`;
    const { n } = await db.one<{ n: number }>(`SELECT count(*) AS n FROM ${readParquet([path])}`);
    let done = 0;
    for await (const [keys, ...read] of db.streamColumns(query)) {
      const columns: Columns = Object.fromEntries(
        reads.map((name, i) => [name, nested.has(name) ? read[i]!.map(parsed) : read[i]!]),
      );
      await batches.run(columns, keys!, (values, some) => {
        values.forEach((one, i) => {
          buffers[i]!.append([some, ...one], some.length);
        });
      });
      const problem = tooManyErrors(batches.errors, () => limits().maxErrors);
      if (problem) throw problem;
      done += keys!.length;
      context.progress(done, done / Math.max(1, n));
    }
    for (const [i, { folder }] of flags.entries()) {
      const to = `${folder}/${part}`;
      await db.run(
        `COPY (FROM flag_out_${i}()) TO ${quoteText(context.file(to))} (FORMAT parquet, COMPRESSION zstd)`,
      );
      context.setRows(to, buffers[i]!.rows);
    }
    return { rows: done, errors: batches.errors };
  } finally {
    await batches.close();
    db.close();
  }
}

/** The shard's rows in their order, with columns of sidecars. */
function besideSql({ run, sidecars, aligned }: NonNullable<FlagSpec["beside"]>, part: string): string {
  const places = new Set(aligned);
  const rows = layeredRows({
    ...{ run: { path: run, shards: [part] }, shards: [part], n: null, ids: false },
    // One that goes by row_key may have its rows anywhere.
    sidecars: sidecars.map((one) => (places.has(one.folder) ? { ...one, shards: [part] } : one)),
    ...{ aligned: places, overlays: [], verdicts: null, inOrder: true },
  });
  return `(${rows})`;
}

/**
 * Columns with structs or lists that built-in flags read. They travel as JSON, which is faster than the driver's own objects;
 * others come as a pipeline hands them to a step.
 */
async function nestedColumns(
  db: Db,
  from: string,
  flags: readonly ChosenFlag[],
): Promise<ReadonlySet<string>> {
  const builtIn = new Set(flags.flatMap(({ plan, reads }) => ("step" in plan ? [] : reads)));
  const columns = await db.describe(`select * from ${from}`);
  return new Set(
    columns.filter(({ name, type }) => builtIn.has(name) && /[[(]/.test(type)).map(({ name }) => name),
  );
}

function parsed(json: unknown): unknown {
  return json === null ? null : (JSON.parse(json as string) as unknown);
}
