/** A step that looks at one row at a time, over batches: who stays, the values it gives, the texts it rewrites. */
import { InputError } from "../errors";
import { OVERLAY_COLUMNS } from "../run-folder/layered-rows";
import { type Answer, type Asker, type AskOptions, askerOf, StepHang } from "../steps/ask-step";
import { allowsNull, storable } from "../steps/duckdb-type";
import type { PinnedStep } from "../steps/pinned-step";
import { withoutRowText } from "../steps/without-row-text";
import { type Batch, FREE_TEXT } from "./batch";
import { type NewText, newText } from "./new-text";
import { readsOf, writesOf } from "./segments";
import { ERROR_REASON, type TallyCounter } from "./step-counts";

/** What a step did with a row that is told apart from all others. */
export interface Trouble {
  /** Row of the batch. */
  readonly row: number;
  readonly step: PinnedStep;
  readonly message: string;
}

export interface StepContext extends AskOptions {
  /** The step's number in its segment. */
  readonly at: number;
  readonly counter: TallyCounter;
  /** Told of each row on which the step threw. */
  readonly onError: (trouble: Trouble) => void;
}

/** An answer that the step's kind or its declared columns do not allow, or none in time: the run stops. */
export class StepFault extends InputError {
  constructor(readonly trouble: Trouble) {
    super(`step ${trouble.step.ref}: ${trouble.message}`);
  }
}

const TEXT_COLUMNS = Object.keys(OVERLAY_COLUMNS) as (keyof NewText)[];

/** Reasons stand in the ledger and in each verdict. */
const MOST_REASON_CHARACTERS = 200;

/** The step, ready to be run over batches; its realm or program lives as long as the task. */
export class RowStep {
  private readonly asker: Asker;
  private readonly reads: readonly string[];
  private readonly required: readonly string[];
  private readonly writes: readonly string[];
  /** For each of them: a value as it is stored, which is what later steps read. */
  private readonly stored: readonly ((value: unknown) => unknown)[];

  constructor(
    readonly step: PinnedStep,
    private readonly context: StepContext,
  ) {
    const { manifest } = step;
    this.asker = askerOf(step, context);
    this.reads = readsOf(step);
    this.required = this.reads.filter(
      (name) => !Object.hasOwn(manifest.nulls, name) && !allowsNull(manifest.reads.properties[name] ?? {}),
    );
    this.writes = writesOf(step);
    this.stored = this.writes.map((name) => storable(manifest.writes.properties[name]!));
  }

  /** Milliseconds spent in the step's own code. */
  get spent(): number {
    return this.asker.spent;
  }

  close(): Promise<void> {
    return this.asker.close();
  }

  /** Asks the step about each row that is still in. @throws StepFault */
  async run(batch: Batch): Promise<void> {
    const { step, writes, context } = this;
    const alive: number[] = [];
    for (let i = 0; i < batch.rows; i++) {
      if (batch.droppedBy[i] === null && !this.hasUnexpectedNull(batch, i)) alive.push(i);
    }
    const answers = await this.asker.ask(this.rowsOf(batch, alive)).catch((error: unknown) => {
      if (!(error instanceof StepHang)) throw error;
      throw new StepFault({ row: alive[error.row]!, step, message: error.message });
    });
    const given = writes.map(() => new Array<unknown>(batch.rows).fill(null));
    let kept = 0;
    for (let k = 0; k < alive.length; k++) if (this.take(batch, alive[k]!, answers[k]!, given)) kept++;
    context.counter.kept(context.at, batch.split, kept);
    writes.forEach((name, k) => {
      batch.columns.set(name, given[k]!);
    });
  }

  /** A null in a column that had none where the step was proven: nobody knows what it would make of it. */
  private hasUnexpectedNull(batch: Batch, row: number): boolean {
    for (const name of this.required) {
      if (batch.columns.get(name)![row] !== null) continue;
      this.fail(batch, row, `${name} is null, and the step was proven on rows where it never is`);
      return true;
    }
    return false;
  }

  private rowsOf({ columns }: Batch, alive: readonly number[]): Record<string, unknown>[] {
    const { reads } = this;
    const sources = reads.map((name) => columns.get(name)!);
    return alive.map((i) => {
      const row: Record<string, unknown> = {};
      for (let k = 0; k < reads.length; k++) row[reads[k]!] = sources[k]![i];
      return row;
    });
  }

  /** Notes what the step said of a row; true when the row stays. */
  private take(batch: Batch, row: number, answer: Answer, given: readonly unknown[][]): boolean {
    const { step, context, writes, stored } = this;
    if ("keep" in answer || "unchanged" in answer) return true;
    if ("drop" in answer) {
      if (answer.drop.length > MOST_REASON_CHARACTERS) {
        const message = `gave a reason of ${answer.drop.length} characters: a reason names a rule; put values of the row into a flag`;
        throw new StepFault({ row, step, message });
      }
      batch.droppedBy[row] = context.at;
      batch.reasons[row] = answer.drop;
      if (context.counter.rejected(context.at, batch.split, answer.drop)) return false;
      const message =
        "gave more than 1,000 different reasons: a reason names a rule; put values of the row into a flag";
      throw new StepFault({ row, step, message });
    }
    if ("values" in answer) {
      for (let k = 0; k < writes.length; k++) given[k]![row] = stored[k]!(answer.values[writes[k]!]);
      return true;
    }
    if ("error" in answer) {
      return this.fail(batch, row, withoutRowText(answer.error, this.rowsOf(batch, [row])));
    }
    if ("fault" in answer) throw new StepFault({ row, step, message: answer.fault });
    return this.rewrite(batch, row, answer);
  }

  private rewrite(
    batch: Batch,
    row: number,
    answer: { readonly text: string } | { readonly messages: unknown },
  ): boolean {
    const { step } = this;
    if ("text" in answer && answer.text === batch.columns.get("text")?.[row]) return true;
    const made = newText(answer, { isFree: batch.columns.get(FREE_TEXT)?.[row] === true });
    if ("problem" in made) return this.fail(batch, row, made.problem);
    if ("fault" in made) throw new StepFault({ row, step, message: made.fault });
    const overlay = batch.overlays.get(step.ref) ?? new Map<number, NewText>();
    batch.overlays.set(step.ref, overlay.set(row, made));
    for (const name of TEXT_COLUMNS) {
      const values = batch.columns.get(name);
      if (values) values[row] = made[name];
    }
    return true;
  }

  private fail(batch: Batch, row: number, message: string): false {
    const { step, context } = this;
    batch.droppedBy[row] = context.at;
    batch.reasons[row] = ERROR_REASON;
    context.counter.failed(context.at, batch.split);
    context.onError({ row, step, message });
    return false;
  }
}
