/** Which of a layer's verdict files speak of some of its rows. */

/** Verdicts over the rows that are read: files in their order, from a row on. */
export interface VerdictSlice {
  readonly files: readonly string[];
  /** Rows of the files that come before the first row that is read, and how many are; null: all that they hold. */
  readonly from: { readonly offset: number; readonly rows: number } | null;
}

/** The verdicts over consecutive rows from `start` on: the files that speak of them, and from where on. */
export function verdictSlice(
  files: readonly { readonly path: string; readonly rows: number }[],
  { start, rows }: { readonly start: number; readonly rows: number },
): VerdictSlice | null {
  if (files.length === 0) return null;
  const found: string[] = [];
  let [at, first, last] = [0, 0, 0];
  for (const file of files) {
    const end = at + file.rows;
    if (end > start && at < start + rows) {
      if (found.length === 0) first = at;
      found.push(file.path);
      last = end;
    }
    at = end;
  }
  if (found.length === 0) return { files: [files[0]!.path], from: { offset: 0, rows: 0 } }; // rows that are none
  // A limit costs more than the columns it cuts.
  const isWhole = first === start && last === start + rows;
  return { files: found, from: isWhole ? null : { offset: start - first, rows } };
}
