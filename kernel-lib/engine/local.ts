/** The local engine: worker threads on this machine. One task a thread at a time; threads live as long as the engine. */
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { errorText, InputError } from "../errors";
import type { Progress, ProgressListener } from "../progress";
import { committedResult } from "./commit";
import type {
  Engine,
  Handle,
  Stage,
  StageResult,
  Task,
  TaskFailure,
  TaskListener,
  TaskResult,
} from "./engine";
import type { WorkerReply, WorkerRequest } from "./worker";

const ATTEMPTS = 3;
/** How long a task may take to stop when it is asked to. */
const PATIENCE_MS = 10_000;
/** Twice V8's usual size: rows die young, and collecting them half as often saves a tenth of all CPU time. */
const YOUNG_MB = 96;

/** Worker threads, at most one per core by default. Output bytes do not depend on how many. */
export class LocalEngine implements Engine {
  private readonly threads: Worker[] = [];
  private readonly idle: Worker[] = [];

  constructor(private readonly options: { readonly workers?: number } = {}) {}

  get workers(): number {
    return Math.max(1, this.options.workers ?? availableParallelism());
  }

  submit(stage: Stage): Handle {
    return new LocalHandle(stage, this.workers, {
      take: () => this.idle.pop() ?? this.start(),
      giveBack: (worker) => this.idle.push(worker),
      lose: (worker) => {
        const index = this.threads.indexOf(worker);
        if (index >= 0) this.threads.splice(index, 1);
      },
    });
  }

  async close(): Promise<void> {
    this.idle.length = 0;
    await Promise.all(this.threads.splice(0).map((worker) => worker.terminate()));
  }

  private start(): Worker {
    const worker = new Worker(workerEntry(), { resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB } });
    worker.setMaxListeners(0);
    this.threads.push(worker);
    return worker;
  }
}

/** The compiled worker: beside this file when that is compiled too, else in dist (tests run the TypeScript). */
function workerEntry(): string {
  const beside = join(__dirname, "worker.js");
  if (existsSync(beside)) return beside;
  const built = join(__dirname, "..", "dist", "engine", "worker.js");
  if (existsSync(built)) return built;
  throw new InputError(`the library is not built: ${built} is missing; run: npm run build`);
}

interface Pool {
  take(): Worker;
  giveBack(worker: Worker): void;
  lose(worker: Worker): void;
}

class LocalHandle implements Handle {
  private readonly listeners: ProgressListener[] = [];
  private readonly taskListeners: TaskListener[] = [];
  private readonly results = new Map<string, TaskResult>();
  private readonly failures: TaskFailure[] = [];
  private readonly running = new Map<Worker, { task: Task; weight: number; rows: number; share: number }>();
  private cancelled = false;
  private rowsDone = 0;
  private weightDone = 0;
  private readonly totalWeight: number;
  private readonly finished: Promise<StageResult>;

  constructor(
    private readonly stage: Stage,
    private readonly workers: number,
    private readonly pool: Pool,
  ) {
    this.totalWeight = stage.tasks.reduce((sum, _, i) => sum + this.weight(i), 0) || 1;
    this.finished = this.run();
    this.finished.catch(() => undefined); // reported by wait()
  }

  onProgress(listener: ProgressListener): void {
    this.listeners.push(listener);
  }

  onTask(listener: TaskListener): void {
    this.taskListeners.push(listener);
  }

  wait(): Promise<StageResult> {
    return this.finished;
  }

  /** Asks the running tasks to stop; ends a thread only when its task does not: that can take DuckDB down with it. */
  async cancel(): Promise<void> {
    this.cancelled = true;
    for (const worker of this.running.keys()) worker.postMessage({ kind: "cancel" } satisfies WorkerRequest);
    const patience = setTimeout(() => {
      for (const worker of this.running.keys()) void worker.terminate();
    }, PATIENCE_MS);
    await this.finished.catch(() => undefined);
    clearTimeout(patience);
  }

