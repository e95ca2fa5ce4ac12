/** Rows by step, split and outcome: what a task counts and the ledger adds up. */
import type { LedgerEntry } from "../run/ledger";
import { addUp, sum } from "../run/ledger";
import type { Split } from "./input-run";

/** Reason of rows on which a step threw. */
export const ERROR_REASON = "error";

/** Of one step and one split. Plain JSON. */
export interface StepCounts {
  readonly in: number;
  readonly out: number;
  readonly rejected: Readonly<Record<string, number>>;
  readonly errors: number;
}

/** `[step][split]` */
export type Tally = readonly (readonly StepCounts[])[];

/** Reasons of one step. More than this many are no names of rules but made of the rows. */
const MOST_REASONS = 1000;

/** Counts as they grow. */
export class TallyCounter {
  private readonly cells: { in: number; out: number; errors: number; rejected: Map<string, number> }[][];

  constructor(steps: number, splits: number) {
    this.cells = Array.from({ length: steps }, () =>
      Array.from({ length: splits }, () => ({ in: 0, out: 0, errors: 0, rejected: new Map() })),
    );
  }

  kept(step: number, split: number, rows: number): void {
    const cell = this.cells[step]![split]!;
    cell.in += rows;
    cell.out += rows;
  }

  failed(step: number, split: number, rows = 1): void {
    const cell = this.cells[step]![split]!;
    cell.in += rows;
    cell.errors += rows;
  }

  /** False when the step has given too many different reasons. */
  rejected(step: number, split: number, reason: string, rows = 1): boolean {
    const { rejected } = this.cells[step]![split]!;
    this.cells[step]![split]!.in += rows;
    rejected.set(reason, (rejected.get(reason) ?? 0) + rows);
    return rejected.size <= MOST_REASONS;
  }

  get tally(): Tally {
    return this.cells.map((splits) =>
      splits.map(({ rejected, ...counts }) => ({
        ...counts,
        rejected: addUp([Object.fromEntries(rejected)]),
      })),
    );
  }
}

/** Rows on which a step threw. */
export function errorsIn(tally: Tally): number {
  return sum(tally.flat().map(({ errors }) => errors));
}

/** Ledger lines of steps: for each step and split the counts of all tasks added up. */
export function stepEntries(
  refs: readonly string[],
  splits: readonly Split[],
  tallies: readonly Tally[],
): LedgerEntry[] {
  return refs.flatMap((stage, step) =>
    splits.map((split, i) => {
      const cells = tallies.map((tally) => tally[step]![i]!);
      const errors = sum(cells.map((cell) => cell.errors));
      return {
        stage,
        ...split,
        rows_in: sum(cells.map((cell) => cell.in)),
        rows_out: sum(cells.map((cell) => cell.out)),
        rejected: addUp(cells.map(({ rejected }) => rejected)),
        quarantined: errors > 0 ? { error: errors } : {},
      };
    }),
  );
}
