/** How a step is asked about rows: a function in this thread, or a program beside it. */
import { externalProcess } from "./external-process";
import type { Outcome } from "./outcome";
import type { PinnedStep } from "./pinned-step";
import { rowFunction } from "./row-function";
import { runWithin } from "./run-within";
import type { StepRow } from "./sandbox";

export type Answer = Outcome | { readonly fault: string };

export interface Asker {
  /** An answer for each row, in their order. A row that took too long is a `StepHang`. */
  ask(rows: readonly StepRow[]): Promise<readonly Answer[]>;
  /** Ends what was started. */
  close(): Promise<void>;
  /** Milliseconds spent in the step. */
  readonly spent: number;
}

export interface AskOptions {
  /** How long the step may take for one row. */
  readonly rowTimeoutMs: number;
  readonly signal: AbortSignal;
}

/** A step that did not answer in time; `row` is that of the rows it was asked about. */
export class StepHang extends Error {
  constructor(
    readonly row: number,
    milliseconds: number,
  ) {
    super(
      `no answer within ${milliseconds / 1000} s, so it was stopped; mend the step, or give it longer with --task-timeout`,
    );
  }
}

export function askerOf(step: PinnedStep, options: AskOptions): Asker {
  return step.manifest.form === "external"
    ? new ProgramAsker(step, options)
    : new FunctionAsker(step, options);
}

class FunctionAsker implements Asker {
  spent = 0;
  private readonly answer: ReturnType<typeof rowFunction>;

  constructor(
    step: PinnedStep,
    private readonly options: AskOptions,
  ) {
    this.answer = rowFunction(step);
  }

  async ask(rows: readonly StepRow[]): Promise<readonly Answer[]> {
    const { answer } = this;
    const { rowTimeoutMs } = this.options;
    const answers: Answer[] = [];
    const started = performance.now();
    let before = -1;
    while (
      !runWithin(rowTimeoutMs, () => {
        while (answers.length < rows.length) answers.push(answer(rows[answers.length]!));
      })
    ) {
      // The time may have gone to many rows: only one that alone takes all of it hangs.
      if (answers.length === before) throw new StepHang(before, rowTimeoutMs);
      before = answers.length;
    }
    this.spent += performance.now() - started;
    return answers;
  }

  async close(): Promise<void> {}
}

class ProgramAsker implements Asker {
  spent = 0;
  private readonly program: ReturnType<typeof externalProcess>;

  constructor(step: PinnedStep, { rowTimeoutMs, signal }: AskOptions) {
    this.program = externalProcess(step, { timeoutSeconds: rowTimeoutMs / 1000, signal });
  }

  async ask(rows: readonly StepRow[]): Promise<readonly Answer[]> {
    const started = performance.now();
    const answers = await this.program.answers(rows);
    this.spent += performance.now() - started;
    return answers;
  }

  close(): Promise<void> {
    return this.program.close();
  }
}
