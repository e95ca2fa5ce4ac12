/**
 * Ends code of a cell or a handler that loops without turning the event loop after it awaited something: there Node hands out no
 * signal, and `breakOnSigint` covers the synchronous start of a cell only.
 *
 * Jupyter interrupts the kernel's whole process group. A shell in that group reports each SIGINT to a worker thread; when
 * the main thread does not answer the worker, its JavaScript is ended through the inspector. The compiler and the kernel's
 * own work are spared: they would not survive it. Where the signal goes to the kernel process alone, or there is no `sh`, this
 * does nothing.
 */
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";

/** A main thread that turns its event loop within this time is not looping. */
const PATIENCE_MS = 400;
const [ANSWERS, SPARED] = [0, 1];
const ASK = "ask";

/** Reports each SIGINT as a line; ends when its stdin is closed, which happens when the kernel ends. */
const SENTRY = `trap 'echo i' INT; exec 3<&0; cat <&3 >/dev/null & while kill -0 $! 2>/dev/null; do wait $!; done`;

export class LoopBreaker {
  private readonly shared = new Int32Array(new SharedArrayBuffer(8));

  constructor() {
    if (process.platform === "win32") return;
    const worker = new Worker(__filename, { workerData: this.shared });
    worker.on("message", () => Atomics.add(this.shared, ANSWERS, 1));
    worker.on("error", () => undefined); // such loops then go on, as without this
    worker.unref();
  }

  /** What `work` of the kernel gives: it is not ended midway. */
  sparing<T>(work: () => T): T {
    const before = Atomics.exchange(this.shared, SPARED, 1);
    try {
      return work();
    } finally {
      Atomics.store(this.shared, SPARED, before);
    }
  }
}

async function watch(shared: Int32Array): Promise<void> {
  const { spawn } = await import("node:child_process");
  const { Session } = await import("node:inspector");
  const session = new Session();
  const sentry = spawn("sh", ["-c", SENTRY], { stdio: ["pipe", "pipe", "ignore"] });
  sentry.on("error", () => undefined);
  sentry.stdout.on("data", () => {
    const before = Atomics.load(shared, ANSWERS);
    parentPort!.postMessage(ASK);
    setTimeout(() => {
      if (Atomics.load(shared, ANSWERS) !== before || Atomics.load(shared, SPARED) === 1) return;
      session.connectToMainThread();
      session.post("Runtime.terminateExecution", () => session.disconnect());
    }, PATIENCE_MS);
  });
}

if (!isMainThread && workerData instanceof Int32Array) void watch(workerData);
