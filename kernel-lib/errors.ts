/**
 * Error classes by the reaction they want. Bad data is never an error here: it is a flag, a refusal with a reason,
 * or a quarantined row. Each message names the subject, what was got, what was expected, where, and what to do.
 */

/** The caller can mend it: a mistyped name, an unreadable file, a wrong option. The command line exits with 1. */
export class InputError extends Error {
  override name = "InputError";
}

/** The command line was used wrongly (unknown option, missing argument). The command line exits with 2. */
export class UsageError extends InputError {
  override name = "UsageError";
}

/** One shard or file cannot be processed; the run goes on with the others and ends with exit code 1. */
export class ShardError extends Error {
  override name = "ShardError";
}

/** Worth another try a bounded number of times: a rate limit, a dropped connection. */
export class RetryableError extends Error {
  override name = "RetryableError";
}

/** A SQL statement failed. Carries the statement, so that the analyst sees what was run. */
export class QueryError extends InputError {
  override name = "QueryError";
  constructor(
    message: string,
    readonly sql: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Text of anything thrown, for use inside another message. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The `count` names nearest to `wanted` by edit distance, nearest first; empty when none is near. */
export function nearestNames(wanted: string, names: Iterable<string>, count = 3): string[] {
  const target = wanted.toLowerCase();
  const limit = Math.max(2, Math.floor(target.length / 3));
  return [...new Set(names)]
    .map((name) => ({ name, distance: editDistance(target, name.toLowerCase()) }))
    .filter(({ name, distance }) => distance <= limit || name.toLowerCase().includes(target))
    .sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1))
    .slice(0, count)
    .map(({ name }) => name);
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      current[j] = Math.min(substitution, previous[j]! + 1, current[j - 1]! + 1);
    }
    previous = current;
  }
  return previous[b.length]!;
}
