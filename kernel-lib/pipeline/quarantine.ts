/** Rows on which a step threw: `quarantine/part-….jsonl`, which row, which step and what it said. */
import { closeSync, openSync, writeSync } from "node:fs";

export interface QuarantinedRow {
  readonly row_key: string;
  readonly step: string;
  readonly version: number;
  readonly message: string;
}

const MOST_CHARACTERS = 500;

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

/**
 * What a step threw, cut to 500 characters and without what stands in quotes: messages of JSON.parse and the like quote the
 * row, and its text does not belong where the row was left out.
 */
export function withoutRowText(message: string): string {
  const bare = message
    .replace(/"(?:[^"\\]|\\.)*"(?:\.\.\.)?|'[^']*'|`[^`]*`/gs, (quoted) =>
      quoted.length <= 22 && /^.[\w.-]*.$/.test(quoted) ? quoted : "…",
    )
    .replace(/\s+/g, " ");
  return bare.length > MOST_CHARACTERS ? `${bare.slice(0, MOST_CHARACTERS - 1)}…` : bare;
}
