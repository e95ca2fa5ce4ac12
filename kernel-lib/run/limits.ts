/** What a run may do that changes none of its bytes: known to every task, but part of no spec. */
import { readFileSync } from "node:fs";
import { statePath, writeFileDurably } from "../engine/commit";
import { InputError } from "../errors";

export interface RunLimits {
  /** Rows on which steps may throw before the run stops. */
  readonly maxErrors: number;
  /** How long a step may take for one row, in milliseconds. */
  readonly rowTimeoutMs: number;
}

/** Defaults. */
export const MAX_ERRORS = 100;
export const ROW_TIMEOUT_S = 60;

const NAME = "limits.json";

export function writeLimits(out: string, limits: RunLimits): void {
  writeFileDurably(statePath(out, NAME), JSON.stringify(limits));
}

export function readLimits(out: string): RunLimits {
  return JSON.parse(readFileSync(statePath(out, NAME), "utf8")) as RunLimits;
}

/** Steps threw on more rows than the run may have. */
export class TooManyErrors extends InputError {
  constructor(errors: number, maxErrors: number, first: string | null) {
    super(
      `steps threw on ${errors} rows so far, more than the ${maxErrors} that --max-errors allows${first === null ? "" : `; the first: ${first}`}. ` +
        "Mend the step and promote it again, or continue with --resume and a larger --max-errors",
    );
  }
}
