/**
 * Jupyter's messaging protocol (5.3) for TypeScript cells: execution in order with a journal, results and errors as
 * proper outputs, completion and inspection at any time.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { forgetInterrupt, interrupt } from "../interrupt";
import { type MimeBundle, mimeBundle, setDisplaySink } from "../notebook/display";
import { type CellFailure, thrownFailure } from "./cell-failure";
import { CellRunner } from "./cell-runner";
import { recordCell } from "./journal";
import { Outbox } from "./outbox";
import { captureOutput, StreamBuffer } from "./stream-buffer";
import { isCompleteCode, printQuickInfo, type Socket, tslabOutput, typeScript, zeroMq } from "./tslab";
import { type Message, readMessage, writeMessage } from "./wire";

/** What the front end says about the sockets, in the file named by `{connection_file}`. */
export interface Connection {
  readonly transport: string;
  readonly ip: string;
  readonly key: string;
  readonly shell_port: number;
  readonly iopub_port: number;
  readonly stdin_port: number;
  readonly control_port: number;
  readonly hb_port: number;
}

type Reply = (type: string, content: object) => void;
interface Execution {
  readonly request: Message;
  readonly reply: Reply;
}

/** Requests that a front end sent at once arrive within this time after a cell that blocked the process. */
const ARRIVAL_MS = 20;

export class KernelServer {
  private readonly sockets: Socket[] = [];
  private readonly queue: Execution[] = [];
  private readonly output = new StreamBuffer((name, text) => this.publish("stream", { name, text }));
  private readonly runner: CellRunner;
  private iopub: Outbox | null = null;
  private current: Message | null = null;
  private running = false;
  private count = 0;

  constructor(
    private readonly connection: Connection,
    folder: string,
  ) {
    this.runner = new CellRunner(folder);
  }

  /** The sockets listen and the process's output belongs to cells from now on. */
  async start(): Promise<void> {
    const { Publisher, Router, Reply } = zeroMq();
    const options = { sendHighWaterMark: 0, linger: 500 }; // unlimited: a burst of output must not be dropped
    const publisher = new Publisher(options);
    const [shell, control, stdin, heartbeat] = [
      new Router(options),
      new Router(options),
      new Router(options),
      new Reply(),
    ];
    this.sockets.push(publisher, shell, control, stdin, heartbeat);
    const { connection: c } = this;
    const ports = [c.iopub_port, c.shell_port, c.control_port, c.stdin_port, c.hb_port];
    const separator = c.transport === "ipc" ? "-" : ":";
    await Promise.all(
      this.sockets.map((socket, i) => socket.bind(`${c.transport}://${c.ip}${separator}${ports[i]}`)),
    );
    this.iopub = new Outbox(publisher);
    captureOutput(this.output);
    setDisplaySink((bundle, id, update) => this.showBundle(bundle, id, update));
    tslabOutput().lastWriteDisplayData = ({ data, transient }, update = false) =>
      this.showBundle(
        data as MimeBundle,
        (transient as { display_id?: string } | undefined)?.display_id ?? null,
        update,
      );
    void this.listen(shell);
    void this.listen(control);
    void (async () => {
      for await (const frames of heartbeat) await heartbeat.send(frames);
    })();
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
      const content = this.answer(request);
      if (content) reply(type.replace(/_request$/, "_reply"), { status: "ok", ...content });
    } finally {
      this.status("idle", request);
    }
    if (type === "shutdown_request") void this.stop();
  }

  /** Content of the reply; null for messages that want none, and for those of a later protocol. */
  private answer({ header, content }: Message): object | null {
    const { code = "", cursor_pos: cursor = 0 } = content as { code?: string; cursor_pos?: number };
    switch (header.msg_type) {
      case "kernel_info_request":
        return kernelInfo();
      case "is_complete_request": {
        const { completed, indent } = isCompleteCode(code);
        return completed ? { status: "complete" } : { status: "incomplete", indent };
      }
      case "complete_request": {
        const { start, end, candidates } = this.runner.complete(code, utf16Offset(code, cursor));
        const [cursor_start, cursor_end] = [codePoints(code, start), codePoints(code, end)];
        return { matches: candidates, cursor_start, cursor_end, metadata: {} };
      }
      case "inspect_request": {
        const info = this.runner.inspect(code, utf16Offset(code, cursor));
        const data = info ? { "text/plain": printQuickInfo(info) } : {};
        return { found: Boolean(info), data, metadata: {} };
      }
      case "history_request":
        return { history: [] };
      case "comm_info_request":
        return { comms: {} };
      case "interrupt_request":
        this.interrupt();
        return {};
      case "shutdown_request":
        return { restart: content.restart === true };
      default:
        return null;
    }
  }

  private async runQueue(): Promise<void> {
    if (this.running) return;
    this.running = true;
    for (let next = this.queue.shift(); next; next = this.queue.shift()) await this.execute(next);
    this.running = false;
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

  private publish(type: string, content: object): void {
    const parent = this.current?.header ?? null;
    this.iopub?.send(writeMessage(type, content, parent, this.connection.key, topic(type)));
  }

  private async stop(): Promise<void> {
    interrupt();
    this.output.flush();
    await this.iopub?.idle();
    await sleep(ARRIVAL_MS);
    this.runner.close();
    for (const socket of this.sockets) socket.close();
    process.exit(0);
  }
}

function topic(type: string) {
  return { identities: [Buffer.from(`kernel.${type}`)] };
}

function kernelInfo(): object {
  return {
    status: "ok",
    protocol_version: "5.3",
    implementation: "corpuslab",
    implementation_version: "0.1.0",
    banner: "TypeScript with corpuslab",
    language_info: {
      name: "typescript",
      version: typeScript().version,
      mimetype: "text/typescript",
      file_extension: ".ts",
      pygments_lexer: "typescript",
      codemirror_mode: { name: "javascript", mode: "typescript", typescript: true },
    },
    help_links: [],
  };
}

/** Jupyter counts code points, TypeScript UTF-16 units. */
function utf16Offset(text: string, points: number): number {
  let units = 0;
  for (let i = 0; i < points && units < text.length; i++) units += text.codePointAt(units)! > 0xffff ? 2 : 1;
  return units;
}

function codePoints(text: string, units: number): number {
  return [...text.slice(0, units)].length;
}
