import { InputError } from "../errors";
import { type Columns, type Step, sidecarOf, writtenColumns } from "../step";
import type { ChosenFlag } from "./chosen-flag";

/** A built-in flag with checked parameters. @throws InputError for parameters that its schema refuses. */
export function builtInFlag(step: Step, given: Readonly<Record<string, unknown>>): ChosenFlag {
  const { name, version } = step;
  const params = checkedParams(step, given);
  const reads = Object.keys(step.reads.shape);
  const columns = writtenColumns(step);
  return {
    ...{ plan: { flag: name, params }, name, ref: name, folder: sidecarOf(step), reads, columns },
    errorColumn: null,
    facts: { flag: name, version, params },
    async open() {
      await step.prepare?.();
      return {
        values(batch, keys) {
          const seen: Columns = Object.fromEntries(reads.map((column) => [column, batch[column]!]));
          const values = step.run(seen, params, keys.length) as Columns;
          return columns.map((column) => values[column.name]!);
        },
        async close() {},
      };
    },
  };
}

function checkedParams(
  { name, params: schema }: Step,
  given: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const parsed = schema.safeParse(given);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new InputError(
      `flag ${name}: parameter ${issue?.path.join(".") || "of it"}: ${issue?.message ?? "is not valid"}`,
    );
  }
  const known = Object.keys((schema as unknown as { readonly shape?: object }).shape ?? {});
  const unknown = Object.keys(given).find((one) => !known.includes(one));
  if (unknown !== undefined) {
    throw new InputError(`flag ${name}: has no parameter ${unknown}, it has ${known.join(", ") || "none"}`);
  }
  return parsed.data as Readonly<Record<string, unknown>>;
}
