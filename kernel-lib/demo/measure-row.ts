/** Counts that are taken on finished rows while they are written. */
import type { DemoSplit } from "./demo-manifest";
import { completion } from "./row-text";
import { type Message, RawJson, type Row, type Shape } from "./shape";

type Measured = { -readonly [K in keyof DemoSplit["measured"]]: number };

export function newMeasured(): Measured {
  return {
    rows_with_correctness_metadata: 0,
    rows_with_tools: 0,
    rows_with_tool_calls: 0,
    rows_with_non_string_content: 0,
    empty_completion_rows: 0,
  };
}

export function measureRow(counts: Measured, row: Row, shape: Shape): void {
  const { metadata, tools, messages } = row;
  if (metadata instanceof RawJson && /"accuracy": [0-9]/.test(metadata.json))
    counts.rows_with_correctness_metadata++;
  if (tools instanceof RawJson || typeof tools === "string" || (Array.isArray(tools) && tools.length > 0)) {
    counts.rows_with_tools++;
  }
  if (Array.isArray(messages)) {
    let calls = false;
    let other = false;
    for (const message of messages as Message[]) {
      if (Array.isArray(message.tool_calls) && message.tool_calls.length > 0) calls = true;
      if (typeof message.content === "object" && message.content !== null) other = true;
    }
    if (calls) counts.rows_with_tool_calls++;
    if (other) counts.rows_with_non_string_content++;
  }
  if (shape.editable !== false && isEmpty(row, shape)) counts.empty_completion_rows++;
}

function isEmpty(row: Row, shape: Shape): boolean {
  const { layout } = shape;
  if (layout.kind === "messages" && (row.messages as Message[]).length === 0) return true;
  if (layout.kind === "conversations" && row.conversations === null) return true;
  if ((layout.kind === "text" || layout.kind === "dialogue") && row[layout.column] === null) return true;
  return completion(row, layout).trim() === "";
}
