/** Why a cell failed, as Jupyter's `error` output shows it. */
import { inspect } from "node:util";
import type { Diagnostic } from "./tslab";

export interface CellFailure {
  readonly ename: string;
  readonly evalue: string;
  readonly traceback: readonly string[];
}

/** Errors the analyst mends: the message says what to do, and a stack would only hide it. */
const WITHOUT_STACK = new Set(["InputError", "UsageError", "QueryError", "ShardError", "RetryableError"]);

/** What was thrown in a cell; frames of the kernel are left out, a library error of the analyst's shows no stack. */
export function thrownFailure(thrown: unknown): CellFailure {
  if (isInterrupt(thrown)) {
    return { ename: "Interrupted", evalue: "the cell was interrupted", traceback: ["Interrupted"] };
  }
  if (!(thrown instanceof Error) && !isErrorLike(thrown)) {
    const evalue = inspect(thrown);
    return { ename: "Thrown", evalue, traceback: [`Thrown: ${evalue}`] };
  }
  const { name: ename, message: evalue } = thrown;
  const frames = WITHOUT_STACK.has(ename) ? [] : cellFrames(thrown.stack ?? "");
  const causes = WITHOUT_STACK.has(ename) ? [] : causesOf(thrown);
  return { ename, evalue, traceback: [`${ename}: ${evalue}`, ...frames, ...causes] };
}

/** What the compiler refused, each with its line of the cell. */
export function compileFailure(diagnostics: readonly Diagnostic[], source: string): CellFailure {
  const lines = source.split("\n");
  const traceback = diagnostics.flatMap(({ start, messageText, fileName }, i) => {
    const at = `${fileName ? `${fileName} ` : ""}${start.line + 1}:${start.character + 1}`;
    const more = diagnostics[i + 1]?.start.offset === start.offset; // one fault in several messages
    const line = fileName || more ? undefined : lines[start.line];
    return [
      `${at} - ${messageText}`,
      ...(line ? [`    ${line}`, `    ${" ".repeat(start.character)}^`] : []),
    ];
  });
  return { ename: "TypeScriptError", evalue: traceback[0] ?? "the cell does not compile", traceback };
}

/** Whether the cell ended because it was interrupted, in a loop or while it awaited. */
export function isInterrupt(thrown: unknown): boolean {
  if (!isErrorLike(thrown)) return false;
  return (
    thrown.name === "Interrupted" ||
    thrown.message === "Interrupted asynchronously" ||
    (thrown as NodeJS.ErrnoException).code === "ERR_SCRIPT_EXECUTION_INTERRUPTED"
  );
}

function isErrorLike(thrown: unknown): thrown is Error {
  return typeof thrown === "object" && thrown !== null && "name" in thrown && "message" in thrown;
}

/** Stack frames down to the cell itself. Numbers of the cell's compiled lines are left out: they are not its own. */
function cellFrames(stack: string): string[] {
  const frames = stack.split("\n").filter((line) => /^\s+at /.test(line));
  const end = frames.findIndex((line) =>
    /sigintHandlersWrap|runInThisContext|[\\/]tslab[\\/]dist[\\/]/.test(line),
  );
  return frames
    .slice(0, end < 0 ? undefined : end)
    .filter((line) => !line.includes("(node:internal"))
    .map((line) => line.replace(/evalmachine\.<anonymous>:\d+:\d+/, "the cell"))
    .filter((line, i, lines) => line !== lines[i - 1]);
}

function causesOf(error: Error): string[] {
  const causes: string[] = [];
  let cause = error.cause;
  for (let depth = 0; cause !== undefined && depth < 5; depth++) {
    causes.push(`caused by ${isErrorLike(cause) ? `${cause.name}: ${cause.message}` : inspect(cause)}`);
    cause = isErrorLike(cause) ? cause.cause : undefined;
  }
  return causes;
}
