/**
 * Pass 2: the pools' shards. Each follows from the counts of pass 1 alone, so that it does not matter who writes it
 * or when; only shards of the runs that hold a row of it are read.
 */

import { createHash } from "node:crypto";
import { createReadStream, existsSync, statSync } from "node:fs";
import type { Db } from "../db";
import { quoteName, quoteText } from "../db";
import { readParquet } from "../run-folder";
import { layeredRows } from "../run-folder/layered-rows";
import { copyMark, type ResearchMark } from "../run-folder/research-mode";
import { overlaysOf, type PoolColumns, type PoolInput, type ShardCounts } from "./pool-facts";

/** One output shard: rows `skip` to `skip + rows` of a pool's rows in `inputs`. */
export interface PoolShard {
  /** Index of the pool. */
  readonly pool: number;
  readonly name: string;
  readonly skip: number;
  readonly rows: number;
  /** Indices of the inputs that hold its rows, in order. */
  readonly inputs: readonly number[];
  readonly rowGroupRows: number;
}

const ROW_GROUP_BYTES = 24 * 1024 * 1024;

/** The shards of every pool, in input order, `rowsPerShard` rows each but for the last of a pool. */
export function planShards(
  counts: readonly ShardCounts[],
  pools: readonly string[],
  rowsPerShard: number,
): PoolShard[] {
  return pools.flatMap((name, pool) => {
    const total = counts.reduce((sum, count) => sum + count.pools[pool]!.rows, 0);
    const shards: PoolShard[] = [];
    for (let first = 0; first < total; first += rowsPerShard) {
      const end = Math.min(first + rowsPerShard, total);
      const inputs: number[] = [];
      let before = 0;
      let skip = 0;
      let widest = 0;
      for (const [i, count] of counts.entries()) {
        const rows = count.pools[pool]!.rows;
        if (rows > 0 && before < end && before + rows > first) {
          if (inputs.length === 0) skip = first - before;
          inputs.push(i);
          widest = Math.max(widest, count.rowBytes);
        }
        before += rows;
      }
      const part = String(shards.length).padStart(5, "0");
      const rowGroupRows = Math.min(2048, Math.max(128, Math.floor(ROW_GROUP_BYTES / Math.max(1, widest))));
      shards.push({
        ...{ pool, name: `${name}/part-${part}.parquet` },
        ...{ skip, rows: end - first, inputs, rowGroupRows },
      });
    }
    return shards;
  });
}

/** What all shards have in common. */
export interface ShardContext {
  readonly inputs: readonly PoolInput[];
  readonly columns: PoolColumns;
  /** Written into each file. */
  readonly mark: ResearchMark | null;
}

/** Writes a shard, unless it is there, and returns its size and checksum. `db` must run on one thread. */
export async function writeShard(
  db: Db,
  shard: PoolShard,
  { inputs, columns, mark }: ShardContext,
  path: string,
  rename: (from: string, to: string) => void,
): Promise<{ file: string; rows: number; bytes: number; sha256: string }> {
  if (!existsSync(path)) {
    await db.run(
      `copy (${shardSql(shard, inputs, columns)}) to ${quoteText(`${path}.tmp`)} ` +
        `(format parquet, compression zstd, row_group_size ${shard.rowGroupRows}${copyMark(mark)})`,
    );
    rename(`${path}.tmp`, path);
  }
  return { file: shard.name, rows: shard.rows, bytes: statSync(path).size, sha256: await sha256(path) };
}

/** Rows stand beside their facts by position: both files hold the same rows in the same order. */
function shardSql(shard: PoolShard, inputs: readonly PoolInput[], columns: PoolColumns): string {
  const byRun = new Map<PoolInput["run"], PoolInput[]>();
  for (const i of shard.inputs) {
    const input = inputs[i]!;
    byRun.set(input.run, [...(byRun.get(input.run) ?? []), input]);
  }
  const parts = [...byRun].map(([run, group]) => {
    const own = new Set(run.columns.map((column) => column.name));
    const select = [
      ...columns.rows.map(({ name, type }) =>
        own.has(name) ? `r.${quoteName(name)}` : `null::${type} as ${quoteName(name)}`,
      ),
      ...columns.sidecars.map(({ name }, i) => `f.v${i} as ${quoteName(name)}`),
    ];
    // Which rows a pipeline kept is in the facts.
    const rows = layeredRows({
      ...{ run, sidecars: [], aligned: new Set(), n: null, ids: false },
      ...{ shards: group.map(({ shard }) => shard), overlays: overlaysOf(run), verdicts: null },
    });
    return (
      `select ${select.join(", ")} from (${rows}) r ` +
      `positional join ${readParquet(group.map((input) => input.facts))} f where f.p${shard.pool}`
    );
  });
  return `select * from (${parts.join(" union all ")}) limit ${shard.rows} offset ${shard.skip}`;
}

async function sha256(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}
