/** Entry of a worker thread: runs one task after another and commits each. */
import { parentPort } from "node:worker_threads";
import { errorText, InputError, QueryError, RetryableError } from "../errors";
import { Attempt } from "./commit";
import type { TaskResult } from "./engine";
import { loadTask } from "./load-task";

export type WorkerRequest = RunRequest | { readonly kind: "cancel" };

interface RunRequest {
  readonly kind: "run";
  readonly stage: string;
  readonly module: string;
  readonly out: string;
  readonly task: string;
  readonly spec: unknown;
}

export type WorkerReply =
  | { readonly kind: "progress"; readonly rowsDone: number; readonly share: number }
  | { readonly kind: "done"; readonly result: TaskResult }
  | {
      readonly kind: "failed";
      readonly message: string;
      readonly retryable: boolean;
      readonly isInput: boolean;
    };

/** Stops the task that runs; a new one for each task. */
let running = new AbortController();

parentPort?.on("message", (request: WorkerRequest) => {
  if (request.kind === "cancel") {
    running.abort();
    return;
  }
  running = new AbortController();
  void runTask(request, running.signal, (reply) => parentPort?.postMessage(reply)).then((reply) =>
    parentPort?.postMessage(reply),
  );
});

const PROGRESS_INTERVAL_MS = 200;

/** Runs and commits one task; a failure is a reply, never a throw. */
export async function runTask(
  request: RunRequest,
  signal: AbortSignal,
  report: (reply: WorkerReply) => void,
): Promise<WorkerReply> {
  let attempt: Attempt | null = null;
  let lastReport = 0;
  try {
    const module = loadTask(request.module);
    const files = new Attempt(request.out, request.stage, request.task, request.spec);
    attempt = files;
    const summary = await module(request.spec, {
      out: request.out,
      signal,
      file: (name) => files.file(name),
      setRows: (name, rows) => files.setRows(name, rows),
      progress: (rowsDone, share) => {
        const now = Date.now();
        if (now - lastReport < PROGRESS_INTERVAL_MS) return;
        lastReport = now;
        report({ kind: "progress", rowsDone, share });
      },
    });
    return { kind: "done", result: files.commit(summary) };
  } catch (error) {
    attempt?.discard();
    return {
      kind: "failed",
      message: taskErrorText(error, attempt),
      retryable: error instanceof RetryableError,
      isInput: error instanceof InputError && !(error instanceof QueryError),
    };
  }
}

/** A full disk is the user's to mend: say so in words, with the name that the file would have had. */
function taskErrorText(error: unknown, attempt: Attempt | null): string {
  const text = attempt ? errorText(error).replaceAll(`${attempt.folder}/`, "") : errorText(error);
  const code = (error as NodeJS.ErrnoException | null)?.code;
  if (code === "ENOSPC" || code === "EFBIG" || /no space left|file too large/i.test(text)) {
    return `the disk is full or a file-size limit was reached (${text}); free some space, then --resume`;
  }
  return text;
}
