/**
 * What a cell prints, gathered into few messages. One message per line would overrun the socket: of 20,000 lines
 * stock tslab keeps some 500.
 */
export type StreamName = "stdout" | "stderr";

const FLUSH_CHARS = 64 * 1024;

/** Text is passed on in order: at the next turn of the event loop, at 64 K characters, or when `flush` is called. */
export class StreamBuffer {
  private name: StreamName = "stdout";
  private text = "";
  private scheduled = false;

  constructor(private readonly send: (name: StreamName, text: string) => void) {}

  write(name: StreamName, text: string): void {
    if (name !== this.name) this.flush();
    this.name = name;
    this.text += text;
    if (this.text.length >= FLUSH_CHARS) this.flush();
    else if (!this.scheduled) {
      this.scheduled = true;
      setImmediate(() => {
        this.scheduled = false;
        this.flush();
      });
    }
  }

  flush(): void {
    if (this.text === "") return;
    const text = this.text;
    this.text = "";
    this.send(this.name, text);
  }
}

/** The process's own stdout and stderr go to `buffer` from now on, including those of worker threads. */
export function captureOutput(buffer: StreamBuffer): void {
  for (const name of ["stdout", "stderr"] as const) {
    const decoder = new TextDecoder();
    process[name].write = ((chunk: string | Uint8Array, ...rest: unknown[]) => {
      buffer.write(name, typeof chunk === "string" ? chunk : decoder.decode(chunk, { stream: true }));
      const done = rest.at(-1);
      if (typeof done === "function") process.nextTick(done as () => void);
      return true;
    }) as typeof process.stdout.write;
  }
}
