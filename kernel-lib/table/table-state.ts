/** What a table is made of, and small rules of its verbs. */
import { InputError } from "../errors";
import type { AttachReport } from "./attach";
import type { FlaggedBy } from "./flagged-by";
import type { Relation } from "./relation";
import type { SourceRelation } from "./source-relation";

/** Options of everything that reads. */
export interface ReadOptions {
  readonly signal?: AbortSignal;
}

export interface CollectOptions extends ReadOptions {
  /** More rows than this are an error, not a cut. Default 100,000. */
  readonly maxRows?: number;
}

export interface TableState {
  readonly relation: Relation;
  /** For people: where the rows come from. */
  readonly origin: string;
  /** What the rows come from, for the names of its columns. */
  readonly root: Relation;
  /** The files at the bottom, for `problems`, `splits` and `split`. */
  readonly base: SourceRelation | null;
  /** The SQL that the person wrote, for messages. */
  readonly written: string;
  readonly attachReport: AttachReport | null;
  readonly notes: readonly string[];
  /** Folder of the run that the rows come from; null for datasets. */
  readonly run: string | null;
  /** Folder of vectors that were computed for the rows, see embed/; null: those beside the run, where there are any. */
  readonly vectors: string | null;
  /** Flags that were computed over the table itself. */
  readonly flags?: readonly FlaggedBy[];
  /** Rows of a run in its order: joined, so they are read by one thread. */
  readonly ordered: boolean;
  /** What `filter` was told on the way here; null for rows in another order than the files', or joined to others. */
  readonly conditions: readonly string[] | null;
}

/** How rows are known after a selection of columns. */
export async function identityAfter(relation: Relation, hasKey: boolean, signal: AbortSignal | undefined) {
  const identity = await relation.identity(signal);
  return identity.kind === "key" && !hasKey ? ({ kind: "content" } as const) : identity;
}

export function whole(verb: string, n: number): void {
  if (!Number.isSafeInteger(n) || n < 0)
    throw new InputError(`${verb}: got ${n}, expected a whole number of rows`);
}
