/** The pools that are built whenever their columns exist: named predicates, each with the words people use for it. */

import { createHash } from "node:crypto";
import { quoteText } from "../db";

export interface PoolRule {
  readonly name: string;
  /** SQL over the columns of a row; null counts as false. */
  readonly predicate: string;
  readonly words: string;
  /** Columns without which the pool cannot be built. */
  readonly columns: readonly string[];
  /** The column whose values the pool rests on, and what it is called; when it holds none, that is why the pool is empty. */
  readonly needs: { readonly column: string; readonly words: string } | null;
  /** Whether the user gave the predicate. */
  readonly custom: boolean;
  /** Of a red-team pool: SQL of the rows that are asked for, and whether research mode lets them all in. */
  readonly gate?: { readonly of: string; readonly open: boolean };
}

/** `long_context` begins above so many estimated tokens. */
export const LONG_CONTEXT_TOKENS = 8192;
export const HIGH_CORRECTNESS = 0.875;
export const LOW_CORRECTNESS = 0.25;

const correctness = { column: "meta_correctness", words: "correctness metadata" };
const reasoning = { column: "source_reasoning", words: "reasoning setting" };

/** The pools of docs/pools.md, without the `capability_<target>` ones, which follow from the data. */
export const STANDARD_POOLS: readonly PoolRule[] = [
  rule("tool_use", "quality_has_tool", "conversations that call a tool", ["quality_has_tool"], null),
  rule(
    "has_correctness_meta",
    "meta_correctness IS NOT NULL",
    "rows with correctness metadata",
    [],
    correctness,
  ),
  rule(
    "missing_correctness_meta",
    "meta_correctness IS NULL",
    "rows without correctness metadata",
    ["meta_correctness"],
    null,
  ),
  rule(
    "high_correctness",
    `meta_correctness >= ${HIGH_CORRECTNESS}`,
    "nearly always solved",
    [],
    correctness,
  ),
  rule(
    "mid_correctness",
    `meta_correctness > ${LOW_CORRECTNESS} AND meta_correctness < ${HIGH_CORRECTNESS}`,
    "solved some of the time",
    [],
    correctness,
  ),
  rule(
    "low_correctness",
    `meta_correctness <= ${LOW_CORRECTNESS}`,
    "hard problems, seldom solved; the rows themselves need not be wrong",
    [],
    correctness,
  ),
  rule("verified_correct", "meta_correct_count >= 1", "solved at least once under evaluation", [], {
    column: "meta_correct_count",
    words: "count of correct attempts",
  }),
  rule(
    "math_high_verified_correct",
    `meta_domain = 'math' AND meta_difficulty_bin = 'high' AND meta_correctness_high >= ${HIGH_CORRECTNESS}`,
    "difficult math that is nearly always solved at high effort",
    ["meta_domain", "meta_difficulty_bin"],
    { column: "meta_correctness_high", words: "correctness metadata at high effort" },
  ),
  rule(
    "long_context",
    `stats_approx_tokens > ${LONG_CONTEXT_TOKENS}`,
    `more than ${LONG_CONTEXT_TOKENS} estimated tokens`,
    ["stats_approx_tokens"],
    null,
  ),
  rule("reasoning_on", "lower(source_reasoning) IN ('on', 'true')", "reasoning switched on", [], reasoning),
  rule(
    "reasoning_off",
    "lower(source_reasoning) IN ('off', 'false')",
    "reasoning switched off",
    [],
    reasoning,
  ),
];

/**
 * One pool for each capability target found in the data, in the order of their names. Letters, digits, `_` and `-`
 * of the target stay in the folder name, anything else becomes `_`; a name that another target has already, or that
 * says nothing, gets a hash of its target.
 */
export function capabilityPools(targets: readonly string[]): PoolRule[] {
  const sorted = [...targets].sort();
  const safe = (target: string): string => target.replace(/[^A-Za-z0-9_-]+/g, "_").slice(0, 80);
  const taken = new Set<string>();
  const pools: PoolRule[] = [];
  for (const target of [
    ...sorted.filter((each) => safe(each) === each),
    ...sorted.filter((each) => safe(each) !== each),
  ]) {
    const plain = safe(target);
    const free = /[A-Za-z0-9]/.test(plain) && !taken.has(plain.toLowerCase());
    const name = free ? plain : `${plain}_${createHash("sha1").update(target).digest("hex").slice(0, 8)}`;
    taken.add(name.toLowerCase());
    pools.push(
      rule(
        `capability_${name}`,
        `source_capability_target = ${quoteText(target)}`,
        `capability target ${target}`,
        [],
        { column: "source_capability_target", words: "capability target" },
      ),
    );
  }
  return pools.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** A pool with the user's own predicate. */
export function customPool(name: string, predicate: string): PoolRule {
  return { name, predicate, words: "own predicate", columns: [], needs: null, custom: true };
}

function rule(
  name: string,
  predicate: string,
  words: string,
  columns: readonly string[],
  needs: PoolRule["needs"],
): PoolRule {
  return {
    name,
    predicate,
    words,
    columns: needs === null ? columns : [...columns, needs.column],
    needs,
    custom: false,
  };
}
