/** Rows on a terminal: a table of folded cells, or JSON lines with nothing cut. */
import type { Table } from "../table/table";

const CELL = 48;
const SHOWN = 100;

export async function printRows(table: Table, { json }: { readonly json: boolean }): Promise<void> {
  if (json) {
    for await (const batch of table.stream()) {
      for (const row of batch) process.stdout.write(`${JSON.stringify(row, bigintText)}\n`);
    }
    return;
  }
  const rows: Record<string, unknown>[] = [];
  for await (const batch of table.stream()) {
    rows.push(...batch.slice(0, SHOWN + 1 - rows.length));
    if (rows.length > SHOWN) break;
  }
  const names = Object.keys(rows[0] ?? {});
  if (names.length === 0) {
    console.log("no rows");
    return;
  }
  const cells = [names, ...rows.slice(0, SHOWN).map((row) => names.map((name) => cell(row[name])))];
  const widths = names.map((_, i) => Math.max(...cells.map((line) => line[i]!.length)));
  for (const line of cells)
    console.log(
      line
        .map((text, i) => text.padEnd(widths[i]!))
        .join("  ")
        .trimEnd(),
    );
  if (rows.length > SHOWN) console.log(`… more than ${SHOWN} rows; use limit, or --json for all`);
}

/** One line of text without control characters: rows may carry terminal escapes. */
function cell(value: unknown): string {
  const text =
    typeof value === "string" ? value : value === null ? "NULL" : JSON.stringify(value, bigintText);
  const line = text.replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]+/g, " ");
  return line.length > CELL ? `${line.slice(0, CELL - 1)}…` : line;
}

function bigintText(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? value.toString() : value;
}
