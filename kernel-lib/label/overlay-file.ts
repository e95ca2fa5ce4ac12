/** Lines in a temporary file that DuckDB reads as a relation. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { literalPath, quoteName, quoteText } from "../db";

let scratch: string | null = null;
let files = 0;

/**
 * SQL of a relation with the lines, in a file that is deleted when the process ends. A new file each time: one that an
 * earlier statement reads stays as it is. `types`: DuckDB types by column.
 */
export function overlayFile(lines: readonly object[], types: Readonly<Record<string, string>>): string {
  if (scratch === null) {
    const made = mkdtempSync(join(tmpdir(), "corpuslab-labels-"));
    scratch = made;
    process.once("exit", () => rmSync(made, { recursive: true, force: true }));
  }
  const path = join(scratch, `${files++}.jsonl`);
  const texts = lines.map((line) => `${JSON.stringify(line)}\n`);
  writeFileSync(path, texts.join(""));
  const longest = texts.reduce((most, text) => Math.max(most, Buffer.byteLength(text)), 1 << 20);
  const columns = Object.entries(types).map(([name, type]) => `${quoteName(name)}: ${quoteText(type)}`);
  return (
    `read_json(${quoteText(literalPath(path))}, format = 'newline_delimited', columns = {${columns.join(", ")}}, ` +
    `maximum_object_size = ${2 * longest})`
  );
}
