/** Values of one step, row by row → sidecar files, shard for shard with the rows. */
import { type Db, quoteText } from "../db";
import { RowBuffer } from "../db/row-buffer";

export class SidecarWriter {
  private readonly buffer: RowBuffer;

  /** @param columns Name and type of each column after row_key. */
  constructor(
    private readonly db: Db,
    private readonly name: string,
    columns: readonly (readonly [name: string, type: string])[],
  ) {
    this.buffer = new RowBuffer(name, [["row_key", "VARCHAR"], ...columns]);
    db.attach(this.buffer);
  }

  /** Adds rows, given as one list of values a column; the first are row keys. */
  add(columns: readonly (readonly unknown[])[], rows: number): void {
    this.buffer.append(columns, rows);
  }

  /** Writes what was added since the last file. */
  async finish(path: string): Promise<number> {
    const { rows } = this.buffer;
    await this.db.run(`COPY (FROM ${this.name}()) TO ${quoteText(path)} (FORMAT parquet, COMPRESSION zstd)`);
    this.buffer.clear();
    return rows;
  }
}
