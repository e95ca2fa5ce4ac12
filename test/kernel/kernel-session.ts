/** A real kernel behind its real protocol: python's jupyter_client from .venv drives the built kernel. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";

export const ROOT = join(__dirname, "..", "..");
const bin = process.platform === "win32" ? ["Scripts", "python.exe"] : ["bin", "python"];
export const PYTHON = join(ROOT, ".venv", ...bin);
const INSTALL = join(ROOT, "kernel-lib", "dist", "kernel", "install.js");

/** Why the kernel cannot be driven here; null when it can. Tests skip with this reason. */
export const kernelMissing = !existsSync(PYTHON)
  ? "no .venv with JupyterLab (npm start makes it)"
  : !existsSync(INSTALL)
    ? "kernel-lib/dist is not built (npm run build)"
    : null;

export interface Output {
  readonly type: string;
  readonly content: Record<string, unknown>;
  readonly metadata?: Record<string, unknown>;
  /** Base64. */
  readonly buffers?: readonly string[];
}

/** A comm message that was sent, and what was parented to it until the kernel was idle again. */
export interface CommExchange {
  readonly id: string;
  readonly outputs: readonly Output[];
  readonly seconds: number;
}

export interface Execution {
  readonly reply: Record<string, unknown>;
  readonly outputs: readonly Output[];
  /** From the sending of the cells to this answer. */
  readonly seconds: number;
}

export interface ExecuteOptions {
  readonly stop_on_error?: boolean;
  readonly silent?: boolean;
  readonly cell_id?: string;
  /** Seconds after which the kernel is interrupted as Jupyter does it. */
  readonly interrupt_after?: number;
}

export class KernelSession {
  private constructor(
    private readonly driver: ChildProcessWithoutNullStreams,
    private readonly answers: AsyncIterator<string>,
    private readonly reader: Interface,
  ) {}

  /** Starts the kernel, or the unwrapped tslab, as Jupyter does for a notebook in `folder`. */
  static async start(
    folder: string,
    kernel: "corpuslab" | "stock-tslab" = "corpuslab",
  ): Promise<KernelSession> {
    const jupyter = join(tmpdir(), `corpuslab-test-${process.pid}`);
    const kernels = join(jupyter, "kernels");
    if (kernel === "corpuslab") createRequire(__filename)(INSTALL).installKernelspec({ dir: jupyter });
    else registerTslab(join(kernels, kernel));
    const driver = spawn(PYTHON, [join(__dirname, "drive-kernel.py"), kernel], { cwd: ROOT });
    driver.stderr.resume();
    const reader = createInterface(driver.stdout);
    const session = new KernelSession(driver, reader[Symbol.asyncIterator](), reader);
    await session.call("start", [kernels, folder]);
    return session;
  }

  /** One cell. */
  async run(code: string, options: ExecuteOptions = {}): Promise<Execution> {
    return (await this.runAll([code], options))[0]!;
  }

  /** Several cells, sent at once as "Run All" does. */
  runAll(cells: readonly string[], options: ExecuteOptions = {}): Promise<Execution[]> {
    return this.call("execute", [cells], options);
  }

  complete(code: string, cursor = code.length): Promise<{ matches: string[] }> {
    return this.call("complete", [code, cursor]);
  }

  inspect(code: string, cursor = code.length): Promise<{ found: boolean; data: Record<string, string> }> {
    return this.call("inspect", [code, cursor]);
  }

  request(type: string, content: object): Promise<{ type: string; content: Record<string, unknown> }> {
    return this.call("request", [type, content]);
  }

  /** Sends a cell and goes on; the returned function waits for its end. */
  async begin(code: string): Promise<() => Promise<Execution>> {
    const { id } = await this.call<{ id: string }>("start_cell", [code]);
    return () => this.call("finish_cell", [id]);
  }

  /** Sends a comm message as a page does, with buffers in base64. */
  comm(
    type: "comm_open" | "comm_msg" | "comm_close",
    content: unknown,
    buffers: readonly string[] = [],
    options: { readonly interrupt_after?: number } = {},
  ): Promise<CommExchange> {
    return this.call("comm", [type, content, buffers], options);
  }

  /** The first `count` messages parented to a comm message, also those that came later than idle. */
  parented(id: string, count: number): Promise<Output[]> {
    return this.call("parented", [id, count]);
  }

  /** Ends the kernel by the protocol alone; its exit code, null when it did not end within 30 s. */
  async stop(): Promise<{ exit: number | null }> {
    const ended = await this.call<{ exit: number | null }>("stop", []);
    this.driver.stdin.end();
    this.reader.close();
    return ended;
  }

  private async call<T>(call: string, args: readonly unknown[], options: object = {}): Promise<T> {
    this.driver.stdin.write(`${JSON.stringify({ call, args, options })}\n`);
    const { value, done } = await this.answers.next();
    if (done) throw new Error(`the kernel's driver ended at ${call}`);
    const answer = JSON.parse(value) as { ok: T; error?: string };
    if (answer.error) throw new Error(`${call}: ${answer.error}`);
    return answer.ok;
  }
}

function registerTslab(folder: string): void {
  const argv = [
    process.execPath,
    join(ROOT, "node_modules", "tslab", "bin", "tslab"),
    "kernel",
    "--config-path={connection_file}",
  ];
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, "kernel.json"),
    JSON.stringify({ argv, display_name: "tslab", language: "typescript" }),
  );
}

/** Everything a cell printed on one stream. */
export function printed({ outputs }: Execution, name: "stdout" | "stderr" = "stdout"): string {
  return outputs
    .filter(({ type, content }) => type === "stream" && content.name === name)
    .map(({ content }) => content.text)
    .join("");
}

/** The MIME bundle of the last expression; null when the cell showed none. */
export function result({ outputs }: Execution): Record<string, unknown> | null {
  const found = outputs.find(({ type }) => type === "execute_result");
  return (found?.content.data as Record<string, unknown> | undefined) ?? null;
}

export function types({ outputs }: Execution): string[] {
  return outputs.map(({ type }) => type).filter((type) => type !== "status");
}
