/** Where events go: to the server that the user named, else into a file. */
import { appendFileSync, closeSync, existsSync, fstatSync, openSync, readSync } from "node:fs";
import { errorText } from "../errors";
import type { LineageServer, LineageSettings } from "./settings";

/** As long as OpenLineage's own client waits. */
const TIMEOUT_MS = 5000;

/** Takes events in order. What a server does not take is kept in the file; neither can fail the run, and it is said once. */
export class EventSink {
  private said = false;

  constructor(
    private readonly file: string,
    private readonly settings: Pick<LineageSettings, "server" | "fault">,
    private readonly say: (message: string) => void = (message) => console.error(message),
  ) {}

  async send(event: object): Promise<void> {
    const text = JSON.stringify(event);
    const { server, fault } = this.settings;
    const trouble = server ? await post(server, text) : fault;
    if (server && trouble === null) return;
    try {
      appendLine(this.file, text);
      if (trouble !== null) this.sayOnce(`${trouble}; the run goes on, its events are kept in ${this.file}`);
    } catch (error) {
      this.sayOnce(
        [trouble, `${this.file} cannot be written (${errorText(error)})`].filter(Boolean).join("; "),
      );
    }
  }

  private sayOnce(message: string): void {
    if (!this.said) this.say(`OpenLineage: ${message}`);
    this.said = true;
  }
}

/** Null when the server took it, else what went wrong. */
async function post({ url, authorization }: LineageServer, body: string): Promise<string | null> {
  try {
    const response = await fetch(url, {
      ...{ method: "POST", body, redirect: "manual", signal: AbortSignal.timeout(TIMEOUT_MS) },
      headers: {
        "content-type": "application/json",
        ...(authorization === null ? {} : { authorization }),
      },
    });
    await response.body?.cancel();
    return response.ok ? null : `${url.host}${url.pathname} answered ${response.status}`;
  } catch (error) {
    const { cause } = error as Error;
    return `${url.host}${url.pathname} cannot be reached (${errorText(cause ?? error)})`;
  }
}

/** A line of its own, also after one that a killed process left torn. */
function appendLine(file: string, text: string): void {
  appendFileSync(file, `${isTorn(file) ? "\n" : ""}${text}\n`);
}

function isTorn(file: string): boolean {
  if (!existsSync(file)) return false;
  const descriptor = openSync(file, "r");
  try {
    const { size } = fstatSync(descriptor);
    const last = Buffer.alloc(1);
    if (size > 0) readSync(descriptor, last, 0, 1, size - 1);
    return size > 0 && last[0] !== 0x0a;
  } finally {
    closeSync(descriptor);
  }
}
