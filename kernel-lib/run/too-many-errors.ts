import { InputError } from "../errors";
import type { ErrorsByFlag } from "./flag-batches";

/** The error for flags that threw on more rows than they may; null where they did not. */
export function tooManyErrors(errors: ErrorsByFlag, most: () => number): InputError | null {
  const all = Object.entries(errors);
  if (all.length === 0) return null;
  const rows = all.reduce((sum, [, one]) => sum + one.rows, 0);
  const limit = most();
  if (rows <= limit) return null;
  const [ref, { first }] = all[0]!;
  return new InputError(
    `flag ${ref}: threw on ${rows} rows so far, more than the ${limit} that --max-errors allows; the first: row ${first.row_key}: ${first.message}. ` +
      "Mend the step and promote it again, or run the same command with a larger --max-errors",
  );
}
