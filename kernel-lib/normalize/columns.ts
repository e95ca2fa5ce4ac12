/**
 * A source row as adapters read it: each column that found a place in the canonical row is marked, and what is left
 * goes to `source_extra_json`. A column whose value has another type than its place is left, never coerced.
 */
import { canonicalizeJson } from "../canonical-json";
import type { SourceRow } from "../json-text";

export class Columns {
  private readonly taken: string[] = [];

  constructor(readonly row: SourceRow) {}

  /** True when the row has the column, be it null. */
  has(name: string): boolean {
    return this.row.raw.has(name);
  }

  /** The column's value, undefined when absent; does not mark it. */
  value(name: string): unknown {
    return this.row.values[name];
  }

  /** The column's JSON text as it stands in the source, undefined when absent. */
  raw(name: string): string | undefined {
    return this.row.raw.get(name);
  }

  /** Marks the column as placed. */
  take(name: string): void {
    this.taken.push(name);
  }

  /** The column's text, or null when it is null, absent or not a text (then it is not marked). */
  text(name: string): string | null {
    const value = this.row.values[name];
    if (typeof value === "string") {
      this.taken.push(name);
      return value;
    }
    if (value === null) this.taken.push(name);
    return null;
  }

  /** The column as message content: texts as they are, other values as canonical JSON and a tag in `reasons`. */
  content(name: string, reasons: string[]): string | null {
    const value = this.row.values[name];
    if (value === undefined) return null;
    this.taken.push(name);
    if (typeof value === "string" || value === null) return value;
    reasons.push("nonstring_content");
    return canonicalizeJson(this.row.raw.get(name) ?? "null", "text");
  }

  /** Name and canonical JSON of each column that was not marked, nulls included. */
  leftovers(): [string, string][] {
    const left: [string, string][] = [];
    for (const [name, raw] of this.row.raw) {
      if (!this.taken.includes(name)) left.push([name, canonicalizeJson(raw, "text")]);
    }
    return left;
  }
}
