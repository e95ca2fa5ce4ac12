/** Whether the answers to the golden rows prove anything: for steps that are not sliced from cells. */
import { executedCells, hasJournal } from "../kernel/journal";
import type { GoldenRow } from "../steps/golden-lines";
import type { Outcome, StepKind } from "../steps/outcome";
import { refusal } from "./capture";
import type { Proof } from "./proof";
import type { Refusal } from "./refusal";

export type Answer = Outcome | { readonly fault: string };

/** The cell that runs; null outside of a notebook. */
export function runningCell(): { readonly cell: number; readonly line: null } | null {
  const cell = hasJournal() ? executedCells().at(-1) : undefined;
  return cell ? { cell: cell.order, line: null } : null;
}

/** Counts of strata and answers, and what speaks against the sample: answers of no kind, errors only, all kept or all dropped. */
export function judgeSample(
  kind: StepKind,
  golden: readonly GoldenRow[],
  outcomes: readonly Answer[],
): Proof {
  const refusals: Refusal[] = [];
  const place = runningCell();
  const summary = {
    rows: golden.length,
    strata: tally(golden.flatMap(({ strata }) => strata)),
    outcomes: tally(outcomes.map((outcome) => Object.keys(outcome)[0]!)),
  };
  const add = (code: Refusal["code"], what: string, wayOut: string): void => {
    refusals.push(refusal(code, what, wayOut, place));
  };
  const fault = outcomes.findIndex((outcome) => "fault" in outcome);
  if (golden.length === 0)
    add("GOLDEN_EMPTY", "the table has no rows to prove it on", "give a table with rows");
  else if (fault >= 0) {
    const { fault: what } = outcomes[fault] as { fault: string };
    add("SCHEMA", `for row ${golden[fault]!.key} it ${what}`, "answer what the kind of the step says");
  } else if (summary.outcomes.error === golden.length) {
    const { error } = outcomes[0] as { error: string };
    add("GOLDEN_EMPTY", `every row is an error: ${error}`, "mend the step, or give rows that it is for");
  } else if (kind === "filter") {
    const { keep = 0, drop = 0 } = summary.outcomes;
    if (keep === 0 || drop === 0) {
      const all = keep === 0 ? "drops" : "keeps";
      add(
        "GOLDEN_EMPTY",
        `it ${all} all ${golden.length} rows of the sample, which proves nothing`,
        `give a table with rows that it ${keep === 0 ? "keeps" : "drops"}, or compare every row with all: true`,
      );
    }
  }
  return { refusals, outcomes, summary };
}

function tally(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
