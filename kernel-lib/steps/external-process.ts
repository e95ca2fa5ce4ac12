/** A step in another language: a child process that reads rows and writes answers as JSON lines. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { join } from "node:path";
import { StringDecoder } from "node:string_decoder";
import { InputError } from "../errors";
import { plainText } from "../notebook/plain-text";
import { externalAnswer } from "./external-answer";
import type { StepManifest } from "./manifest";
import type { Outcome } from "./outcome";
import type { PinnedStep } from "./pinned-step";
import { answerNames, nullOutcome } from "./row-function";
import type { StepRow } from "./sandbox";

export interface ExternalOptions {
  /** Longest time without an answer while rows wait for one; then the program is killed. Default 300. */
  readonly timeoutSeconds?: number;
  readonly signal?: AbortSignal;
}

/** What is known of an external step before it is a version, and after. */
export interface ExternalStep {
  /** For messages: `judge@1`, or the name. */
  readonly ref: string;
  /** Folder with its files, in which it is started. */
  readonly files: string;
  readonly manifest: Pick<StepManifest, "name" | "kind" | "command" | "nulls" | "writes">;
  readonly params: Readonly<Record<string, unknown>>;
}

type Answer = Outcome | { readonly fault: string };

/** An answer beyond this many bytes is taken for a program that lost its line ends. */
const MAX_LINE = 256 * 1024 * 1024;
const STDERR_CHARS = 4000;
const CHUNK = 64 * 1024;
const CLOSE_SECONDS = 10;

/** The version's program, started with its own files and parameters. */
export function externalProcess(
  { ref, folder, manifest, params }: PinnedStep,
  options: ExternalOptions = {},
): ExternalProcess {
  return new ExternalProcess({ ref, files: join(folder, "files"), manifest, params }, options);
}

/**
 * A running program. It is given `{"params":…}` in a first line and `{"row":…}` in each further one, and answers each row
 * with a line, in order. Of the environment it sees PATH and LANG only. When it ends early, says nothing for too long
 * or answers what was not asked, it is killed, and every call fails with the end of what it wrote to stderr.
 */