  private async run(): Promise<StageResult> {
    await Promise.resolve(); // listeners are attached first
    const queue: { task: Task; weight: number }[] = [];
    this.stage.tasks.forEach((task, i) => {
      const done = committedResult(this.stage.out, this.stage.name, task.id, task.spec);
      if (done) this.note(task, done, this.weight(i));
      else queue.push({ task, weight: this.weight(i) });
    });
    this.emit();
    const lanes = Array.from({ length: Math.min(this.workers, queue.length) }, () => this.lane(queue));
    await Promise.all(lanes);
    const ordered = new Map<string, TaskResult>();
    for (const { id } of this.stage.tasks) {
      const result = this.results.get(id);
      if (result) ordered.set(id, result);
    }
    this.failures.sort((a, b) => (a.task < b.task ? -1 : 1));
    return { results: ordered, failures: this.failures };
  }

  private async lane(queue: { task: Task; weight: number }[]): Promise<void> {
    for (let next = queue.shift(); next && !this.cancelled; next = queue.shift()) {
      await this.runTask(next.task, next.weight);
    }
  }

  private async runTask(task: Task, weight: number): Promise<void> {
    for (let attempt = 1; !this.cancelled; attempt++) {
      const worker = this.pool.take();
      this.running.set(worker, { task, weight, rows: 0, share: 0 });
      const reply = await this.ask(worker, task);
      this.running.delete(worker);
      if (reply.kind === "crashed") this.pool.lose(worker);
      else this.pool.giveBack(worker);
      if (this.cancelled) return;
      if (reply.kind === "done") {
        this.note(task, reply.result, weight);
        this.emit();
        return;
      }
      const retry = reply.kind === "crashed" || reply.retryable;
      if (!retry || attempt === ATTEMPTS) {
        const isInput = reply.kind === "failed" && reply.isInput;
        const failure: TaskFailure = { task: task.id, message: reply.message, isInput };
        this.failures.push(failure);
        for (const listener of this.taskListeners) listener(failure);
        this.weightDone += weight;
        this.emit();
        return;
      }
    }
  }

  private ask(worker: Worker, task: Task): Promise<TaskReply> {
    const { name, module, out } = this.stage;
    const request: WorkerRequest = { kind: "run", stage: name, module, out, task: task.id, spec: task.spec };
    return new Promise((resolve) => {
      const settle = (reply: TaskReply) => {
        worker.off("message", onMessage);
        worker.off("error", onError);
        worker.off("exit", onExit);
        resolve(reply);
      };
      const onMessage = (reply: WorkerReply) => {
        if (reply.kind === "progress") {
          Object.assign(this.running.get(worker) ?? {}, { rows: reply.rowsDone, share: reply.share });
          this.emit();
        } else settle(reply);
      };
      const onError = (error: Error) =>
        settle({ kind: "crashed", message: `worker thread: ${errorText(error)}` });
      const onExit = (code: number) =>
        settle({ kind: "crashed", message: `worker thread ended with code ${code}` });
      worker.on("message", onMessage);
      worker.on("error", onError);
      worker.on("exit", onExit);
      worker.postMessage(request);
    });
  }

  private note(task: Task, result: TaskResult, weight: number): void {
    this.results.set(task.id, result);
    this.weightDone += weight;
    const counted = (result.summary as Record<string, unknown> | null)?.[this.stage.unit ?? "rows"];
    if (typeof counted === "number") this.rowsDone += counted;
    for (const listener of this.taskListeners) listener(result);
  }

  private weight(index: number): number {
    return this.stage.weights?.[index] ?? 1;
  }

  private emit(): void {
    let rowsDone = this.rowsDone;
    let weight = this.weightDone;
    for (const task of this.running.values()) {
      rowsDone += task.rows;
      weight += task.weight * task.share;
    }
    const progress: Progress = {
      stage: this.stage.name,
      done: rowsDone,
      unit: this.stage.unit ?? "rows",
      share: Math.min(1, weight / this.totalWeight),
    };
    for (const listener of this.listeners) listener(progress);
  }
}

type TaskReply = Exclude<WorkerReply, { kind: "progress" }> | { kind: "crashed"; message: string };
