/** The columns of a table, as a list that shows itself. */

import { columnsBundle } from "../notebook/table-display";

export interface Column {
  readonly name: string;
  /** DuckDB type, nested types written out. JSON: the types of the rows differ, or are not known for all of them. */
  readonly type: string;
}

/** Columns in order; shows itself as a table in a notebook. */
export class Schema extends Array<Column> {
  static override get [Symbol.species](): ArrayConstructor {
    return Array;
  }

  [Symbol.for("corpuslab.display")](): Record<string, string> {
    return columnsBundle(this);
  }
}