export class ExternalProcess {
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly names: ReturnType<typeof answerNames>;
  private readonly waiting: ((answer: Answer) => void)[] = [];
  /** Place in `waiting` of the row that is answered next; the array is cut now and then. */
  private next = 0;
  private answered = 0;
  private line: string[] = [];
  private lineLength = 0;
  private stderr = "";
  private failure: Error | null = null;
  private isClosing = false;
  private fail: (error: Error) => void = () => {};
  private readonly failed: Promise<never>;
  private readonly exited: Promise<unknown>;
  private timer: NodeJS.Timeout | null = null;
  private queue: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly step: ExternalStep,
    private readonly options: ExternalOptions,
  ) {
    const [program, ...args] = step.manifest.command ?? [];
    if (program === undefined) throw new InputError(`step ${step.ref}: has no command`);
    this.names = answerNames(step.manifest);
    this.failed = new Promise((_, reject) => {
      this.fail = reject;
    });
    this.failed.catch(() => {}); // whoever asks for answers is told
    this.child = spawn(program, args, { cwd: step.files, env: cleanEnvironment(), detached: !WINDOWS });
    this.exited = new Promise((resolve) => this.child.once("close", resolve));
    this.listen();
    this.child.stdin.write(`${jsonLine({ params: step.params })}\n`);
  }

  /**
   * The answers to rows, in their order. Rows that a rule for nulls decides do not reach the program.
   * @throws InputError when the program ended, hung or lost count; then it is dead, and so is every later call.
   */
  answers(rows: readonly StepRow[]): Promise<Answer[]> {
    const asked = this.queue.then(() => this.ask(rows));
    this.queue = asked.catch(() => {});
    return asked;
  }

  /** The program has ended: by itself within ten seconds of the end of its input, or killed. */
  async close(): Promise<void> {
    if (this.failure) return void (await this.exited);
    this.isClosing = true;
    this.child.stdin.end();
    const late = setTimeout(() => this.kill(), CLOSE_SECONDS * 1000);
    await this.exited;
    clearTimeout(late);
    this.options.signal?.removeEventListener("abort", this.onAbort);
    if (this.failure) throw this.failure;
  }

  private async ask(rows: readonly StepRow[]): Promise<Answer[]> {
    if (this.failure) throw this.failure;
    const answers = rows.map((row): Answer | Promise<Answer> => {
      const decided = nullOutcome(row, this.step.manifest.nulls);
      return decided ?? new Promise((resolve) => this.waiting.push(resolve));
    });
    const sent = rows.filter((_, i) => answers[i] instanceof Promise);
    this.watch();
    return await Promise.race([
      this.failed,
      this.send(sent).then(async () => {
        const all = await Promise.all(answers);
        this.watch();
        return all;
      }),
    ]);
  }

  private async send(rows: readonly StepRow[]): Promise<void> {
    let text = "";
    for (const [i, row] of rows.entries()) {
      text += `${jsonLine({ row })}\n`;
      if (text.length < CHUNK && i < rows.length - 1) continue;
      const hasRoom = this.child.stdin.write(text);
      text = "";
      if (!hasRoom) await Promise.race([this.failed, once(this.child.stdin, "drain")]);
    }
  }

  private listen(): void {
    const { child } = this;
    const out = new StringDecoder("utf8");
    const err = new StringDecoder("utf8");
    child.stdout.on("data", (bytes: Buffer) => this.take(out.write(bytes)));
    child.stderr.on("data", (bytes: Buffer) => {
      this.stderr = (this.stderr + err.write(bytes)).slice(-STDERR_CHARS);
    });
    child.stdin.on("error", () => {}); // it ended: `close` says how
    child.once("error", (error: NodeJS.ErrnoException) => {
      const [program] = this.step.manifest.command!;
      const why =
        error.code === "ENOENT"
          ? `not found on PATH or in ${this.step.files}`
          : error.code === "EACCES"
            ? "it cannot be executed (chmod +x)"
            : error.message;
      this.stop(`${program} cannot be started: ${why}`);
    });
    child.once("close", (code, signal) => {
      if (this.isClosing && this.next === this.waiting.length) return;
      const how = signal ? `was ended by ${signal}` : `ended with exit code ${code}`;
      this.stop(`${this.command} ${how} before it answered row ${this.answered + 1} of those it was given`);
    });
    this.options.signal?.addEventListener("abort", this.onAbort, { once: true });
    if (this.options.signal?.aborted) this.onAbort();
  }

  private readonly onAbort = (): void => {
    this.stopWith(this.options.signal!.reason as Error);
  };

  private take(text: string): void {
    let start = 0;
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", start)) {
      this.line.push(text.slice(start, end));
      start = end + 1;
      const line = this.line.join("").trim();
      this.line = [];
      this.lineLength = 0;
      if (line !== "") this.answer(line);
    }
    if (start === text.length) return;
    this.line.push(text.slice(start));
    this.lineLength += text.length - start;
    if (this.lineLength > MAX_LINE) this.stop(`${this.command} wrote a line without end`);
  }

  private answer(line: string): void {
    if (this.failure) return;
    const resolve = this.waiting[this.next];
    if (!resolve) {
      const answer = plainText(line.slice(0, 60));
      this.stop(
        `${this.command} answered more rows than it was given: ${answer}; expected one line a row; what is meant for people goes to stderr`,
      );
      return;
    }
    this.next++;
    this.answered++;
    resolve(externalAnswer(this.step.manifest.kind, line, this.names));
    if (this.next === this.waiting.length) {
      this.waiting.length = 0;
      this.next = 0;
    }
    this.watch();
  }

  /** The clock runs anew while rows wait, and stands still otherwise. */
  private watch(): void {
    const { timeoutSeconds = 300 } = this.options;
    if (this.failure || this.next === this.waiting.length) {
      if (this.timer) clearTimeout(this.timer);
      this.timer = null;
    } else if (this.timer) this.timer.refresh();
    else {
      this.timer = setTimeout(() => {
        this.stop(
          `${this.command} gave no answer to row ${this.answered + 1} of those it was given for ${timeoutSeconds} s`,
        );
      }, timeoutSeconds * 1000);
    }
  }

  private get command(): string {
    return plainText(this.step.manifest.command!.join(" "));
  }

  private stop(what: string): void {
    const said = plainText(this.stderr, { lines: true }).trim();
    const end = said === "" ? "it wrote nothing to stderr" : `the end of its stderr:\n${said}`;
    this.stopWith(new InputError(`step ${this.step.ref}: ${what}; ${end}`));
  }

  private stopWith(error: Error): void {
    if (this.failure) return;
    this.failure = error;
    this.watch();
    this.options.signal?.removeEventListener("abort", this.onAbort);
    this.kill();
    this.fail(error);
  }

  /** The program and what it started. */
  private kill(): void {
    const { pid } = this.child;
    if (pid === undefined) return;
    try {
      if (WINDOWS) this.child.kill("SIGKILL");
      else process.kill(-pid, "SIGKILL");
    } catch {
      this.child.kill("SIGKILL"); // the group is gone
    }
  }
}

const WINDOWS = process.platform === "win32";

/**
 * What a program may know of where it runs: where programs are, and that text is UTF-8. The rest keeps Python from
 * writing beside its files, which would change the version, and from another order of sets in each process.
 */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const { PATH = "", SystemRoot } = process.env;
  return {
    PATH,
    LANG: "C.UTF-8",
    PYTHONDONTWRITEBYTECODE: "1",
    PYTHONHASHSEED: "0",
    ...(SystemRoot === undefined ? {} : { SystemRoot }),
  };
}

/** JSON in which integers beyond 2^53 keep their digits; NaN and infinities are null. */
function jsonLine(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    const mark = randomUUID(); // no text of a row can hold it
    const text = JSON.stringify(value, (_key, one: unknown) =>
      typeof one === "bigint" ? `${mark}${one}` : one,
    );
    return text.replace(new RegExp(`"${mark}(-?\\d+)"`, "g"), "$1");
  }
}
