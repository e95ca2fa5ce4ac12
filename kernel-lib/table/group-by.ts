/** Rows in groups, one row out for each. */

import { quoteName } from "../db";
import { InputError } from "../errors";

/** What a group needs of its table. */
interface Queried<T> {
  sql(select: string): T;
}

export class GroupedTable<T> {
  constructor(
    private readonly table: Queried<T>,
    private readonly columns: readonly string[],
  ) {
    if (columns.length === 0) throw new InputError("groupBy: no columns, expected at least one");
  }

  /** Rows in each group as `n`, the largest first. @example ds.groupBy("category").count() */
  count(): T {
    return this.table.sql(
      `select ${this.columns.map(expression).join(", ")}, count(*) as n from this group by all order by n desc, ${this.order()}`,
    );
  }

  /**
   * SQL aggregates for each group, ordered by group.
   * @example ds.groupBy("category").agg({ rows: "count(*)", longest: "max(length(response))" })
   */
  agg(aggregates: Readonly<Record<string, string>>): T {
    const entries = Object.entries(aggregates);
    if (entries.length === 0)
      throw new InputError('agg: no aggregates, expected for example { rows: "count(*)" }');
    const list = entries.map(([name, sql]) => `${sql} as ${quoteName(name)}`);
    return this.table.sql(
      `select ${[...this.columns.map(expression), ...list].join(", ")} from this group by ${this.positions()} order by ${this.order()}`,
    );
  }

  private positions(): string {
    return this.columns.map((_, i) => i + 1).join(", ");
  }

  private order(): string {
    return this.columns.map((_, i) => `${i + 1} nulls last`).join(", ");
  }
}

/** A plain name is quoted; anything else is SQL. */
function expression(column: string): string {
  return /^\w+$/.test(column) ? quoteName(column) : column;
}
