/** What is known of one column of one split: types with where they stand, distinct values, numbers, lengths, examples. */
import type { DistinctJson } from "./distinct-sketch";
import { DistinctSketch } from "./distinct-sketch";
import type { NumberJson } from "./number-sketch";
import { NumberSketch } from "./number-sketch";
import type { JsonType, TypeJson } from "./type-place";
import { JSON_TYPES } from "./type-place";
import { TypeTree } from "./type-tree";

/** Example values are cut to this many characters. */
export const EXAMPLE_CHARACTERS = 120;
const EXAMPLES = 3;
/** Values of a string column are counted one by one up to this many, each up to `LABEL_CHARACTERS` long. */
export const MAX_LABELS = 1000;
export const LABEL_CHARACTERS = 200;

/** Where a row stands: file name in the dataset and 0-based row number. */
export interface RowPosition {
  readonly file: string;
  readonly row: number;
}

export interface ExampleValue {
  /** Text of the value (JSON text unless it is a string), cut to `EXAMPLE_CHARACTERS`. */
  readonly text: string;
  /** Length before the cut, in UTF-16 code units. */
  readonly length: number;
}

export interface ColumnJson {
  name: string;
  tree: { depth: number; root: TypeJson };
  trues: number;
  first: Partial<Record<JsonType, RowPosition>>;
  last: Partial<Record<JsonType, RowPosition>>;
  distinct: DistinctJson;
  numbers: NumberJson;
  stringLengths: NumberJson;
  listLengths: NumberJson;
  examples: ExampleValue[];
  labels: [string, number][] | null;
}

export class ColumnProfile {
  readonly types = new TypeTree();
  readonly first: Partial<Record<JsonType, RowPosition>> = {};
  readonly last: Partial<Record<JsonType, RowPosition>> = {};
  readonly distinct = new DistinctSketch();
  readonly numbers = new NumberSketch();
  readonly stringLengths = new NumberSketch();
  readonly listLengths = new NumberSketch();
  examples: ExampleValue[] = [];
  /** String value → occurrences; null once they are too many or too long to be labels. */
  labels: Map<string, number> | null = new Map();
  trues = 0;

  constructor(readonly name: string) {}

  /** Counts the column's value in one row: its JSON text and what that parsed to. */
  add(raw: string, value: unknown, file: string, row: number): void {
    const type = this.types.add(raw);
    const position = { file, row };
    this.first[type] ??= position;
    this.last[type] = position;
    if (type === "null") return;
    const text = typeof value === "string" ? value : raw;
    this.distinct.add(text, JSON_TYPES.indexOf(type));
    if (typeof value === "string") {
      this.stringLengths.add(codePoints(value));
      this.label(value);
    } else if (typeof value === "number") this.numbers.add(value);
    else if (Array.isArray(value)) this.listLengths.add(value.length);
    else if (value === true) this.trues++;
    if (this.examples.length < EXAMPLES) this.example(text);
  }

  private label(value: string): void {
    if (!this.labels) return;
    if (value.length > LABEL_CHARACTERS) this.labels = null;
    else this.tally(value, 1);
  }

  private tally(value: string, times: number): void {
    if (!this.labels) return;
    this.labels.set(value, (this.labels.get(value) ?? 0) + times);
    if (this.labels.size > MAX_LABELS) this.labels = null;
  }

  private example(text: string): void {
    for (const known of this.examples) {
      if (known.length === text.length && text.startsWith(known.text)) return;
    }
    this.examples.push({ text: cutText(text, EXAMPLE_CHARACTERS), length: text.length });
  }

  /** Rows that have the column, null included. */
  present(): number {
    return this.types.counts().reduce((sum, count) => sum + count, 0);
  }

  count(type: JsonType): number {
    return this.types.counts()[JSON_TYPES.indexOf(type)]!;
  }

  /** Adds what `later`, which stands behind this one in file and row order, has seen. */
  merge(later: ColumnProfile): void {
    this.types.merge(later.types);
    for (const type of JSON_TYPES) {
      const first = later.first[type];
      if (first) this.first[type] ??= first;
      const last = later.last[type];
      if (last) this.last[type] = last;
    }
    this.distinct.merge(later.distinct);
    this.numbers.merge(later.numbers);
    this.stringLengths.merge(later.stringLengths);
    this.listLengths.merge(later.listLengths);
    this.trues += later.trues;
    for (const { text, length } of later.examples) {
      if (this.examples.length >= EXAMPLES) break;
      if (!this.examples.some((known) => known.text === text && known.length === length)) {
        this.examples.push({ text, length });
      }
    }
    if (!later.labels) this.labels = null;
    else for (const [value, times] of later.labels) this.tally(value, times);
  }

  toJson(): ColumnJson {
    return {
      name: this.name,
      tree: this.types.toJson(),
      trues: this.trues,
      first: this.first,
      last: this.last,
      distinct: this.distinct.toJson(),
      numbers: this.numbers.toJson(),
      stringLengths: this.stringLengths.toJson(),
      listLengths: this.listLengths.toJson(),
      examples: this.examples,
      labels: this.labels && [...this.labels],
    };
  }

  static fromJson(json: ColumnJson): ColumnProfile {
    const column = new ColumnProfile(json.name);
    const merged = {
      types: TypeTree.fromJson(json.tree),
      distinct: DistinctSketch.fromJson(json.distinct),
      numbers: NumberSketch.fromJson(json.numbers),
      stringLengths: NumberSketch.fromJson(json.stringLengths),
      listLengths: NumberSketch.fromJson(json.listLengths),
      labels: json.labels && new Map(json.labels),
    };
    Object.assign(column, merged);
    Object.assign(column.first, json.first);
    Object.assign(column.last, json.last);
    column.examples = [...json.examples];
    column.trues = json.trues;
    return column;
  }
}

/** Characters of a text as Python counts them: a surrogate pair is one. */
export function codePoints(text: string): number {
  let count = text.length;
  if (!/[\ud800-\udbff]/.test(text)) return count;
  for (const _pair of text.matchAll(/[\ud800-\udbff][\udc00-\udfff]/g)) count--;
  return count;
}

/** The first `max` code units of a text, never half a pair, as a copy that does not keep the whole text alive. */
function cutText(text: string, max: number): string {
  const code = text.charCodeAt(max - 1);
  const end = text.length > max && code >= 0xd800 && code <= 0xdbff ? max - 1 : max;
  return Buffer.from(text.slice(0, end), "utf16le").toString("utf16le");
}
