/** Metadata coverage: for each row, which fields normalization would fill, and how many tokens it roughly has. */
import type { SourceRow } from "../json-text";
import type { RowPlace } from "../normalize/adapter";
import type { SourceSplit } from "../source/source";
import type { NumberJson } from "./number-sketch";
import { NumberSketch } from "./number-sketch";

/** Fields of the canonical row whose coverage is reported, in its column order. */
export const COVERAGE_FIELDS = [
  "meta_difficulty_bin",
  "meta_correctness",
  "meta_correctness_low",
  "meta_correctness_medium",
  "meta_correctness_high",
  "meta_correctness_high_with_tool",
  "meta_correctness_high_no_tool",
  "meta_eval_best_setting",
  "meta_pass_k",
  "meta_correct_count",
  "meta_eval_json",
  "meta_problem_id",
  "meta_cluster",
  "meta_tags",
  "source_uuid",
  "source_license",
  "source_data_source",
  "source_capability_target",
  "source_reasoning",
  "source_url",
  "source_used_in",
  "source_changed_answer_to_majority",
  "source_tools_id",
] as const;
export type CoverageField = (typeof COVERAGE_FIELDS)[number];

/** What one row carries. */
export interface RowCoverage {
  /** Fields that would not be null. */
  readonly fields: readonly CoverageField[];
  /** True when the row declares tools or has tool calls. */
  readonly tools: boolean;
  /** Estimated tokens: ceil(UTF-8 bytes of all message bodies, or of the text, ÷ 4). */
  readonly tokens: number;
  /** Domain the row would be given, e.g. `math`; null when unknown. */
  readonly domain: string | null;
}

/** Coverage of one row; pure. Null when the row cannot be read as any shape. */
export type CoverageOf = (row: SourceRow, place: RowPlace) => RowCoverage | null;

/** How a split's coverage is read. */
export interface CoverageChoice {
  /** Adapter reference; null when none fits, then only correctness metadata is measured. */
  readonly adapter: string | null;
  /** Why it was chosen, or what to ask a person; null when nothing is to be said. */
  readonly note: string | null;
  readonly of: CoverageOf | null;
}

export type CoverageChooser = (split: SourceSplit) => CoverageChoice | Promise<CoverageChoice>;

export interface CoverageJson {
  rows: number;
  correctness: number;
  tools: number;
  fields: Partial<Record<CoverageField, number>>;
  domains: Record<string, number>;
  tokens: NumberJson;
}

/** Coverage of many rows, mergeable in any order. */
export class CoverageTally {
  /** Rows that `coverageOf` could read. */
  rows = 0;
  /** Rows with correctness metadata, see `hasCorrectnessMetadata`. */
  correctness = 0;
  tools = 0;
  readonly fields = new Map<CoverageField, number>();
  readonly domains = new Map<string, number>();
  tokens = new NumberSketch();

  add(row: SourceRow, coverage: RowCoverage | null): void {
    if (rowHasCorrectness(row)) this.correctness++;
    if (!coverage) return;
    this.rows++;
    if (coverage.tools) this.tools++;
    for (const field of coverage.fields) this.fields.set(field, (this.fields.get(field) ?? 0) + 1);
    if (coverage.domain) this.domains.set(coverage.domain, (this.domains.get(coverage.domain) ?? 0) + 1);
    this.tokens.add(coverage.tokens);
  }

  merge(other: CoverageTally): void {
    this.rows += other.rows;
    this.correctness += other.correctness;
    this.tools += other.tools;
    for (const [field, count] of other.fields) this.fields.set(field, (this.fields.get(field) ?? 0) + count);
    for (const [name, count] of other.domains) this.domains.set(name, (this.domains.get(name) ?? 0) + count);
    this.tokens.merge(other.tokens);
  }

  toJson(): CoverageJson {
    return {
      rows: this.rows,
      correctness: this.correctness,
      tools: this.tools,
      fields: Object.fromEntries(this.fields),
      domains: Object.fromEntries([...this.domains].sort(([a], [b]) => (a < b ? -1 : 1))),
      tokens: this.tokens.toJson(),
    };
  }

  static fromJson(json: CoverageJson): CoverageTally {
    const tally = new CoverageTally();
    tally.rows = json.rows;
    tally.correctness = json.correctness;
    tally.tools = json.tools;
    for (const field of COVERAGE_FIELDS) {
      const count = json.fields[field];
      if (count !== undefined) tally.fields.set(field, count);
    }
    for (const [name, count] of Object.entries(json.domains)) tally.domains.set(name, count);
    tally.tokens = NumberSketch.fromJson(json.tokens);
    return tally;
  }
}

/**
 * True for an evaluation block: an object with at least one object that holds a numeric `accuracy`. An accuracy given
 * as text does not count.
 * @example hasCorrectnessMetadata({ reason_low: { count: 4, pass: 3, accuracy: 0.75 } }) // true
 */
export function hasCorrectnessMetadata(value: unknown): boolean {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return false;
  for (const key in value) {
    const condition = (value as Record<string, unknown>)[key];
    if (condition === null || typeof condition !== "object" || Array.isArray(condition)) continue;
    if (typeof (condition as Record<string, unknown>).accuracy === "number") return true;
  }
  return false;
}

function rowHasCorrectness(row: SourceRow): boolean {
  for (const name in row.values) if (hasCorrectnessMetadata(row.values[name])) return true;
  return false;
}

/** Estimated tokens of a number of UTF-8 bytes: a quarter, rounded up. */
export function approximateTokens(utf8Bytes: number): number {
  return Math.ceil(utf8Bytes / 4);
}
