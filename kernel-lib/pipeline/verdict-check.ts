/** The last check of a run: its verdict files say what its ledger says. */
import { join } from "node:path";
import { Db } from "../db";
import { ShardError } from "../errors";
import type { Ledger } from "../run/ledger";
import { parquetFiles, readParquet } from "../run-folder";
import type { InputRun } from "./input-run";

/**
 * Nothing happens when there is a verdict for each row of the input, as many rows are kept as the ledger says, and
 * each step dropped as many as it says.
 * @throws ShardError when not.
 */
export async function checkVerdicts(out: string, input: InputRun, ledger: Ledger): Promise<void> {
  const files = parquetFiles(join(out, "verdicts")).map((name) => join(out, "verdicts", name));
  const expected = new Map<string, number>();
  for (const { stage, rejected, quarantined } of ledger.splits) {
    const dropped = [...Object.values(rejected), ...Object.values(quarantined)].reduce((a, b) => a + b, 0);
    expected.set(stage, (expected.get(stage) ?? 0) + dropped);
  }
  const lines = await verdictCounts(files);
  const before = await verdictCounts(input.verdicts.map(({ path }) => path));
  const total = (which: (line: VerdictCount) => boolean, among = lines) =>
    among.filter(which).reduce((sum, { rows }) => sum + rows, 0);
  const faults: string[] = [];
  const compare = (what: string, found: number, said: number): void => {
    if (found !== said) faults.push(`${what}: verdicts/ has ${found}, expected ${said}`);
  };
  compare(
    "rows",
    total(() => true),
    input.shards.reduce((sum, shard) => sum + shard.rows, 0),
  );
  compare(
    "rows kept",
    total(({ kept }) => kept),
    ledger.totals.rows_out,
  );
  compare(
    "rows that went in",
    ledger.totals.rows_in,
    input.rowsIn.reduce((a, b) => a + b, 0),
  );
  for (const [step, rows] of expected) {
    // The same step may have run in a layer below, and its rows keep what it said there.
    const dropped = (line: VerdictCount) => line.step === step;
    compare(`rows dropped by ${step}`, total(dropped) - total(dropped, before), rows);
  }
  if (faults.length > 0) throw new ShardError(`do not use ${out}, report this: ${faults.join("; ")}`);
}

interface VerdictCount extends Record<string, unknown> {
  readonly kept: boolean;
  readonly step: string | null;
  readonly rows: number;
}

async function verdictCounts(files: readonly string[]): Promise<VerdictCount[]> {
  if (files.length === 0) return [];
  const db = await Db.open({ memoryLimit: "400MB" });
  try {
    return await db.all<VerdictCount>(
      `select kept, step, count(*) as rows from ${readParquet(files)} group by all`,
    );
  } finally {
    db.close();
  }
}
