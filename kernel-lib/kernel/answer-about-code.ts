/** What a front end asks about code that is being written: completions, explanations, whether it is complete. */
import type { CellRunner } from "./cell-runner";
import { isCompleteCode, printQuickInfo } from "./tslab";

/** Content of the reply to a `complete_request`, `inspect_request` or `is_complete_request`. */
export function answerAboutCode(
  runner: CellRunner,
  type: "complete_request" | "inspect_request" | "is_complete_request",
  content: Readonly<Record<string, unknown>>,
): object {
  const { code = "", cursor_pos: cursor = 0 } = content as { code?: string; cursor_pos?: number };
  if (type === "is_complete_request") {
    const { completed, indent } = isCompleteCode(code);
    return completed ? { status: "complete" } : { status: "incomplete", indent };
  }
  if (type === "complete_request") {
    const { start, end, candidates } = runner.complete(code, utf16Offset(code, cursor));
    const [cursor_start, cursor_end] = [codePoints(code, start), codePoints(code, end)];
    return { matches: candidates, cursor_start, cursor_end, metadata: {} };
  }
  const info = runner.inspect(code, utf16Offset(code, cursor));
  const data = info ? { "text/plain": printQuickInfo(info) } : {};
  return { found: Boolean(info), data, metadata: {} };
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
