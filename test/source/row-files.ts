/** Files made for a test, and all that a reader says about them. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { describeFile } from "../../kernel-lib/source/describe-file";
import { type ReadRowsOptions, readRows } from "../../kernel-lib/source/read-rows";
import type { BadRow, RawRow, SourceFile } from "../../kernel-lib/source/source";

let folder: string | null = null;
afterAll(() => {
  if (folder) rmSync(folder, { recursive: true, force: true });
});

export function pathOf(name: string): string {
  folder ??= mkdtempSync(join(tmpdir(), "corpuslab-rows-")); // afterAll does not run where all tests skip
  return join(folder, name);
}

export function fileOf(name: string, content: string | Uint8Array): SourceFile {
  writeFileSync(pathOf(name), content);
  return describeFile(pathOf(name));
}

export interface Everything {
  readonly rows: RawRow[];
  readonly bad: BadRow[];
}

export async function everything(file: SourceFile, options: ReadRowsOptions = {}): Promise<Everything> {
  const rows: RawRow[] = [];
  const bad: BadRow[] = [];
  for await (const batch of readRows(file, options)) {
    rows.push(...batch.rows);
    bad.push(...batch.bad);
  }
  return { rows, bad };
}

/** `row offset reason` of each bad row. */
export function faults({ bad }: Everything): string[] {
  return bad.map(({ row, offset, reason }) => `${row} ${offset} ${reason}`);
}

export function texts({ rows }: Everything): string[] {
  return rows.map(({ text }) => text);
}

/** Numbers 0..1 from a seed, the same on every machine. */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const PIECES = [
  "a",
  " ",
  "é",
  "—",
  "😀",
  '\\"',
  "\\\\",
  "\\n",
  "{",
  "}",
  "[",
  "]",
  ",",
  ":",
  "漢",
  "\u2028",
  "\\u00e9",
];

/** A JSON object without line breaks whose strings hold what trips splitters. */
export function trickyRow(next: () => number, length: number): string {
  const string = () => Array.from({ length }, () => PIECES[Math.floor(next() * PIECES.length)]).join("");
  return `{"a": "${string()}", "b": [1, {"c": "${string()}"}, []], "": null}`;
}
