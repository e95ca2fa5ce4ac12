/**
 * Jupyter's messaging protocol (5.3) for TypeScript cells: execution in order with a journal, results and errors as
 * proper outputs, completion and inspection at any time.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { forgetInterrupt, interrupt } from "../interrupt";
import { type MimeBundle, mimeBundle, setDisplaySink } from "../notebook/display";
import { setWidgetHost } from "../notebook/widget";
import { answerAboutCode } from "./answer-about-code";
import { breakable } from "./breakable";
import { type CellFailure, isInterrupt, thrownFailure } from "./cell-failure";
import { CellRunner } from "./cell-runner";
import { CommMessageError, Comms } from "./comms";
import { recordCell } from "./journal";
import { kernelInfo } from "./kernel-info";
import { LoopBreaker } from "./loop-breaker";
import { Outbox } from "./outbox";
import { type Connection, openSockets, type Sockets } from "./sockets";
import { captureOutput, StreamBuffer } from "./stream-buffer";
import { type Socket, tslabOutput } from "./tslab";
import { widgetHost } from "./widget-models";
import { type Header, type Message, readMessage, writeMessage } from "./wire";

type Reply = (type: string, content: object) => void;
interface Execution {
  readonly request: Message;
  readonly reply: Reply;
}

/** Requests that a front end sent at once arrive within this time after a cell that blocked the process. */
const ARRIVAL_MS = 20;

export class KernelServer {
  private sockets: Sockets | null = null;
  private readonly queue: Execution[] = [];
  private readonly output = new StreamBuffer((name, text) => this.publish("stream", { name, text }));
  private readonly breaker = new LoopBreaker();
  private readonly runner: CellRunner;
  private readonly comms = new Comms((type, content, extra) => this.publish(type, content, extra));
  /** The comm message whose handler runs, also after it awaited something. */
  private readonly handled = new AsyncLocalStorage<Header>();
  private iopub: Outbox | null = null;
  private current: Message | null = null;
  private running = false;
  private count = 0;

  constructor(
    private readonly connection: Connection,
    folder: string,
  ) {
    this.runner = new CellRunner(folder, this.breaker);
  }

  /** The sockets listen and the process's output belongs to cells from now on. */
  async start(): Promise<void> {
    const sockets = await openSockets(this.connection);
    this.sockets = sockets;
    this.iopub = new Outbox(sockets.iopub);
    captureOutput(this.output);
    setDisplaySink((bundle, id, update) => this.showBundle(bundle, id, update));
    setWidgetHost(widgetHost(this.comms));
    tslabOutput().lastWriteDisplayData = ({ data, transient }, update = false) =>
      this.showBundle(
        data as MimeBundle,
        (transient as { display_id?: string } | undefined)?.display_id ?? null,
        update,
      );
    void this.listen(sockets.shell);
    void this.listen(sockets.control);
  }

  /** The running cell and the library's work end. */
  interrupt(): void {
    interrupt();
    this.runner.interrupt();
  }

  private async listen(socket: Socket): Promise<void> {
    const outbox = new Outbox(socket);
    for await (const frames of socket) {
      try {
        this.receive(readMessage(frames, this.connection.key), outbox);
      } catch (error) {
        this.output.write("stderr", `corpuslab kernel: ${(error as Error).message}\n`);
      }
    }
  }

  private receive(request: Message, socket: Outbox): void {
    const reply: Reply = (type, content) =>
      socket.send(
        writeMessage(type, content, request.header, this.connection.key, { identities: request.identities }),
      );
    const type = request.header.msg_type;
    if (type === "execute_request") {
      this.queue.push({ request, reply });
      void this.runQueue();
      return;
    }
    this.status("busy", request);
    try {
      const content = this.breaker.sparing(() => this.answer(request));
      if (content) reply(type.replace(/_request$/, "_reply"), { status: "ok", ...content });
    } finally {
      this.status("idle", request);
    }
    if (type === "shutdown_request") void this.stop();
  }

  /** Content of the reply; null for messages that want none, and for those of a later protocol. */
  private answer(request: Message): object | null {
    const { header, content } = request;
    switch (header.msg_type) {
      case "kernel_info_request":
        return kernelInfo();
      case "is_complete_request":
      case "complete_request":
      case "inspect_request":
        return answerAboutCode(this.runner, header.msg_type, content);
      case "history_request":
        return { history: [] };
      case "comm_info_request":
        return this.comms.info(content.target_name);
      case "comm_open":
      case "comm_msg":
      case "comm_close":
        this.handle(request);
        return null;
      case "interrupt_request":
        this.interrupt();
        return {};
      case "shutdown_request":
        return { restart: content.restart === true };
      default:
        return null;
    }
  }

