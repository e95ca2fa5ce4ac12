/** Counts a demo dataset from its files alone: node:fs, JSON.parse and DuckDB, nothing of the generator. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { Db, quoteText } from "../../kernel-lib/db";
import type { DemoSplit } from "../../kernel-lib/demo/demo-manifest";

export interface CountedRow {
  /** Line (JSONL) or row number in the split. */
  readonly at: number;
  /** The row as text: equal for identical rows. */
  readonly text: string;
  readonly value: Record<string, unknown>;
}

export interface CountedSplit {
  readonly rows: CountedRow[];
  readonly lines: number;
  /** Line numbers that hold no JSON object. */
  readonly bad: number[];
}

export async function countSplit(folder: string, split: DemoSplit): Promise<CountedSplit> {
  const rows: CountedRow[] = [];
  const bad: number[] = [];
  let at = 0;
  for (const { name } of split.files) {
    const path = join(folder, name);
    if (split.format === "jsonl") {
      const bytes = readFileSync(path);
      for (const line of linesOf(name.endsWith(".gz") ? gunzipSync(bytes) : bytes)) {
        const value = objectOf(line);
        if (value) rows.push({ at, text: line.toString("latin1"), value });
        else bad.push(at);
        at++;
      }
    } else if (split.format === "json") {
      for (const value of JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>[]) {
        rows.push({ at: at++, text: JSON.stringify(value), value });
      }
    } else {
      for (const value of await tableRows(path, split.format)) {
        rows.push({ at: at++, text: JSON.stringify(value), value });
      }
    }
  }
  return { rows, lines: at, bad };
}

function linesOf(bytes: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  let start = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  while (start < bytes.length) {
    const end = bytes.indexOf(10, start);
    lines.push(bytes.subarray(start, end));
    start = end + 1;
  }
  return lines;
}

function objectOf(line: Buffer): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(line));
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

async function tableRows(path: string, format: string): Promise<Record<string, unknown>[]> {
  const db = await Db.open();
  try {
    const from =
      format === "csv"
        ? `read_csv(${quoteText(path)}, all_varchar = true)`
        : `read_parquet(${quoteText(path)})`;
    const rows = await db.all<{ row: string }>(`select to_json(t)::varchar as row from ${from} t`);
    return rows.map(({ row }) => JSON.parse(row) as Record<string, unknown>);
  } finally {
    db.close();
  }
}

interface Message {
  role: string;
  content: unknown;
  tool_calls?: { function: { name: string; arguments: unknown } }[] | null;
}

interface Tool {
  function: { name?: string; parameters?: { type?: unknown; properties?: object; required?: string[] } };
}

/** Kinds of tool faults of a row, judged from the row alone. */
export function toolFaults(row: Record<string, unknown>): Set<string> {
  const faults = new Set<string>();
  const calls = messagesOf(row).flatMap((message) => message.tool_calls ?? []);
  if (typeof row.tools === "string") faults.add("tools_is_json_string");
  const tools = (typeof row.tools === "string" ? JSON.parse(row.tools) : (row.tools ?? [])) as Tool[];
  if (calls.length > 0 && tools.length === 0) faults.add("tool_calls_without_tools");
  for (const tool of tools) {
    const { name, parameters } = tool.function;
    if (name === undefined) faults.add("missing_function_name");
    if (Array.isArray(parameters) || parameters?.type !== "object")
      faults.add("parameters_not_object_schema");
    else {
      const known = Object.keys(parameters.properties ?? {});
      if (!(parameters.required ?? []).every((key) => known.includes(key)))
        faults.add("required_not_in_properties");
    }
  }
  const names = tools.map((tool) => tool.function.name);
  for (const call of calls) {
    if (tools.length > 0 && !names.includes(call.function.name)) faults.add("call_to_undeclared_tool");
    if (typeof call.function.arguments === "string" && !parses(call.function.arguments)) {
      faults.add("arguments_unparseable_json");
    }
  }
  return faults;
}

export function messagesOf(row: Record<string, unknown>): Message[] {
  return Array.isArray(row.messages) ? (row.messages as Message[]) : [];
}

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** What is wrong with an evaluation block, or null. */
export function metadataFault(row: Record<string, unknown>): string | null {
  const metadata = row.metadata as
    | Record<string, { count: number; pass: number; accuracy: unknown }>
    | undefined;
  if (metadata === undefined) return "absent";
  const blocks = Object.values(metadata);
  if (blocks.length === 0) return "empty";
  for (const { count, pass, accuracy } of blocks) {
    if (typeof accuracy === "string") return "string_accuracy";
    if (count === 0) return "count_zero";
    if ((accuracy as number) > 1) return "accuracy_above_1";
    if (accuracy !== pass / count) return "accuracy_mismatch";
  }
  return null;
}

/** The last completion as it stands in the row: undefined where the shape has none. */
export function completionOf(row: Record<string, unknown>): unknown {
  if (row.generated_solution !== undefined) return row.generated_solution;
  if (row.formal_statement !== undefined) return row.formal_statement;
  if (row.response !== undefined) return row.response;
  if (row.output !== undefined) return row.output;
  if (typeof row.chosen === "string") return row.chosen.slice(row.chosen.lastIndexOf("\n\nAssistant: ") + 13);
  if (row.conversations !== undefined) {
    const turns = row.conversations as { value: unknown }[] | null;
    return turns === null ? null : turns.at(-1)!.value;
  }
  if (Array.isArray(row.messages))
    return messagesOf(row).findLast((message) => message.role === "assistant")?.content;
  if (typeof row.text === "string")
    return /<\|channel\|>final<\|message\|>([\s\S]*?)(?:<\|return\|>)?$/.exec(row.text)?.[1] ?? row.text;
  return row.text;
}
