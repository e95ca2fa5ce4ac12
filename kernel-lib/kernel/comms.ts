/** Jupyter's comms: channels between pages and code in the kernel, opened from either side and named by a target. */
import { z } from "zod";
import type { Message } from "./wire";

/** What code does with the messages of one comm. A handler may be asynchronous. */
export interface CommHandlers {
  message(data: Data, buffers: readonly Buffer[]): unknown;
  /** The page closed the comm, or the kernel ends. */
  close?(): unknown;
}

export interface Comm {
  readonly id: string;
  send(data: Data, buffers?: readonly Uint8Array[]): void;
  /** The page is told; `close` of the handlers is not called. */
  close(): void;
}

export type Data = Readonly<Record<string, unknown>>;

/** Publishes a message as an answer to the one being handled, or as output of the running cell. */
export type PublishComm = (
  type: "comm_open" | "comm_msg" | "comm_close",
  content: Data,
  extra?: { readonly metadata?: Data; readonly buffers?: readonly Uint8Array[] },
) => void;

/** A message that is not what the protocol says: it is ignored, and its sender is told in one line. */
export class CommMessageError extends Error {
  override name = "CommMessageError";
}

const data = z.record(z.string(), z.unknown());
const commId = z.string().min(1).max(256);
const openShape = z.object({ comm_id: commId, target_name: z.string().max(256), data: data.default({}) });
const messageShape = z.object({ comm_id: commId, data });
const closeShape = z.object({ comm_id: commId });

export class Comms {
  private readonly targets = new Map<string, (comm: Comm) => CommHandlers>();
  private readonly live = new Map<string, { readonly target: string; readonly handlers: CommHandlers }>();
  private readonly unknown = new Set<string>();

  constructor(private readonly publish: PublishComm) {}

  /** A page may open comms of this target from now on. */
  accept(target: string, open: (comm: Comm) => CommHandlers): void {
    this.targets.set(target, open);
  }

  /** Opens a comm from the kernel. */
  open(
    target: string,
    id: string,
    handlers: CommHandlers,
    first: { readonly data: Data; readonly metadata: Data; readonly buffers: readonly Uint8Array[] },
  ): Comm {
    this.live.set(id, { target, handlers });
    const { data, ...extra } = first;
    this.publish("comm_open", { comm_id: id, target_name: target, data }, extra);
    return this.comm(id);
  }

  /** Content of comm_info_reply: the open comms, of one target when it is named. */
  info(target: unknown): { readonly comms: Record<string, { readonly target_name: string }> } {
    const found = [...this.live].filter(([, comm]) => typeof target !== "string" || comm.target === target);
    return { comms: Object.fromEntries(found.map(([id, comm]) => [id, { target_name: comm.target }])) };
  }

  /**
   * Hands a page's message to its handler, and gives what the handler gave.
   * @throws CommMessageError for a message of a wrong shape, or of a comm that is not open (once for each comm).
   */
  receive({ header: { msg_type: type }, content, buffers }: Message): unknown {
    if (type === "comm_open") return this.opened(shape(openShape, content, type));
    if (type === "comm_close") {
      const { comm_id: id } = shape(closeShape, content, type);
      const comm = this.live.get(id);
      this.live.delete(id);
      return comm?.handlers.close?.();
    }
    const { comm_id: id, data } = shape(messageShape, content, type);
    const comm = this.live.get(id);
    if (comm) return comm.handlers.message(data, buffers);
    if (this.unknown.has(id) || this.unknown.size > 1000) return;
    this.unknown.add(id);
    throw new CommMessageError(`${type} for comm ${JSON.stringify(id)}, which is not open in this kernel`);
  }

  /** The kernel ends: all handlers learn it, pages do not (a closed view would vanish from the notebook). */
  end(): unknown[] {
    const handlers = [...this.live.values()].map((comm) => comm.handlers);
    this.live.clear();
    return handlers.map((handler) => handler.close?.());
  }

  private opened({ comm_id: id, target_name: target }: z.infer<typeof openShape>): void {
    const open = this.targets.get(target);
    if (!open) {
      this.publish("comm_close", { comm_id: id, data: {} }); // as the protocol wants it
      throw new CommMessageError(
        `comm_open for target ${JSON.stringify(target)}, which this kernel does not have`,
      );
    }
    if (this.live.has(id))
      throw new CommMessageError(`comm_open for comm ${JSON.stringify(id)}, which is open`);
    this.live.set(id, { target, handlers: open(this.comm(id)) });
  }

  private comm(id: string): Comm {
    return {
      id,
      send: (data, buffers = []) => {
        if (this.live.has(id)) this.publish("comm_msg", { comm_id: id, data }, { buffers });
      },
      close: () => {
        if (this.live.delete(id)) this.publish("comm_close", { comm_id: id, data: {} });
      },
    };
  }
}

/** `value` as the schema has it. @throws CommMessageError that says what is wrong. */
export function shape<T extends z.ZodType>(schema: T, value: unknown, what: string): z.infer<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const where = issue.path.length > 0 ? ` at ${issue.path.join(".")}` : "";
  throw new CommMessageError(`${what} of a wrong shape${where}: ${issue.message}`.slice(0, 300));
}