  /** A comm's handler runs at once, also while a cell awaits. Its failure is a line on stderr. */
  private handle(request: Message): void {
    this.output.flush();
    if (!this.running) forgetInterrupt();
    this.handled.run(request.header, () => {
      try {
        const answer = breakable(() => this.comms.receive(request));
        if (answer instanceof Promise) answer.catch((error) => this.handlerFailed(error));
      } catch (error) {
        this.handlerFailed(error);
      }
      this.output.flush();
    });
  }

  private handlerFailed(error: unknown): void {
    if (isInterrupt(error)) this.interrupt();
    const { evalue, traceback } = thrownFailure(error);
    const text = error instanceof CommMessageError ? `ignored: ${evalue}` : traceback.join("\n");
    this.output.write("stderr", `corpuslab kernel: ${text}\n`);
  }

  private async runQueue(): Promise<void> {
    if (this.running) return;
    this.running = true;
    try {
      for (let next = this.queue.shift(); next; next = this.queue.shift()) await this.execute(next);
    } finally {
      this.running = false;
    }
  }

  private async execute({ request, reply }: Execution): Promise<void> {
    const {
      code,
      silent = false,
      store_history: stored = !silent,
    } = request.content as {
      code: string;
      silent?: boolean;
      store_history?: boolean;
    };
    this.output.flush(); // late output belongs to the cell before
    this.current = request;
    this.status("busy", request);
    if (stored && !silent) this.count++;
    const execution_count = this.count;
    if (!silent) this.publish("execute_input", { code, execution_count });
    const failure = await this.runCell(code, request, silent);
    this.output.flush();
    if (failure && !silent) this.publish("error", failure);
    const aborted = failure && request.content.stop_on_error !== false ? await this.sentTogether() : [];
    const result = failure
      ? { status: "error", ...failure }
      : { status: "ok", payload: [], user_expressions: {} };
    reply("execute_reply", { ...result, execution_count });
    this.status("idle", request);
    for (const cell of aborted) {
      this.status("busy", cell.request);
      cell.reply("execute_reply", { status: "aborted", execution_count });
      this.status("idle", cell.request);
    }
  }

  private async runCell(code: string, request: Message, silent: boolean): Promise<CellFailure | null> {
    forgetInterrupt();
    const cellId = request.metadata.cellId;
    const finish = recordCell(code, typeof cellId === "string" ? cellId : null);
    const outcome = await this.runner.run(code);
    finish(outcome.ok);
    if (!outcome.ok) {
      if (outcome.interrupted) interrupt();
      return outcome.failure;
    }
    try {
      for (const value of outcome.values) {
        const data = await mimeBundle(value);
        this.output.flush();
        if (!silent) this.publish("execute_result", { data, metadata: {}, execution_count: this.count });
      }
      return null;
    } catch (error) {
      return thrownFailure(error);
    }
  }

  /** Takes the cells that were sent together with a failed one: they are not run; those sent after its answer are. */
  private async sentTogether(): Promise<readonly Execution[]> {
    await sleep(ARRIVAL_MS);
    return this.queue.splice(0);
  }

  private showBundle(data: MimeBundle, id: string | null, update: boolean): void {
    this.output.flush();
    const encoded = Object.fromEntries(
      Object.entries(data).map(([type, value]) => [
        type,
        value instanceof Uint8Array ? Buffer.from(value).toString("base64") : value,
      ]),
    );
    const transient = id === null ? {} : { display_id: id };
    this.publish(update ? "update_display_data" : "display_data", { data: encoded, metadata: {}, transient });
  }

  private status(execution_state: "busy" | "idle", request: Message): void {
    this.iopub?.send(
      writeMessage("status", { execution_state }, request.header, this.connection.key, topic("status")),
    );
  }

  /** Belongs to the running cell, else to the comm message being handled, else to the last cell. */
  private parent(type: string): Header | null {
    const handled = this.handled.getStore();
    const cell = this.current?.header ?? null;
    if (!handled) return cell;
    return this.running && !type.startsWith("comm_") ? cell : handled;
  }

  private publish(
    type: string,
    content: object,
    extra: { readonly metadata?: object; readonly buffers?: readonly Uint8Array[] } = {},
  ): void {
    const frames = writeMessage(type, content, this.parent(type), this.connection.key, {
      ...topic(type),
      ...extra,
    });
    this.iopub?.send(frames);
  }

  private async stop(): Promise<void> {
    interrupt();
    try {
      this.comms.end();
    } catch (error) {
      this.handlerFailed(error);
    }
    this.output.flush();
    await this.iopub?.idle();
    await sleep(ARRIVAL_MS);
    this.runner.close();
    this.sockets?.close();
    process.exit(0);
  }
}

function topic(type: string) {
  return { identities: [Buffer.from(`kernel.${type}`)] };
}
