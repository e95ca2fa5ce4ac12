/**
 * How a task's files reach the run folder. They are written in a private folder, fsynced, renamed to their final
 * names, and only then the marker is written. A marker therefore means: all files are there, whole. A kill between two
 * renames leaves files without a marker; the next attempt writes the same bytes over them.
 */
import { createHash, randomUUID } from "node:crypto";
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { InputError } from "../errors";
import type { TaskResult } from "./engine";

/** What a marker holds. zod comes with the first one that is read: most threads read none. */
function markerSchema() {
  const { z } = require("zod") as typeof import("zod");
  return z.object({
    /** sha256 of the task's spec: a marker of another spec does not count. */
    spec: z.string(),
    files: z.array(z.object({ name: z.string(), bytes: z.number(), rows: z.number() })),
    summary: z.unknown(),
  });
}

const STATE = ".run";
const TEMPORARY = /\.tmp-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** A private folder for one attempt of one task. */
export class Attempt {
  readonly folder: string;
  private readonly rowsOf = new Map<string, number>();

  constructor(
    private readonly out: string,
    private readonly stage: string,
    private readonly task: string,
    private readonly spec: unknown,
  ) {
    this.folder = join(out, STATE, "attempts", randomUUID());
    mkdirSync(this.folder, { recursive: true });
  }

  /** Where to write the file that will be committed as `<out>/<name>`. */
  file(name: string): string {
    const path = join(this.folder, name);
    mkdirSync(dirname(path), { recursive: true });
    return path;
  }

  /** States how many rows the file holds; shown in the marker. */
  setRows(name: string, rows: number): void {
    this.rowsOf.set(name, rows);
  }

  /** Puts the attempt's files in place and marks the task complete. */
  commit(summary: unknown): TaskResult {
    const names = listFiles(this.folder);
    const files = names.map((name) => {
      const path = join(this.folder, name);
      syncFile(path);
      return { name, bytes: statSync(path).size, rows: this.rowsOf.get(name) ?? 0 };
    });
    const folders = new Set<string>();
    for (const name of names) {
      const target = join(this.out, name);
      mkdirSync(dirname(target), { recursive: true });
      renameSync(join(this.folder, name), target);
      folders.add(dirname(target));
    }
    for (const folder of folders) syncFile(folder);
    const result: TaskResult = { files, summary };
    writeFileDurably(
      markerPath(this.out, this.stage, this.task),
      JSON.stringify({ spec: specHash(this.spec), ...result }),
    );
    this.discard();
    return result;
  }

  discard(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** The result of a task that is complete for this very spec, else null. */
export function committedResult(out: string, stage: string, task: string, spec: unknown): TaskResult | null {
  const path = markerPath(out, stage, task);
  if (!existsSync(path)) return null;
  const parsed = markerSchema().safeParse(JSON.parse(readFileSync(path, "utf8")));
  if (!parsed.success)
    throw new InputError(`run marker ${path} is damaged: delete it and run again with --resume`);
  const { spec: hash, ...result } = parsed.data;
  return hash === specHash(spec) ? result : null;
}

function specHash(spec: unknown): string {
  return createHash("sha256").update(JSON.stringify(spec)).digest("hex");
}

/** Removes what killed attempts left behind. */
export function sweepAttempts(out: string): void {
  rmSync(join(out, STATE, "attempts"), { recursive: true, force: true });
}

/** Removes the files of a run that a kill left written but not renamed. For a folder that is known to be a run's. */
export function sweepTemporaries(out: string): void {
  for (const name of listFiles(out)) if (TEMPORARY.test(name)) rmSync(join(out, name), { force: true });
}

/** Path of the run's own bookkeeping: `<out>/.run/<name>`. */
export function statePath(out: string, name: string): string {
  return join(out, STATE, name);
}

/** Writes a file so that a reader sees the old bytes or the new ones, also after a power cut. */
export function writeFileDurably(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.tmp-${randomUUID()}`; // the end that TEMPORARY knows
  try {
    writeFileSync(temporary, content);
    syncFile(temporary);
    renameSync(temporary, path);
    syncFile(dirname(path));
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

function markerPath(out: string, stage: string, task: string): string {
  return join(out, STATE, "done", stage, `${task}.json`);
}

function syncFile(path: string): void {
  const descriptor = openSync(path, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Files below a folder, as relative names with forward slashes, sorted. */
export function listFiles(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .sort();
}
