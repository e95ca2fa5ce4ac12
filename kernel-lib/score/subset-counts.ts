/** What was counted of subsets, for those who show it. */

export interface Counted {
  readonly rows: number;
  /** Estimated tokens of the whole texts. */
  readonly tokens: number;
  /** Scored tokens of the completions. */
  readonly scoredTokens: number;
}

/** A policy that speaks of columns that are not there. */
export interface MissingSubset {
  readonly name: string;
  readonly about: string;
  readonly columns: readonly string[];
}

export interface CountedSubset extends Counted {
  readonly name: string;
  readonly about: string;
  /** The policy's lines as one predicate. */
  readonly sql: string;
  readonly lines: readonly { readonly if: string; readonly why: string }[];
  /** Its domains, most rows first. */
  readonly domains: ReadonlyMap<string, Counted>;
}

export interface SubsetCounts {
  readonly total: Counted;
  readonly subsets: readonly CountedSubset[];
  readonly missing: readonly MissingSubset[];
  /** All domains, largest first, with all their rows. */
  readonly domains: ReadonlyMap<string, Counted>;
  /** Rows in two subsets at once, for each pair that shares some. */
  readonly overlaps: readonly { readonly of: readonly [string, string]; readonly rows: number }[];
  /** Rows in no subset by reason, most first. */
  readonly rest: readonly ({ readonly reason: string } & Counted)[];
  /** Models whose scores these are. */
  readonly models: readonly string[];
}
