/** Numbers that a policy's lines speak of as `$name`: written down, or taken from the table. */
import { InputError } from "../errors";
import type { Table } from "../table/table";
import type { Policy } from "./policy";

export interface PolicyOptions {
  /** Values that take the place of the policy's own: `{ percentile: 0.7 }`. */
  readonly numbers?: Readonly<Record<string, number>>;
}

/**
 * The policy with numbers in the place of `$name` in its lines.
 * @throws InputError for a name that the policy does not have, a value that is no number, and one that only a table can tell
 * where there is none.
 */
export async function withNumbers(
  policy: Policy,
  { numbers: given = {} }: PolicyOptions,
  table: Table | null,
): Promise<Policy> {
  const wanted = policy.numbers ?? {};
  const known = Object.keys(wanted);
  const unknown = Object.keys(given).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new InputError(
      `policy ${policy.policy}: has no number ${unknown}, it has ${known.join(", ") || "none"}`,
    );
  }
  const values: Record<string, number> = {};
  for (const [name, { value, sql }] of Object.entries(wanted)) {
    values[name] = given[name] ?? value ?? (await fromTable(policy, { name, sql: sql! }, values, table));
    if (!Number.isFinite(values[name])) {
      throw new InputError(`policy ${policy.policy}: $${name} = ${values[name]}, expected a number`);
    }
  }
  const written = <Line extends { readonly if: string }>(line: Line): Line => ({
    ...line,
    if: replaced(policy, line.if, values),
  });
  return { ...policy, numbers: {}, keep: policy.keep.map(written), soft: policy.soft.map(written) };
}

/** Whether a number of the policy is taken from the table. */
export function needsTable({ numbers = {}, tiers }: Policy): boolean {
  return tiers !== undefined || Object.values(numbers).some(({ sql }) => sql !== undefined);
}

/** A DOUBLE as SQL: without an exponent DuckDB takes it for a decimal, and a cut falls beside its row. */
export function doubleSql(value: number): string {
  const text = String(value);
  return Number.isSafeInteger(value) || text.includes("e") ? text : `${text}e0`;
}

async function fromTable(
  policy: Policy,
  { name, sql }: { readonly name: string; readonly sql: string },
  values: Readonly<Record<string, number>>,
  table: Table | null,
): Promise<number> {
  if (table === null) {
    throw new InputError(
      `policy ${policy.policy}: $${name} is taken from the rows (${sql}); name the run: corpuslab policy ${policy.policy} <run> --sql, corpuslab pools <run> --policy ${policy.policy}, or policyPredicate(table, "${policy.policy}")`,
    );
  }
  const [row] = await table
    .sql(`select (${replaced(policy, sql, values)})::double as value from this`)
    .toArray();
  if (typeof row?.value === "number") return row.value;
  throw new InputError(
    `policy ${policy.policy}: $${name} (${sql}) has no value in ${table.origin}: no row has what it is taken from`,
  );
}

/** `$name` outside of texts and quoted names. */
function replaced({ policy }: Policy, sql: string, values: Readonly<Record<string, number>>): string {
  return sql.replace(/'(?:[^']|'')*'|"(?:[^"]|"")*"|\$([a-z]\w*)/g, (found, name?: string) => {
    if (name === undefined) return found;
    const value = values[name];
    if (value !== undefined) return doubleSql(value);
    throw new InputError(
      `policy ${policy}: $${name} in ${JSON.stringify(sql)} is not in its numbers before it`,
    );
  });
}
