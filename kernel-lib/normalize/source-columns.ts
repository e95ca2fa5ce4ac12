/** Columns that mean the same in every source. */
import type { Columns } from "./columns";
import { type ToolsInfo, toolsInfo } from "./tools";

export interface SourceColumns {
  readonly uuid: string | null;
  readonly license: string | null;
  readonly dataSource: string | null;
  readonly capabilityTarget: string | null;
  readonly reasoning: string | null;
  readonly url: string | null;
  readonly usedIn: string[] | null;
  readonly changedAnswerToMajority: boolean | null;
  readonly tools: ToolsInfo | null;
  readonly reasons: readonly string[];
}

/** A `reasoning` column that is longer holds a chain of thought, not a switch. */
const MAX_SWITCH_CHARS = 16;

/** Reads and marks them; a column of another type than its place stays for `source_extra_json`. */
export function readSourceColumns(columns: Columns): SourceColumns {
  const reasons: string[] = [];
  const reasoning = columns.value("reasoning");
  const isSwitch = typeof reasoning !== "string" || reasoning.length <= MAX_SWITCH_CHARS;
  return {
    uuid: columns.text("uuid"),
    license: columns.text("license"),
    dataSource: columns.text("data_source"),
    capabilityTarget: columns.text("capability_target"),
    reasoning: isSwitch ? columns.text("reasoning") : null,
    url: columns.text("url"),
    usedIn: textList(columns, "used_in"),
    changedAnswerToMajority: booleanColumn(columns, "changed_answer_to_majority"),
    tools: toolsColumn(columns, reasons),
    reasons,
  };
}

function textList(columns: Columns, name: string): string[] | null {
  const value = columns.value(name);
  if (value === null) columns.take(name);
  if (!Array.isArray(value) || value.some((item) => typeof item !== "string")) return null;
  columns.take(name);
  return [...value];
}

function booleanColumn(columns: Columns, name: string): boolean | null {
  const value = columns.value(name);
  if (value === null || typeof value === "boolean") columns.take(name);
  return typeof value === "boolean" ? value : null;
}

function toolsColumn(columns: Columns, reasons: string[]): ToolsInfo | null {
  const value = columns.value("tools");
  if (value === undefined) return null;
  if (value === null) {
    columns.take("tools");
    return null;
  }
  const tools = toolsInfo(columns.raw("tools") ?? "null", value);
  if (tools === null) reasons.push("tools_not_a_list");
  else columns.take("tools");
  return tools;
}
