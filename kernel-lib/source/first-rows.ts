/** The first readable rows of a split, for detection of its shape. */
import { parseRow, RowSyntaxError, type SourceRow } from "../json-text";
import { readRows } from "./read-rows";
import type { SourceFile } from "./source";

/** Rows that detection looks at. */
const DETECTION_ROWS = 64;

/**
 * Up to 64 rows from the beginnings of the files, in order; unreadable rows are passed over.
 * @throws ShardError when a file is damaged before that many rows were found.
 */
export async function firstRows(files: readonly SourceFile[]): Promise<SourceRow[]> {
  const sample: SourceRow[] = [];
  for (const file of files) {
    for await (const { rows } of readRows(file)) {
      for (const { text } of rows) {
        try {
          sample.push(parseRow(text));
        } catch (error) {
          if (!(error instanceof RowSyntaxError)) throw error;
        }
        if (sample.length === DETECTION_ROWS) return sample;
      }
    }
  }
  return sample;
}
