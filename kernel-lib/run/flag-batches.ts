/** Flags over batches of rows: every column is read once, and all flags see the same batch. */
import { InputError, nearestNames } from "../errors";
import { FLAGS } from "../flag";
import { type Columns, type Step, writtenColumns } from "../step";

/** A flag by name, or with values that take the place of its parameters' defaults. */
export type FlagChoice =
  | string
  | { readonly flag: string; readonly params?: Readonly<Record<string, unknown>> };

/** A flag and its checked parameters. */
export interface ChosenFlag {
  readonly step: Step;
  readonly params: Readonly<Record<string, unknown>>;
}

/** @throws InputError for an unknown name, one that is named twice, and parameters that its schema refuses. */
export function chosenFlags(choices: readonly FlagChoice[]): ChosenFlag[] {
  if (choices.length === 0) throw new InputError("flag: no flag was named, expected at least one");
  const seen = new Set<string>();
  return choices.map((choice) => {
    const { flag, params = {} } = typeof choice === "string" ? { flag: choice } : choice;
    const step = FLAGS.get(flag);
    if (!step) {
      const near = nearestNames(flag, [...FLAGS.keys()]);
      throw new InputError(
        `unknown flag "${flag}", expected one of ${[...FLAGS.keys()].join(", ")}${near.length > 0 ? `; did you mean ${near[0]}?` : ""}`,
      );
    }
    if (seen.has(flag)) throw new InputError(`flag ${flag} is named twice`);
    seen.add(flag);
    const parsed = step.params.safeParse(params);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      throw new InputError(
        `flag ${flag}: parameter ${issue?.path.join(".") || "of it"}: ${issue?.message ?? "is not valid"}`,
      );
    }
    const known = Object.keys((step.params as unknown as { readonly shape?: object }).shape ?? {});
    const unknown = Object.keys(params).find((name) => !known.includes(name));
    if (unknown !== undefined) {
      throw new InputError(`flag ${flag}: has no parameter ${unknown}, it has ${known.join(", ") || "none"}`);
    }
    return { step, params: parsed.data as Readonly<Record<string, unknown>> };
  });
}

/** Columns that the flags read, each once. */
export function readColumns(flags: readonly ChosenFlag[]): string[] {
  return [...new Set(flags.flatMap(({ step }) => Object.keys(step.reads.shape)))];
}

/** Rows that the flags see at a time: views of their texts live as long as a batch. */
const BATCH_ROWS = 256;

/**
 * Calls `use` with the values of every flag, in the order of `writtenColumns`, for slices of the batch. Each flag is handed
 * the columns that it declares, and the same lists as the others.
 */
export function runFlags(
  flags: readonly ChosenFlag[],
  columns: Columns,
  rows: number,
  use: (flag: number, values: readonly (readonly unknown[])[], from: number, count: number) => void,
): void {
  for (let from = 0; from < rows; from += BATCH_ROWS) {
    const count = Math.min(BATCH_ROWS, rows - from);
    const slice: Columns = Object.fromEntries(
      Object.entries(columns).map(([name, values]) => [name, values.slice(from, from + count)]),
    );
    flags.forEach(({ step, params }, i) => {
      const declared = Object.keys(step.reads.shape);
      const seen: Columns = Object.fromEntries(declared.map((name) => [name, slice[name]!]));
      const values = step.run(seen, params, count) as Columns;
      use(
        i,
        writtenColumns(step).map(({ name }) => values[name]!),
        from,
        count,
      );
    });
  }
}

/** What the flags load before they run. */
export async function prepareFlags(flags: readonly ChosenFlag[]): Promise<void> {
  for (const { step } of flags) await step.prepare?.();
}
