/** What a demo split is: how its rows are made, how its files look, and where prompt and completion stand. */
import type { Problem } from "./arithmetic";
import type { Random } from "./random";

/** A value that is already JSON text (numbers like 1.0, tool schemas written once). */
export class RawJson {
  constructor(readonly json: string) {}
  toJSON(): unknown {
    return JSON.parse(this.json);
  }
}

export type Row = Record<string, unknown>;

/** Where the text of a row stands. */
export type Layout =
  | { readonly kind: "messages" }
  | { readonly kind: "conversations" }
  | { readonly kind: "columns"; readonly prompt: string; readonly completion: string }
  | { readonly kind: "dialogue"; readonly column: string }
  | { readonly kind: "text"; readonly column: string };

export type DemoFormat = "jsonl" | "json" | "parquet" | "csv";

/** One split of the demo dataset. */
export interface Shape {
  readonly name: string;
  readonly format: DemoFormat;
  /** Share of the rows, relative to the other shapes. */
  readonly weight: number;
  /** Files the rows are spread over, in order; more when a file would pass a million rows. Default 1. */
  readonly files?: number;
  readonly gzip?: boolean;
  /** Whether the first file begins with a byte order mark. */
  readonly bom?: boolean;
  /** JSON arrays: whether rows are indented. */
  readonly indent?: boolean;
  /** Parquet: DuckDB type of each column, in order. CSV: the columns, in order. */
  readonly columns?: Readonly<Record<string, string>>;
  readonly layout: Layout;
  /** False where the text is not text (token ids): then rows are only repeated, never edited. Default true. */
  readonly editable?: boolean;
  /** Column that identifies the row, given anew to duplicates with a new id. */
  readonly id?: string;
  /** Columns that may be set to null as a flaw. */
  readonly nullable: readonly string[];
  /** Flaws that only some shapes can have. */
  readonly flaws: readonly string[];
  /** Adapter reference, as in datasets/corpuslab--demo.json. */
  readonly adapter: string;
  /** The row of a line: follows from the random numbers alone. */
  build(random: Random): Row;
}

export interface Message extends Record<string, unknown> {
  role: string;
  content: unknown;
}

/** JSON text of a row; `RawJson` columns are taken as they are. */
export function encodeRow(row: Row): string {
  let text = "{";
  for (const name in row) {
    const value = row[name];
    if (text.length > 1) text += ", ";
    text += `"${name}": ${value instanceof RawJson ? value.json : JSON.stringify(value)}`;
  }
  return `${text}}`;
}

/** A number in JSON that keeps its point, as Python writes floats. */
export function float(value: number): RawJson {
  return new RawJson(Number.isInteger(value) ? `${value}.0` : String(value));
}

/** Solution text of a problem: its steps, and the boxed answer. */
export function solution(problem: Problem): string {
  return `${problem.steps.join("\n")}\n\n\\boxed{${problem.answer}}`;
}
