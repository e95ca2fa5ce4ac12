/** A function step over batches: who stays, and the values it gives. */
import { InputError } from "../errors";
import type { PinnedStep } from "../steps/pinned-step";
import { rowFunction } from "../steps/row-function";
import type { Batch } from "./batch";
import { allowsNull } from "./duckdb-type";
import { withoutRowText } from "./quarantine";
import { readsOf, writesOf } from "./segments";
import type { TallyCounter } from "./step-counts";

/** Reason of rows on which a step threw. */
export const ERROR_REASON = "error";

/** What became of a row that is told apart from all others. */
export interface Trouble {
  /** Row of the batch. */
  readonly row: number;
  readonly step: PinnedStep;
  readonly message: string;
}

export interface StepContext {
  /** The step's number in its segment. */
  readonly at: number;
  readonly counter: TallyCounter;
  /** Told of each row on which the step threw. */
  readonly onError: (trouble: Trouble) => void;
}

/** An answer that the step's kind or its declared columns do not allow: the run stops. */
export class StepFault extends InputError {
  constructor(readonly trouble: Trouble) {
    super(`step ${trouble.step.ref}: ${trouble.message}`);
  }
}

/** The step, ready to be run over batches; its realm lives as long as the task. */
export class FunctionStep {
  private readonly ask: ReturnType<typeof rowFunction>;
  private readonly reads: readonly string[];
  private readonly required: readonly string[];
  private readonly writes: readonly string[];

  constructor(
    readonly step: PinnedStep,
    private readonly context: StepContext,
  ) {
    const { manifest } = step;
    this.ask = rowFunction(step);
    this.reads = readsOf(step);
    this.required = this.reads.filter(
      (name) => !(name in manifest.nulls) && !allowsNull(manifest.reads.properties[name] ?? {}),
    );
    this.writes = writesOf(step);
  }

  /** Asks the step about each row that is still in. @throws StepFault */
  run(batch: Batch): void {
    const { reads, writes, step, context } = this;
    const { droppedBy, reasons, columns, split, rows } = batch;
    const sources = reads.map((name) => columns.get(name)!);
    const required = this.required.map((name) => [name, columns.get(name)!] as const);
    const given = writes.map(() => new Array<unknown>(rows).fill(null));
    let kept = 0;
    for (let i = 0; i < rows; i++) {
      if (droppedBy[i] !== null) continue;
      const unexpected = required.find(([, values]) => values[i] === null);
      const row: Record<string, unknown> = {};
      for (let k = 0; k < reads.length; k++) row[reads[k]!] = sources[k]![i] ?? null;
      const outcome = unexpected
        ? { error: `${unexpected[0]} is null, and the step was proven on rows where it never is` }
        : this.ask(row);
      if ("keep" in outcome) kept++;
      else if ("drop" in outcome) {
        droppedBy[i] = context.at;
        reasons[i] = outcome.drop;
        if (!context.counter.rejected(context.at, split, outcome.drop)) {
          const message =
            "gave more than 1,000 different reasons: a reason names a rule; put values of the row into a flag";
          throw new StepFault({ row: i, step, message });
        }
      } else if ("values" in outcome) {
        kept++;
        for (let k = 0; k < writes.length; k++) given[k]![i] = outcome.values[writes[k]!];
      } else if ("error" in outcome) {
        droppedBy[i] = context.at;
        reasons[i] = ERROR_REASON;
        context.counter.failed(context.at, split);
        context.onError({ row: i, step, message: withoutRowText(outcome.error) });
      } else if ("fault" in outcome) throw new StepFault({ row: i, step, message: outcome.fault });
      else throw new StepFault({ row: i, step, message: "rewrites are not run yet" });
    }
    context.counter.kept(context.at, split, kept);
    writes.forEach((name, k) => {
      columns.set(name, given[k]!);
    });
  }
}
