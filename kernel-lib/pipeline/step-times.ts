/** Where the time went: noted by each task, kept apart from what must be the same in every run. */
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { listFiles, statePath, writeFileDurably } from "../engine/commit";

export interface TaskTimes {
  /** From the task's start to its end. */
  readonly milliseconds: number;
  /** Of these, in the steps' own code, by step. */
  readonly steps: Readonly<Record<string, number>>;
}

const FOLDER = "times";

/** Notes the times of the task that wrote `name`. */
export function noteTimes(out: string, name: string, times: TaskTimes): void {
  writeFileDurably(join(statePath(out, FOLDER), `${name}.json`), JSON.stringify(times));
}

/** Times of all tasks that were noted, added up; the notes are taken away. */
export function takeTimes(out: string): TaskTimes {
  const folder = statePath(out, FOLDER);
  const steps: Record<string, number> = {};
  let milliseconds = 0;
  for (const name of listFiles(folder)) {
    const times = JSON.parse(readFileSync(join(folder, name), "utf8")) as TaskTimes;
    milliseconds += times.milliseconds;
    for (const [ref, spent] of Object.entries(times.steps)) steps[ref] = (steps[ref] ?? 0) + spent;
  }
  rmSync(folder, { recursive: true, force: true });
  return { milliseconds, steps };
}
