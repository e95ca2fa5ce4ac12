import { type Socket, zeroMq } from "./tslab";

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

export interface Sockets {
  readonly iopub: Socket;
  readonly shell: Socket;
  readonly control: Socket;
  close(): void;
}

/** The kernel's five sockets listen; the heartbeat answers by itself. */
export async function openSockets(connection: Connection): Promise<Sockets> {
  const { Publisher, Router, Reply } = zeroMq();
  const options = { sendHighWaterMark: 0, linger: 500 }; // unlimited: a burst of output must not be dropped
  const iopub = new Publisher(options);
  const [shell, control, stdin] = [new Router(options), new Router(options), new Router(options)];
  const heartbeat = new Reply();
  const sockets = [iopub, shell, control, stdin, heartbeat];
  const { transport, ip, iopub_port, shell_port, control_port, stdin_port, hb_port } = connection;
  const ports = [iopub_port, shell_port, control_port, stdin_port, hb_port];
  const separator = transport === "ipc" ? "-" : ":";
  await Promise.all(sockets.map((socket, i) => socket.bind(`${transport}://${ip}${separator}${ports[i]}`)));
  void (async () => {
    for await (const frames of heartbeat) await heartbeat.send(frames);
  })();
  return {
    iopub,
    shell,
    control,
    close: () => {
      for (const socket of sockets) socket.close();
    },
  };
}
