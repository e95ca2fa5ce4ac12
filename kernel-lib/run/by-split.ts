/** What is counted or cut per split, over the files of the split. */
import { addUp, type LedgerEntry, sum } from "./ledger";
import { limitShards, type PlannedFile } from "./parts";
import type { PlanSummary } from "./plan-task";

/** One entry per split, in the order given, with the counts of its files added up. */
export function ledgerEntries(
  files: readonly PlannedFile[],
  count: (planned: PlannedFile) => Omit<LedgerEntry, "dataset" | "subset" | "split">,
): LedgerEntry[] {
  const bySplit = new Map<string, LedgerEntry>();
  for (const planned of files) {
    const { source, subset, split } = planned;
    const key = splitKey(planned);
    const part = count(planned);
    const before = bySplit.get(key);
    bySplit.set(key, {
      stage: part.stage,
      dataset: source.dataset,
      subset,
      split,
      rows_in: part.rows_in + (before?.rows_in ?? 0),
      rows_out: part.rows_out + (before?.rows_out ?? 0),
      rejected: addUp([before?.rejected ?? {}, part.rejected]),
      quarantined: addUp([before?.quarantined ?? {}, part.quarantined]),
    });
  }
  return [...bySplit.values()];
}

/** The plans cut to the first `limit` rows of each split. */
export function limitPlans(
  plans: ReadonlyMap<PlannedFile, PlanSummary>,
  limit: number,
): Map<PlannedFile, PlanSummary> {
  const bySplit = new Map<string, [PlannedFile, PlanSummary][]>();
  for (const entry of plans) {
    const key = splitKey(entry[0]);
    bySplit.set(key, [...(bySplit.get(key) ?? []), entry]);
  }
  const limited = new Map<PlannedFile, PlanSummary>();
  for (const group of bySplit.values()) {
    const shards = limitShards(
      group.map(([, plan]) => plan),
      limit,
    );
    group.forEach(([planned, plan], i) => {
      limited.set(planned, { ...plan, shards: shards[i]!, rows: sum(shards[i]!.map(({ rows }) => rows)) });
    });
  }
  return limited;
}

function splitKey({ source, subset, split }: PlannedFile): string {
  return JSON.stringify([source.dataset, subset, split]);
}

/** A file without rows becomes one shard without rows: the split is there, and readers find its columns. */
export function orEmptyShard(plan: PlanSummary): PlanSummary {
  if (plan.shards.length > 0) return plan;
  return { ...plan, seekable: false, shards: [{ firstRow: 0, rows: 0, start: null, end: null }] };
}
