/** Flags over batches of rows: every column is read once, and all flags see the same batch. */
import type { Columns } from "../step";
import type { ChosenFlag, FlagContext, RunningFlag } from "./chosen-flag";

/** Columns that the flags read, each once. */
export function readColumns(flags: readonly ChosenFlag[]): string[] {
  return [...new Set(flags.flatMap(({ reads }) => reads))];
}

/** Rows that the flags see at a time: views of their texts live as long as a batch. */
const BATCH_ROWS = 256;

/** Rows on which a step of the user's own threw. */
export interface FlagErrors {
  readonly rows: number;
  /** The first of them, for people. */
  readonly first: { readonly row_key: string; readonly message: string };
}

/** Errors by the flag's `ref`; without those that had none. */
export type ErrorsByFlag = Readonly<Record<string, FlagErrors>>;

/** The errors of two parts of a run, the first ones first. */
export function addErrors(a: ErrorsByFlag, b: ErrorsByFlag): ErrorsByFlag {
  const sum: Record<string, FlagErrors> = { ...a };
  for (const [ref, { rows, first }] of Object.entries(b)) {
    sum[ref] = { rows: rows + (a[ref]?.rows ?? 0), first: a[ref]?.first ?? first };
  }
  return sum;
}

/** Flags that were loaded, over batch after batch. */
export class FlagBatches {
  errors: ErrorsByFlag = {};

  private constructor(
    private readonly flags: readonly ChosenFlag[],
    private readonly running: readonly RunningFlag[],
  ) {}

  static async open(flags: readonly ChosenFlag[], context: FlagContext): Promise<FlagBatches> {
    const running: RunningFlag[] = [];
    try {
      for (const flag of flags) running.push(await flag.open(context));
    } catch (error) {
      await Promise.allSettled(running.map((one) => one.close()));
      throw error;
    }
    return new FlagBatches(flags, running);
  }

  /**
   * Calls `use` with the values of every flag, in the order of its columns, for slices of the batch. All flags are handed
   * the same lists.
   */
  async run(
    columns: Columns,
    keys: readonly unknown[],
    use: (values: readonly (readonly (readonly unknown[])[])[], keys: readonly unknown[]) => void,
  ): Promise<void> {
    for (let from = 0; from < keys.length; from += BATCH_ROWS) {
      const some = keys.slice(from, from + BATCH_ROWS);
      const slice: Columns = Object.fromEntries(
        Object.entries(columns).map(([name, values]) => [name, values.slice(from, from + BATCH_ROWS)]),
      );
      const values: (readonly (readonly unknown[])[])[] = [];
      for (const [i, running] of this.running.entries()) {
        const found = await running.values(slice, some);
        this.count(this.flags[i]!, found, some);
        values.push(found);
      }
      use(values, some);
    }
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.running.map((one) => one.close()));
  }

  private count(
    { ref, columns, errorColumn }: ChosenFlag,
    values: readonly (readonly unknown[])[],
    keys: readonly unknown[],
  ): void {
    if (errorColumn === null) return;
    const messages = values[columns.findIndex(({ name }) => name === errorColumn)]!;
    const failed = messages.flatMap((message, i) => (typeof message === "string" ? [{ message, i }] : []));
    const [first] = failed;
    if (!first) return;
    const errors = { rows: failed.length, first: { row_key: String(keys[first.i]), message: first.message } };
    this.errors = addErrors(this.errors, { [ref]: errors });
  }
}
