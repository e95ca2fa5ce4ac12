/** Whether steps can run in a row: no version twice, no column written twice. */
import { InputError } from "../errors";
import type { PinnedStep } from "../steps/pinned-step";

/** A step that does not go with those before it. */
export class StepsError extends InputError {
  override name = "StepsError";
  constructor(
    message: string,
    /** Of the step, from 0. */
    readonly index: number,
  ) {
    super(message);
  }
}

/** @throws StepsError for the first step that stands twice, or that writes a column which one before it writes. */
export function checkTogether(steps: readonly PinnedStep[]): void {
  const seen = new Map<string, number>();
  const writers = new Map<string, string>();
  steps.forEach(({ ref, manifest }, i) => {
    const before = seen.get(ref);
    if (before !== undefined) {
      throw new StepsError(
        `${ref} stands twice, as step ${before + 1} and ${i + 1}; promote it under another name to run it with other parameters`,
        i,
      );
    }
    seen.set(ref, i);
    for (const column of Object.keys(manifest.writes.properties)) {
      const other = writers.get(column.toLowerCase());
      if (other !== undefined) {
        throw new StepsError(`${ref} writes the column ${column}, which ${other} writes before it`, i);
      }
      writers.set(column.toLowerCase(), ref);
    }
  });
}
