/** Task: one shard of canonical rows → the values of one flag, same rows, same order. */
import { Db, quoteName, quoteText } from "../db";
import { RowBuffer } from "../db/row-buffer";
import type { TaskContext } from "../engine/engine";
import { InputError } from "../errors";
import { FLAGS } from "../flag";
import { readParquet } from "../run-folder";
import { type Columns, columnType, type Step } from "../step";

export interface FlagSpec {
  readonly flag: string;
  readonly params: Readonly<Record<string, unknown>>;
  /** Canonical shard, relative to the run folder. */
  readonly rows: string;
  /** Sidecar file to write, relative to the run folder. */
  readonly to: string;
  /** Identity of the shards of the run. */
  readonly basis: string;
}

export interface FlagSummary {
  readonly rows: number;
}

export async function task(spec: unknown, context: TaskContext): Promise<FlagSummary> {
  const { flag, params, rows, to } = spec as FlagSpec;
  const step = FLAGS.get(flag);
  if (!step) throw new InputError(`unknown flag "${flag}", expected one of ${[...FLAGS.keys()].join(", ")}`);
  const db = await Db.open({ threads: 1, memoryLimit: "300MB", signal: context.signal });
  try {
    const written = await writeFlag(
      db,
      step,
      step.params.parse(params),
      `${context.out}/${rows}`,
      context.file(to),
    );
    context.setRows(to, written);
    return { rows: written };
  } finally {
    db.close();
  }
}

async function writeFlag(db: Db, step: Step, params: unknown, from: string, to: string): Promise<number> {
  const reads = Object.keys(step.reads.shape);
  const writes = Object.entries(step.writes.shape).map(([name, schema]) => ({
    name,
    type: columnType(schema),
  }));
  const out = new RowBuffer("flag_out", [
    ["row_key", "VARCHAR"],
    ...writes.map(({ name, type }) => [name, type] as const),
  ]);
  db.attach(out);
  const query = `SELECT row_key, ${reads.map(quoteName).join(", ")} FROM ${readParquet([from])}`;
  for await (const [keys, ...read] of db.streamColumns(query)) {
    const rows = keys!.length;
    const columns: Columns = Object.fromEntries(reads.map((name, i) => [name, read[i]!]));
    const values = step.run(columns, params, rows) as Columns;
    out.append([keys!, ...writes.map(({ name }) => values[name]!)], rows);
  }
  await db.run(`COPY (FROM flag_out()) TO ${quoteText(to)} (FORMAT parquet, COMPRESSION zstd)`);
  return out.rows;
}
