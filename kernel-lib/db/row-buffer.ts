/** Rows on their way into a file: kept by columns in JavaScript's memory, and read by SQL as a table function. */
import { type DuckDBDataChunk, DuckDBTableFunction } from "@duckdb/node-api";
import duckdb from "@duckdb/node-bindings";
import { type ColumnBuffer, columnBuffer } from "./column-buffer";

/** Rows of a vector, which is what DuckDB asks for at a time. */
const VECTOR_ROWS = duckdb.vector_size();

export class RowBuffer {
  private readonly columns: readonly ColumnBuffer[];
  private count = 0;
  private read = 0;

  /** @param types Name and SQL type of each column, see `columnBuffer`. */
  constructor(
    readonly name: string,
    private readonly types: readonly (readonly [string, string])[],
  ) {
    this.columns = types.map(([, type]) => columnBuffer(type));
  }

  /** A function of the buffer's name: where it stands in a query, it gives all rows, in order. For one database. */
  tableFunction(): DuckDBTableFunction {
    return DuckDBTableFunction.create({
      name: this.name,
      bindFunction: (info) => {
        this.types.forEach(([column], i) => {
          info.addResultColumn(column, this.columns[i]!.type);
        });
        info.setCardinality(this.count, true);
      },
      initFunction: (info) => {
        info.setMaxThreads(1);
        this.read = 0;
      },
      mainFunction: (_, chunk) => this.fill(chunk),
    });
  }

  get rows(): number {
    return this.count;
  }

  /** Adds rows, given as one list of values a column; the values are copied. */
  append(columns: readonly (readonly unknown[])[], rows: number): void {
    this.columns.forEach((column, i) => {
      column.append(columns[i]!);
    });
    this.count += rows;
  }

  /** Forgets the rows but keeps the memory for those that come next. */
  clear(): void {
    this.count = 0;
    for (const column of this.columns) column.clear();
  }

  private fill(chunk: DuckDBDataChunk): void {
    const rows = Math.min(VECTOR_ROWS, this.count - this.read);
    duckdb.data_chunk_set_size(chunk.chunk, rows);
    this.columns.forEach((column, i) => {
      if (rows > 0) column.fill(duckdb.data_chunk_get_vector(chunk.chunk, i), this.read, rows);
    });
    this.read += rows;
  }
}
