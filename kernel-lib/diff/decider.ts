/** A step of any form as something that answers batches of rows that a query gives. */
import { quoteName } from "../db";
import { externalProcess } from "../steps/external-process";
import { filterSql, UNDECIDED } from "../steps/filter-sql";
import type { PinnedStep } from "../steps/pinned-step";
import { rowFunction } from "../steps/row-function";
import type { StepRow } from "../steps/sandbox";
import type { Answer } from "./directions";

/** Values of the query's columns, by what was asked for. */
export type Batch = ReadonlyMap<string, readonly unknown[]>;

export interface Decider {
  /** SQL over the rows that the query has to give: columns, or expressions that hold the answer. */
  readonly needs: readonly string[];
  /** The answers to the rows of a batch with these numbers. */
  answers(batch: Batch, rows: readonly number[]): readonly Answer[] | Promise<readonly Answer[]>;
  /** What it started has ended. */
  close(): Promise<void>;
}

/**
 * The step, started where it is a program of its own. A group rule has to be given all rows in one query; equal rows are
 * told apart by the column `key`.
 */
export function decider(
  step: PinnedStep,
  { key, signal }: { readonly key: string; readonly signal: AbortSignal },
): Decider {
  const { form } = step.manifest;
  if (form === "function") {
    const fn = rowFunction(step);
    return byRow(step, (rows) => rows.map(fn));
  }
  if (form === "external") {
    const program = externalProcess(step, { signal });
    return byRow(
      step,
      (rows) => program.answers(rows),
      () => program.close(),
    );
  }
  const { undecided, reason } = filterSql(step, { tie: key });
  return {
    needs: [undecided, reason],
    close: async () => undefined,
    answers(batch, rows) {
      const [unknown, reasons] = [batch.get(undecided)!, batch.get(reason)!];
      return rows.map((i) => {
        if (unknown[i] === true) return { error: UNDECIDED };
        const why = reasons[i];
        return why === null ? { keep: true } : { drop: String(why) };
      });
    },
  };
}

function byRow(
  { manifest }: PinnedStep,
  answer: (rows: readonly StepRow[]) => readonly Answer[] | Promise<readonly Answer[]>,
  close: () => Promise<void> = async () => undefined,
): Decider {
  const reads = Object.keys(manifest.reads.properties);
  const needs = reads.map(quoteName);
  return {
    needs,
    close,
    answers(batch, rows) {
      const columns = needs.map((need) => batch.get(need)!);
      return answer(rows.map((i) => rowAt(reads, columns, i)));
    },
  };
}

function rowAt(reads: readonly string[], columns: readonly (readonly unknown[])[], i: number): StepRow {
  const row: Record<string, unknown> = {};
  for (let c = 0; c < reads.length; c++) row[reads[c]!] = columns[c]![i] ?? null;
  return row;
}
