/** Why a cell cannot be promoted: a code, the place in the notebook, and a way out. */
import { InputError } from "../errors";

/** What each refusal means, in one line. The codes are part of the product: people search for them. */
export const REFUSALS = {
  STALE_CLOSURE: "the function that runs in the notebook answers differently from the one its source defines",
  STALE_CELL: "the notebook's file says something else than what ran",
  MUTATED_CAPTURE: "a value that the function uses was changed after it was made",
  ORDER_DEPENDENT: "an answer depends on the rows that came before",
  UNSERIALIZABLE: "a value that the function uses cannot be written into a file",
  FACTORY_CLOSURE: "the function is not written out: what made or chose it cannot be seen",
  NONDETERMINISTIC: "the same row can give another answer: time, chance, environment or locale",
  IO: "the function reaches outside of the row: network, files, processes, output",
  DYNAMIC: "code that is made while it runs cannot be pinned",
  BUILTIN_PATCHED: "a built-in of the language was changed in this kernel",
  REDEFINED: "a name that the function uses was defined anew after the function was made",
  UNPINNED_DEPENDENCY: "a package it imports has no exact version and checksum",
  SCHEMA: "columns, parameters or types are not what was declared",
  NULL_UNDECIDED: "nobody said what a missing value means",
  GOLDEN_EMPTY: "the rows at hand prove nothing",
  JOURNAL_INCOMPLETE: "the kernel does not know all the code that the function needs",
} as const;

export type RefusalCode = keyof typeof REFUSALS;

export interface Refusal {
  readonly code: RefusalCode;
  /** What was found, in the analyst's own names. */
  readonly what: string;
  /** What to do about it. */
  readonly wayOut: string;
  /** Number of the cell, as `executedCells()` counts; null when no cell is to blame. */
  readonly cell: number | null;
  /** Line in that cell, from 1. */
  readonly line: number | null;
}

/** A promotion that was refused, with every reason that was found. */
export class PromotionRefused extends InputError {
  override name = "PromotionRefused";
  constructor(
    readonly step: string,
    readonly refusals: readonly Refusal[],
  ) {
    super(refusals.map((refusal) => refusalText(step, refusal)).join("\n"));
  }
}

/** One refusal in one line. @example "promote keep_short: IO in cell 3, line 2: calls fetch; …" */
export function refusalText(step: string, { code, what, wayOut, cell, line }: Refusal): string {
  const place = cell === null ? "" : ` in cell ${cell}${line === null ? "" : `, line ${line}`}`;
  return `promote ${step}: ${code}${place}: ${what}; ${wayOut}`;
}

const OF_HOST = new Set<RefusalCode>(["IO", "NONDETERMINISTIC", "DYNAMIC"]);

/**
 * @throws PromotionRefused when there are refusals; of those with one code at one place the first, and what reaches
 * outside of the row before all others.
 */
export function refuse(step: string, refusals: readonly Refusal[]): void {
  const at = ({ code, cell, line, what }: Refusal) => (cell === null ? what : `${code} ${cell}:${line}`);
  const first = refusals.filter((one, i) => refusals.findIndex((other) => at(other) === at(one)) === i);
  if (first.length === 0) return;
  const ofHost = first.filter(({ code }) => OF_HOST.has(code));
  throw new PromotionRefused(step, [...ofHost, ...first.filter(({ code }) => !OF_HOST.has(code))]);
}
