/**
 * A step: columns in, values out, in batches. Built-in flags and the functions a user promotes have this one shape.
 * A step is pure: the same columns and parameters give the same values, whatever the batch size or order.
 */
import { z } from "zod";

export type Columns = Readonly<Record<string, readonly unknown[]>>;

/** Shape of a batch: for each declared column, one value a row. */
export type ColumnsOf<Shape extends z.ZodObject> = {
  readonly [K in keyof z.infer<Shape>]: readonly z.infer<Shape>[K][];
};

export interface Step<
  Params extends z.ZodType = z.ZodType,
  Reads extends z.ZodObject = z.ZodObject,
  Writes extends z.ZodObject = z.ZodObject,
> {
  /** snake_case; with the version the name of the sidecar: `length.v1`. */
  readonly name: string;
  readonly version: number;
  /** `flag` adds columns and drops nothing; `filter` and `rewrite` come with promotion. */
  readonly kind: "flag";
  readonly params: Params;
  /** Columns it reads, and no others are handed to it. */
  readonly reads: Reads;
  /** Columns it writes, one value a row. */
  readonly writes: Writes;
  /** Loads what `run` needs (a model, a module); awaited once before the first batch. */
  prepare?(): Promise<void>;
  run(columns: ColumnsOf<Reads>, params: z.infer<Params>, rows: number): ColumnsOf<Writes>;
}

/**
 * The step as given; exists so that TypeScript infers its columns.
 * @example
 * const long = defineStep({
 *   name: "long", version: 1, kind: "flag", params: z.object({ maxChars: z.int().default(8000) }),
 *   reads: z.object({ text: z.string() }), writes: z.object({ long: z.boolean() }),
 *   run: ({ text }, { maxChars }) => ({ long: text.map((one) => one.length > maxChars) }),
 * });
 */
export function defineStep<P extends z.ZodType, R extends z.ZodObject, W extends z.ZodObject>(
  step: Step<P, R, W>,
): Step<P, R, W> {
  return step;
}

/** The flag's sidecar below the run folder: `flags/length.v1`. */
export function sidecarOf({ name, version }: Pick<Step, "name" | "version">): string {
  return `flags/${name}.v${version}`;
}

/** Names and DuckDB types of the columns that a step writes. */
export function writtenColumns(step: Step): { readonly name: string; readonly type: string }[] {
  return Object.entries(step.writes.shape).map(([name, schema]) => ({ name, type: columnType(schema) }));
}

/** DuckDB type that holds a declared column. */
export function columnType(schema: unknown): string {
  if (schema instanceof z.ZodNullable || schema instanceof z.ZodOptional) return columnType(schema.unwrap());
  if (schema instanceof z.ZodBoolean) return "BOOLEAN";
  if (schema instanceof z.ZodString || schema instanceof z.ZodEnum) return "VARCHAR";
  if (schema instanceof z.ZodNumber) return schema.isInt ? "BIGINT" : "DOUBLE";
  if (schema instanceof z.ZodArray) return `${columnType(schema.element)}[]`;
  throw new TypeError(`a column must be boolean, string, number or a list of those, got ${String(schema)}`);
}
