/** The first readable rows of a split, for detection of its shape. */
import { ShardError } from "../errors";
import { parseRow, RowSyntaxError, type SourceRow } from "../json-text";
import { readRows } from "./read-rows";
import type { SourceFile } from "./source";

/** Rows that detection looks at. */
const DETECTION_ROWS = 64;

/**
 * Up to 64 rows from the beginnings of the files, in order; unreadable rows and damaged files are passed over (who
 * reads all of the file reports them).
 */
export async function firstRows(files: readonly SourceFile[]): Promise<SourceRow[]> {
  const sample: SourceRow[] = [];
  for (const file of files) {
    try {
      for await (const { rows } of readRows(file)) {
        for (const { text } of rows) {
          const row = readable(text);
          if (row) sample.push(row);
          if (sample.length === DETECTION_ROWS) return sample;
        }
      }
    } catch (error) {
      if (!(error instanceof ShardError)) throw error;
    }
  }
  return sample;
}

function readable(text: string): SourceRow | null {
  try {
    return parseRow(text);
  } catch (error) {
    if (error instanceof RowSyntaxError) return null;
    throw error;
  }
}
