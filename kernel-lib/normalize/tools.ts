/** Tool schemas of a row, and whether its tool calls keep to them. */
import { canonicalizeJson } from "../canonical-json";
import { detach } from "../json-text";
import type { ToolEvent } from "./conversation";
import { sha1 } from "./sha1";
import { compileSchema, type SchemaCheck } from "./tool-schema";

/** Faults of the declarations, or of calls against them: `quality_valid_tool_schema` is false. */
export const TOOL_SCHEMA_PROBLEMS = [
  "call_to_undeclared_tool",
  "required_not_in_properties",
  "tool_calls_without_tools",
  "missing_function_name",
  "arguments_unparseable_json",
  "parameters_not_object_schema",
  "tools_is_json_string",
] as const;

/** Softer faults, tagged `tool:<kind>` only: natural rows have them too. */
export const TOOL_USE_PROBLEMS = [
  "arguments_schema",
  "schema_invalid",
  "result_without_call",
  "call_without_result",
] as const;

export type ToolProblem = (typeof TOOL_SCHEMA_PROBLEMS)[number] | (typeof TOOL_USE_PROBLEMS)[number];

const SCHEMA_PROBLEM_SET: ReadonlySet<string> = new Set(TOOL_SCHEMA_PROBLEMS);

/** True when none of the problems is one of `TOOL_SCHEMA_PROBLEMS`. */
export function isValidToolSchema(problems: readonly ToolProblem[]): boolean {
  return !problems.some((problem) => SCHEMA_PROBLEM_SET.has(problem));
}

/** A row's tool declarations. Shared between rows: never mutate. */
export interface ToolsInfo {
  /** sha1 of `json`; null when no tool is declared. */
  readonly id: string | null;
  readonly count: number;
  /** Canonical JSON (hash spacing) of the declarations. */
  readonly json: string;
  /** Problems of the declarations themselves, each kind once. */
  readonly problems: readonly ToolProblem[];
  /** Function name → its `parameters`, where these are an object schema. */
  readonly functions: ReadonlyMap<string, unknown>;
  /** True when a declaration has no name: a call to an unknown name may mean that one. */
  readonly hasNameless: boolean;
}

const MAX_CACHED_CHARS = 16 * 1024 * 1024;
const known = new Map<string, ToolsInfo>();
let knownChars = 0;

/**
 * The declarations in a `tools` column, checked once for each distinct text (the cache starts again empty when its
 * texts exceed 16 Mi characters). Returns null when the value is neither a list of objects nor a JSON text of one.
 * @param raw JSON text of the column as it stands in the source.
 */
export function toolsInfo(raw: string, value: unknown): ToolsInfo | null {
  const cached = known.get(raw);
  if (cached !== undefined) return cached;
  const info = readTools(raw, value);
  if (info === null) return null;
  if (knownChars + raw.length > MAX_CACHED_CHARS) {
    known.clear();
    knownChars = 0;
  }
  known.set(detach(raw), info);
  knownChars += raw.length;
  return info;
}

function readTools(raw: string, value: unknown): ToolsInfo | null {
  const problems = new Set<ToolProblem>();
  let list = value;
  let text = raw;
  if (typeof value === "string") {
    problems.add("tools_is_json_string");
    try {
      list = JSON.parse(value);
      text = value;
    } catch {
      list = [];
      text = raw;
    }
  }
  if (!Array.isArray(list) || list.some((tool) => tool === null || typeof tool !== "object")) {
    if (typeof value !== "string") return null;
    list = [];
    text = raw;
  }
  const functions = new Map<string, unknown>();
  let hasNameless = false;
  for (const tool of list as Record<string, unknown>[]) {
    const inner = tool.function;
    const declared = (inner !== null && typeof inner === "object" ? inner : tool) as Record<string, unknown>;
    const name = typeof declared.name === "string" && declared.name !== "" ? declared.name : null;
    if (name === null) {
      problems.add("missing_function_name");
      hasNameless = true;
    }
    const fault = parametersFault(declared.parameters);
    if (fault !== null) problems.add(fault);
    if (name !== null) functions.set(name, fault === null ? declared.parameters : undefined);
  }
  const count = (list as unknown[]).length;
  const json = count === 0 && typeof value !== "string" ? "[]" : canonicalizeJson(text, "hash");
  const id = json === "[]" ? null : sha1(json);
  return { id, count, json, problems: [...problems], functions, hasNameless };
}

