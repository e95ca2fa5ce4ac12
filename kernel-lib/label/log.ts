/**
 * An append-only log of acts, one JSON object a line. Appending is one write, so that two writers never mix their lines;
 * what a kill left half written is told by the reader and never swallows the line after it.
 */

import {
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  writeSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { z } from "zod";
import { errorText, InputError } from "../errors";
import { findWorkspace } from "../workspace";

export interface Log<Act> {
  /** Absolute. */
  readonly path: string;
  /** In the order in which they were written. */
  readonly acts: readonly Act[];
  /** Lines that are no act (torn by a kill, edited by hand): `labels.jsonl line 3: not JSON …`. */
  readonly problems: readonly string[];
}

/**
 * The folder of labels: `into`, else `labels/` in the workspace at or above the current folder.
 * @throws InputError where neither is there.
 */
export function labelFolder(into: string | undefined): string {
  const folder = into ?? workspaceLabels();
  if (folder !== null) return resolve(folder);
  throw new InputError(
    `no workspace at or above ${process.cwd()}, and labels are kept in one; make one with corpuslab init DIR ` +
      "and work in it, or name a folder: { into: DIR } (--into DIR)",
  );
}

/** `labels/` of the workspace at or above the current folder, whether it is there yet or not; null without a workspace. */
export function workspaceLabels(): string | null {
  const workspace = findWorkspace();
  return workspace === null ? null : join(workspace, "labels");
}

/** The acts stand at the end of the log, all of them or none. */
export function appendActs(path: string, acts: readonly object[]): void {
  const lines = acts.map((act) => `${JSON.stringify(act)}\n`).join("");
  try {
    mkdirSync(dirname(path), { recursive: true });
    const file = openSync(path, "a+");
    try {
      const bytes = Buffer.from(endsInLine(file) ? lines : `\n${lines}`);
      const written = writeSync(file, bytes);
      if (written < bytes.length) throw new Error(`only ${written} of ${bytes.length} bytes were written`);
    } finally {
      closeSync(file);
    }
  } catch (cause) {
    throw new InputError(`${path}: cannot write there (${errorText(cause)})`, { cause });
  }
}

/** All acts of a log; of one that is not there, none. Memory: the log. */
export function readLog<Act>(path: string, schema: z.ZodType<Act>): Log<Act> {
  const acts: Act[] = [];
  const problems: string[] = [];
  if (!existsSync(path)) return { path, acts, problems };
  const lines = readFileSync(path, "utf8").split("\n");
  for (const [i, line] of lines.entries()) {
    if (line.trim() === "") continue;
    const act = readAct(line, schema);
    if (typeof act === "string") {
      const torn = i === lines.length - 1 ? "; the writer was stopped in the middle of it" : "";
      problems.push(`${path} line ${i + 1}: ${act}${torn}: the line is passed over`);
    } else acts.push(act.act);
  }
  return { path, acts, problems };
}

function readAct<Act>(line: string, schema: z.ZodType<Act>): { act: Act } | string {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    return `not JSON (${errorText(error).slice(0, 120)})`;
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return { act: parsed.data };
  const [issue] = parsed.error.issues;
  return `${issue?.path.join(".") || "the line"}: ${issue?.message ?? "not an act"}`;
}

/** Whether the next byte begins a line. */
function endsInLine(file: number): boolean {
  const { size } = fstatSync(file);
  if (size === 0) return true;
  const last = Buffer.alloc(1);
  readSync(file, last, 0, 1, size - 1);
  return last[0] === 10;
}
