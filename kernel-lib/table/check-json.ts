/** JSON files made safe for DuckDB: every row is parsed once, what is unreadable is known by file, line and byte. */

import { once } from "node:events";
import { createWriteStream, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { errorText } from "../errors";
import { jsonLayout } from "../source/json-layout";
import { readRows } from "../source/read-rows";
import type { SourceFile } from "../source/source";

/** A row that cannot be read. */
export interface RowProblem {
  /** Path in the repository. */
  readonly file: string;
  /** 0-based: the line of a JSONL file, else the array element or record. */
  readonly row: number;
  /** Byte in the unpacked file; null where the format has none. */
  readonly offset: number | null;
  /** One of: blank, invalid_utf8, too_long, not_json, not_an_object, not_csv. */
  readonly reason: string;
  readonly detail: string;
}

export interface CheckedFile {
  readonly file: SourceFile;
  /** What DuckDB reads: the file itself, or a copy with the readable rows alone. */
  readonly path: string;
  readonly format: "newline_delimited" | "array";
  /** Readable rows. */
  readonly rows: number;
  readonly problems: readonly RowProblem[];
  /** Characters of the longest row. */
  readonly longest: number;
  /** Some row has a value of 19 digits or more: an integer may be beyond 64 bits. */
  readonly wide: boolean;
}

/** Parses every row of a file. Same order and same verdicts as normalize; nothing is written. Memory: one batch. */
export async function checkRows(
  file: SourceFile,
  onRow: ((text: string) => unknown) | null,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<{ rows: number; problems: RowProblem[]; longest: number; unpaired: boolean; wide: boolean }> {
  const problems: RowProblem[] = [];
  let rows = 0;
  let longest = 0;
  let unpaired = false;
  let wide = false;
  for await (const batch of readRows(file, signal ? { signal } : {})) {
    for (const { row, offset, reason, detail } of batch.bad) {
      problems.push({ file: file.name, row, offset, reason, detail });
    }
    for (const { row, offset, text } of batch.rows) {
      const fault = file.format === "json" || file.format === "jsonl" ? faultOf(text) : null;
      if (fault) {
        problems.push({ file: file.name, row, offset, ...fault });
        continue;
      }
      rows++;
      longest = Math.max(longest, text.length);
      wide ||= /[:,[]\s*-?\d{19}/.test(text);
      unpaired ||= hasUnpaired(text);
      const waits = onRow?.(text);
      if (waits) await waits;
    }
  }
  problems.sort((a, b) => a.row - b.row);
  return { rows, problems, longest, unpaired, wide };
}

/** The file is checked; when it has rows that DuckDB would refuse or misread, a copy without them stands in `scratch`. */
export async function checkJson(
  file: SourceFile,
  copyTo: string,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<CheckedFile> {
  const { rows, problems, longest, unpaired, wide } = await checkRows(file, null, { signal });
  const layout = file.format === "json" && file.bytes > 0 ? jsonLayout(file) : null;
  const wrapped = layout?.kind === "array" && layout.wrapped;
  if (problems.length === 0 && !unpaired && !wrapped) {
    const format = file.format === "json" && layout?.kind === "array" ? "array" : "newline_delimited";
    return { file, path: file.path, format, rows, problems, longest, wide };
  }
  const out = createWriteStream(copyTo);
  const failed = once(out, "error").then(([error]) => Promise.reject(error as Error));
  failed.catch(() => {});
  await checkRows(
    file,
    (text) =>
      out.write(`${replaceUnpaired(text).replace(/[\r\n]+/g, " ")}\n`)
        ? null
        : Promise.race([once(out, "drain"), failed]),
    { signal },
  );
  out.end();
  await finished(out);
  return { file, path: copyTo, format: "newline_delimited", rows, problems, longest, wide };
}

let scratch: string | null = null;

/** A folder for copies; removed when the process ends. */
export function scratchFolder(): string {
  if (scratch === null) {
    const made = mkdtempSync(join(tmpdir(), "corpuslab-tables-"));
    scratch = made;
    process.once("exit", () => rmSync(made, { recursive: true, force: true }));
  }
  return mkdtempSync(join(scratch, "t"));
}

function faultOf(text: string): { reason: string; detail: string } | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (text.trim() === "") return { reason: "blank", detail: "only white space" };
    return { reason: "not_json", detail: errorText(error) };
  }
  if (value !== null && typeof value === "object" && !Array.isArray(value)) return null;
  const got = value === null ? "null" : Array.isArray(value) ? "an array" : `a ${typeof value}`;
  return { reason: "not_an_object", detail: `got ${got}` };
}

const ESCAPES =
  /\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[dD][89a-fA-F][0-9a-fA-F]{2}|[\s\S])/g;
const isUnpaired = (found: string) => found.length === 6 && /^\\u[dD][89a-fA-F]/.test(found);

/** Half a surrogate pair as an escape: JSON.parse takes it, DuckDB refuses the whole file. */
function hasUnpaired(text: string): boolean {
  if (!/\\u[dD][89a-fA-F]/.test(text)) return false;
  return text.match(ESCAPES)?.some(isUnpaired) ?? false;
}

function replaceUnpaired(text: string): string {
  if (!hasUnpaired(text)) return text;
  return text.replace(ESCAPES, (found) => (isUnpaired(found) ? "\\ufffd" : found));
}