function parametersFault(parameters: unknown): ToolProblem | null {
  if (parameters === undefined || parameters === null) return null; // a function without parameters
  if (typeof parameters !== "object" || Array.isArray(parameters)) return "parameters_not_object_schema";
  const { type, properties, required } = parameters as Record<string, unknown>;
  if (type !== "object") return "parameters_not_object_schema";
  const isMap = properties !== null && typeof properties === "object" && !Array.isArray(properties);
  if (properties !== undefined && !isMap) return "parameters_not_object_schema";
  if (!Array.isArray(required)) return null;
  const declared = isMap ? (properties as Record<string, unknown>) : {};
  return required.every((name) => typeof name === "string" && Object.hasOwn(declared, name))
    ? null
    : "required_not_in_properties";
}

/** Longest argument text that is checked against a schema. */
const MAX_ARGUMENT_CHARS = 100_000;

/**
 * The kinds of problems in a row's declarations and tool calls, each once, in order of discovery. Results answer
 * their call by id where both have one, else in order. A row without tools and calls has none.
 */
export function checkToolCalls(events: readonly ToolEvent[], tools: ToolsInfo | null): ToolProblem[] {
  if (events.length === 0) return tools === null ? [] : [...tools.problems];
  const problems = new Set<ToolProblem>(tools?.problems);
  const open: { id: string | null; name: string | null }[] = [];
  for (const event of events) {
    if (event.kind === "call") {
      open.push(event);
      checkCall(event, tools, problems);
      continue;
    }
    const at = open.findIndex((call) => answers(event, call));
    if (at < 0) problems.add("result_without_call");
    else open.splice(at, 1);
  }
  if (open.length > 0) problems.add("call_without_result");
  return [...problems];
}

function answers(result: { id: string | null; name: string | null }, call: typeof result): boolean {
  if (result.id !== null && call.id !== null) return result.id === call.id;
  return result.name === null || call.name === null || result.name === call.name;
}

const UNREADABLE = Symbol("arguments that are not JSON");

function checkCall(
  call: { readonly name: string | null; readonly arguments: string | null },
  tools: ToolsInfo | null,
  problems: Set<ToolProblem>,
): void {
  if (call.name === null) problems.add("missing_function_name");
  let value: unknown = {};
  if (call.arguments !== null) {
    try {
      value = JSON.parse(call.arguments);
    } catch {
      problems.add("arguments_unparseable_json");
      value = UNREADABLE;
    }
  }
  checkDeclared(call.name, tools, problems);
  if (value === UNREADABLE) return;
  const parameters = call.name === null ? undefined : tools?.functions.get(call.name);
  if (parameters === undefined || parameters === null) return;
  if (call.arguments !== null && call.arguments.length > MAX_ARGUMENT_CHARS) return;
  const check = schemaCheck(parameters as object);
  if (check === null) problems.add("schema_invalid");
  else if (!check(value)) problems.add("arguments_schema");
}

function checkDeclared(name: string | null, tools: ToolsInfo | null, problems: Set<ToolProblem>): void {
  if (tools === null || tools.count === 0) problems.add("tool_calls_without_tools");
  else if (name !== null && !tools.functions.has(name) && !tools.hasNameless) {
    problems.add("call_to_undeclared_tool");
  }
}

const checksByObject = new WeakMap<object, { check: SchemaCheck | null }>();
const checksByText = new Map<string, { check: SchemaCheck | null }>();

/** The check of a schema, compiled once for each distinct schema text. */
function schemaCheck(schema: object): SchemaCheck | null {
  let entry = checksByObject.get(schema);
  if (entry) return entry.check;
  const text = safeText(schema);
  entry = text === null ? { check: null } : checksByText.get(text);
  if (!entry) {
    entry = { check: compileSchema(schema) };
    if (checksByText.size >= 2_000) checksByText.clear();
    checksByText.set(text!, entry);
  }
  checksByObject.set(schema, entry);
  return entry.check;
}

/** JSON text of a value, null when it is nested too deep to be written. */
function safeText(value: unknown): string | null {
  try {
    return JSON.stringify(value);
  } catch {
    return null;
  }
}
