/** The ledger: for every stage and split, rows in = rows out + refused (by reason) + quarantined (by reason). */
import { z } from "zod";
import { ShardError } from "../errors";

const counts = z.record(z.string(), z.int().min(0));

const ledgerEntry = z.object({
  stage: z.string(),
  dataset: z.string(),
  subset: z.string(),
  split: z.string(),
  /** Rows that went in: for normalize the physical rows that the planner counted on its own. */
  rows_in: z.int().min(0),
  rows_out: z.int().min(0),
  /** Reason → rows, refused by a switch or a rule. */
  rejected: counts,
  /** Reason → rows that could not be read. */
  quarantined: counts,
});

export const ledgerSchema = z.object({
  format: z.literal("corpuslab.ledger"),
  version: z.literal(1),
  balanced: z.boolean(),
  /** Files or shards that failed; their rows are in no count. Empty in a complete run. */
  failed: z.array(z.object({ task: z.string(), message: z.string() })),
  splits: z.array(ledgerEntry),
  totals: z.object({
    rows_in: z.int(),
    rows_out: z.int(),
    rejected: counts,
    quarantined: counts,
  }),
});

export type LedgerEntry = z.infer<typeof ledgerEntry>;
export type Ledger = z.infer<typeof ledgerSchema>;

/** A ledger of the given entries. Totals run from what entered the first stage to what left the last. */
export function makeLedger(
  entries: readonly LedgerEntry[],
  failed: readonly { task: string; message: string }[],
): Ledger {
  const stages = [...new Set(entries.map((entry) => entry.stage))];
  const first = entries.filter((entry) => entry.stage === stages[0]);
  const last = entries.filter((entry) => entry.stage === stages[stages.length - 1]);
  return {
    format: "corpuslab.ledger",
    version: 1,
    balanced: entries.every((entry) => imbalance(entry) === 0) && handedOn(entries),
    failed: [...failed],
    splits: [...entries],
    totals: {
      rows_in: sum(first.map((entry) => entry.rows_in)),
      rows_out: sum(last.map((entry) => entry.rows_out)),
      rejected: addUp(entries.map((entry) => entry.rejected)),
      quarantined: addUp(entries.map((entry) => entry.quarantined)),
    },
  };
}

/** What leaves one stage enters the next. */
function handedOn(entries: readonly LedgerEntry[]): boolean {
  const stages = [...new Set(entries.map(({ stage }) => stage))];
  const rows = (stage: string, count: "rows_in" | "rows_out") =>
    sum(entries.filter((entry) => entry.stage === stage).map((entry) => entry[count]));
  return stages.every((stage, i) => i === 0 || rows(stages[i - 1]!, "rows_out") === rows(stage, "rows_in"));
}

/** Rows that are unaccounted for: positive when rows were lost, negative when rows appeared. */
export function imbalance(entry: LedgerEntry): number {
  return (
    entry.rows_in -
    entry.rows_out -
    sum(Object.values(entry.rejected)) -
    sum(Object.values(entry.quarantined))
  );
}

/**
 * Nothing happens when the ledger balances.
 * @throws ShardError naming each stage and split where rows are lost or made up.
 */
export function assertBalanced(ledger: Ledger): void {
  if (ledger.balanced) return;
  const wrong = ledger.splits.filter((entry) => imbalance(entry) !== 0);
  const lines = wrong.map(
    (entry) =>
      `${entry.stage} ${entry.dataset} ${entry.subset}/${entry.split}: ${entry.rows_in} rows in, ` +
      `${entry.rows_in - imbalance(entry)} accounted for`,
  );
  throw new ShardError(
    `the ledger does not balance, do not use this run: ${lines.join("; ") || "rows got lost between two stages"}`,
  );
}

export function addUp(all: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const total = new Map<string, number>(); // a reason may have any name, "constructor" too
  for (const one of all) {
    for (const [reason, count] of Object.entries(one)) total.set(reason, (total.get(reason) ?? 0) + count);
  }
  return Object.fromEntries([...total].sort(([a], [b]) => (a < b ? -1 : 1)));
}

export function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, n) => total + n, 0);
}
