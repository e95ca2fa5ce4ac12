/** Task: one file → its shards and its sha256. A second, independent count of rows, against which the ledger balances. */
import { createHash } from "node:crypto";
import { closeSync, openSync, readSync } from "node:fs";
import type { TaskContext } from "../engine/engine";
import { planShards } from "../source/plan-shards";
import type { ShardRange, SourceFile } from "../source/source";

export interface PlanSpec {
  readonly file: SourceFile;
  /** When the file was last changed: a plan holds for the file as it was. */
  readonly mtimeMs: number;
  readonly rowsPerShard: number;
  readonly shardBytes: number;
  /** Only the first rows of the file, or all. */
  readonly maxRows: number | null;
}

export interface PlanSummary {
  /** Physical rows, bad ones included. */
  readonly rows: number;
  readonly shards: readonly ShardRange[];
  readonly seekable: boolean;
  readonly sha256: string;
}

export async function task(spec: unknown, context: TaskContext): Promise<PlanSummary> {
  const { file, rowsPerShard, shardBytes, maxRows } = spec as PlanSpec;
  const plan = await planShards(file, {
    rowsPerShard,
    shardBytes,
    signal: context.signal,
    ...(maxRows === null ? {} : { maxRows }),
  });
  return {
    rows: plan.rows,
    shards: plan.shards,
    seekable: plan.seekable,
    sha256: file.sha256 ?? sha256OfFile(file.path),
  };
}

function sha256OfFile(path: string): string {
  const hash = createHash("sha256");
  const buffer = Buffer.allocUnsafeSlow(1 << 20);
  const descriptor = openSync(path, "r");
  try {
    for (let size = readSync(descriptor, buffer); size > 0; size = readSync(descriptor, buffer)) {
      hash.update(size === buffer.length ? buffer : buffer.subarray(0, size));
    }
  } finally {
    closeSync(descriptor);
  }
  return hash.digest("hex");
}
