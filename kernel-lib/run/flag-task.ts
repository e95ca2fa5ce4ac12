/** Task: one shard of canonical rows → the values of the flags, a sidecar file each, same rows, same order. */
import { Db, quoteName, quoteText } from "../db";
import { RowBuffer } from "../db/row-buffer";
import type { TaskContext } from "../engine/engine";
import { readParquet } from "../run-folder";
import { type Columns, sidecarOf, writtenColumns } from "../step";
import { chosenFlags, prepareFlags, readColumns, runFlags } from "./flag-batches";

export interface FlagSpec {
  readonly flags: readonly { readonly flag: string; readonly params: Readonly<Record<string, unknown>> }[];
  /** Canonical shard: relative to the task's output folder, or absolute. */
  readonly rows: string;
  /** Name of the shard below each sidecar: `train/part-00000.parquet`. */
  readonly part: string;
  /** Identity of the shards of the run. */
  readonly basis: string;
}

export interface FlagSummary {
  readonly rows: number;
}

export async function task(spec: unknown, context: TaskContext): Promise<FlagSummary> {
  const { flags: choices, rows: shard, part } = spec as FlagSpec;
  const flags = chosenFlags(choices);
  await prepareFlags(flags);
  const from = shard.startsWith("/") ? shard : `${context.out}/${shard}`;
  const db = await Db.open({ threads: 1, memoryLimit: "300MB", signal: context.signal });
  try {
    const buffers = flags.map(({ step }, i) => {
      const types = writtenColumns(step).map(({ name, type }) => [name, type] as const);
      const buffer = new RowBuffer(`flag_out_${i}`, [["row_key", "VARCHAR"], ...types]);
      db.attach(buffer);
      return buffer;
    });
    const reads = readColumns(flags);
    const nested = await nestedColumns(db, from);
    const list = reads.map((name) =>
      nested.has(name) ? `to_json(${quoteName(name)})::varchar` : quoteName(name),
    );
    const query = `SELECT ${["row_key", ...list].join(", ")} FROM ${readParquet([from])}`;
    const { n } = await db.one<{ n: number }>(`SELECT count(*) AS n FROM ${readParquet([from])}`);
    let done = 0;
    for await (const [keys, ...read] of db.streamColumns(query)) {
      const rows = keys!.length;
      const columns: Columns = Object.fromEntries(
        reads.map((name, i) => [name, nested.has(name) ? read[i]!.map(parsed) : read[i]!]),
      );
      runFlags(flags, columns, rows, (i, values, first, count) => {
        buffers[i]!.append([keys!.slice(first, first + count), ...values], count);
      });
      done += rows;
      context.progress(done, done / Math.max(1, n));
    }
    for (const [i, { step }] of flags.entries()) {
      const to = `${sidecarOf(step)}/${part}`;
      await db.run(
        `COPY (FROM flag_out_${i}()) TO ${quoteText(context.file(to))} (FORMAT parquet, COMPRESSION zstd)`,
      );
      context.setRows(to, buffers[i]!.rows);
    }
    return { rows: done };
  } finally {
    db.close();
  }
}

/** Columns that hold structs or lists; they travel as JSON, which is faster than the driver's own objects. */
async function nestedColumns(db: Db, shard: string): Promise<ReadonlySet<string>> {
  const columns = await db.describe(`select * from ${readParquet([shard])}`);
  return new Set(columns.filter(({ type }) => /[[(]/.test(type)).map(({ name }) => name));
}

function parsed(json: unknown): unknown {
  return json === null ? null : (JSON.parse(json as string) as unknown);
}
