/** Rows on which a step threw: `quarantine/part-….jsonl`, which row, which step and what it said. */
import { closeSync, openSync, writeSync } from "node:fs";

export interface QuarantinedRow {
  readonly row_key: string;
  readonly step: string;
  readonly version: number;
  readonly message: string;
}

/** Writes lines in the order given; the file exists only when there was one. */
export class StepQuarantine {
  private descriptor: number | null = null;

  constructor(private readonly path: () => string) {}

  add(row: QuarantinedRow): void {
    this.descriptor ??= openSync(this.path(), "wx");
    writeSync(this.descriptor, `${JSON.stringify(row)}\n`);
  }

  close(): void {
    if (this.descriptor !== null) closeSync(this.descriptor);
    this.descriptor = null;
  }
}
