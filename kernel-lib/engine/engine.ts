/**
 * How work is spread: a stage is a list of independent tasks with a barrier after it, an engine runs it. Markers on
 * storage are the truth and the engine's state is advice: a task whose marker stands is never run again.
 */
import type { ProgressListener } from "../progress";

/** One unit of work. `spec` is plain JSON, so that it can travel to a thread or another machine. */
export interface Task {
  /** Unique within the stage, stable across runs, safe in a file name: `train/part-00000`. */
  readonly id: string;
  readonly spec: unknown;
}

/** Tasks that run in any order by one task module, see `TaskModule`. */
export interface Stage {
  readonly name: string;
  /** Path of the task module in the library: `run/flag-task`, see `loadTask`. */
  readonly module: string;
  readonly tasks: readonly Task[];
  /** Planned size of each task (bytes or rows), for the share done; default: all equal. */
  readonly weights?: readonly number[];
  /** The run's output folder: files are committed into it, markers stand in its `.run/`. */
  readonly out: string;
  /** What the tasks count: `progress` tells so many, and the summary has them under this name. Default rows. */
  readonly unit?: "rows" | "tokens";
}

/** What a finished task says: counts for the ledger and the files it wrote. The same for every run of the task. */
export interface TaskResult {
  readonly files: readonly { readonly name: string; readonly bytes: number; readonly rows: number }[];
  /** Plain JSON that the stage's reduce step reads. */
  readonly summary: unknown;
}

export interface TaskFailure {
  readonly task: string;
  readonly message: string;
  /** What failed is for the caller to mend: trying again does not help. */
  readonly isInput: boolean;
}

export interface StageResult {
  /** In the order of the stage's tasks; a failed task is absent. */
  readonly results: ReadonlyMap<string, TaskResult>;
  readonly failures: readonly TaskFailure[];
}

export type TaskListener = (end: TaskResult | TaskFailure) => void;

export interface Handle {
  onProgress(listener: ProgressListener): void;
  /** Told of each task that ends, in the order in which they do; before all others of those that were done before. */
  onTask(listener: TaskListener): void;
  wait(): Promise<StageResult>;
  cancel(): Promise<void>;
}

/** Runs stages. The local engine uses worker threads; a cluster engine submits the same tasks elsewhere. */
export interface Engine {
  submit(stage: Stage): Handle;
  close(): Promise<void>;
}

/** What a task may use: a private folder to write in, whose files are committed together when it returns. */
export interface TaskContext {
  /** Path for a file that will be committed as `<out>/<name>`; its parent folder exists. */
  file(name: string): string;
  /** States how many rows that file holds. */
  setRows(name: string, rows: number): void;
  /** Tells the engine how far the task is, in the stage's unit; at most a few times a second. */
  progress(done: number, share: number): void;
  readonly signal: AbortSignal;
  readonly out: string;
}

/** A task module exports its `task`, which turns a spec into files and a summary. It must write the same bytes for the same spec. */
export type TaskModule = (spec: unknown, context: TaskContext) => Promise<unknown>;
