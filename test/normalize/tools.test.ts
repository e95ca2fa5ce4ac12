import { describe, expect, it } from "vitest";
import type { ToolEvent } from "../../kernel-lib/normalize/conversation";
import {
  checkToolCalls,
  isValidToolSchema,
  TOOL_SCHEMA_PROBLEMS,
  TOOL_USE_PROBLEMS,
  toolsInfo,
} from "../../kernel-lib/normalize/tools";

const call = (name: string | null, args: string | null = "{}", id: string | null = null): ToolEvent => ({
  kind: "call",
  id,
  name,
  arguments: args,
});
const result = (name: string | null, id: string | null = null): ToolEvent => ({ kind: "result", id, name });
const declare = (...functions: unknown[]) => {
  const raw = JSON.stringify(functions.map((declared) => ({ type: "function", function: declared })));
  return toolsInfo(raw, JSON.parse(raw))!;
};
const add = {
  name: "add",
  parameters: { type: "object", properties: { a: { type: "integer" } }, required: ["a"] },
};
const ok = '{"a": 1}';

describe("checkToolCalls", () => {
  it("finds nothing in a sound row, nor in one without tools and calls", () => {
    expect(checkToolCalls([call("add", ok), result("add")], declare(add))).toEqual([]);
    expect(checkToolCalls([], null)).toEqual([]);
    expect(checkToolCalls([], toolsInfo("[]", []))).toEqual([]);
  });

  it.each([
    ["call_to_undeclared_tool", [call("sub"), result("sub")], [add]],
    ["required_not_in_properties", [], [{ ...add, parameters: { ...add.parameters, required: ["a", "b"] } }]],
    ["missing_function_name", [], [{ parameters: add.parameters }]],
    ["missing_function_name", [call(null), result(null)], [add]],
    ["arguments_unparseable_json", [call("add", "{'a': 1}"), result("add")], [add]],
    ["parameters_not_object_schema", [], [{ ...add, parameters: { type: "string" } }]],
    ["parameters_not_object_schema", [], [{ ...add, parameters: "none" }]],
    ["parameters_not_object_schema", [], [{ ...add, parameters: { type: "object", properties: [] } }]],
    ["arguments_schema", [call("add", '{"a": 1.5}'), result("add")], [add]],
    ["arguments_schema", [call("add", '"a"'), result("add")], [add]],
    ["arguments_schema", [call("add", null), result("add")], [add]],
    [
      "schema_invalid",
      [call("f"), result("f")],
      [{ name: "f", parameters: { type: "object", properties: { a: { type: "dict" } } } }],
    ],
    ["result_without_call", [result("add")], [add]],
    ["result_without_call", [call("add", ok, "c1"), result("add", "c1"), result("add", "c1")], [add]],
    ["call_without_result", [call("add", ok)], [add]],
  ] as const)("says %s alone", (kind, events, declared) => {
    expect(checkToolCalls(events, declare(...declared))).toEqual([kind]);
  });

  it("says tool_calls_without_tools where none are declared", () => {
    expect(checkToolCalls([call("add", ok), result("add")], null)).toEqual(["tool_calls_without_tools"]);
    expect(checkToolCalls([call("add", ok), result("add")], toolsInfo("[]", []))).toEqual([
      "tool_calls_without_tools",
    ]);
  });

  it("does not call a tool undeclared while a declaration has no name", () => {
    expect(checkToolCalls([call("add", ok), result("add")], declare({ parameters: add.parameters }))).toEqual(
      ["missing_function_name"],
    );
  });

  it("matches results by id where there is one, else by name and order", () => {
    const tools = declare(add, { name: "sub" });
    const calls = [call("add", ok, "1"), call("sub", "{}", "2")];
    expect(checkToolCalls([...calls, result("sub", "2"), result("add", "1")], tools)).toEqual([]);
    expect(checkToolCalls([...calls, result("add", "2"), result("sub", "1")], tools)).toEqual([]);
    expect(checkToolCalls([...calls, result("sub"), result(null)], tools)).toEqual([]);
    expect(checkToolCalls([...calls, result("add"), result("add")], tools)).toEqual([
      "result_without_call",
      "call_without_result",
    ]);
    expect(checkToolCalls([result("add", "1"), ...calls, result("sub")], tools)).toEqual([
      "result_without_call",
      "call_without_result",
    ]);
  });

  it("takes a function without parameters, and with any arguments", () => {
    expect(checkToolCalls([call("ping", "[1]"), result("ping")], declare({ name: "ping" }))).toEqual([]);
  });
});

describe("toolsInfo", () => {
  it("hashes declarations by content, not by how they are written", () => {
    const one = toolsInfo('[ {"b": 1.0, "a": {}} ]', [{ b: 1, a: {} }])!;
    expect(one.json).toBe('[{"a":{},"b":1.0}]');
    expect(toolsInfo('[{"a":{},"b":1.0}]', [{ a: {}, b: 1 }])!.id).toBe(one.id);
    expect(one.id).toBe("1fa23d2df9f0adbb49032cb8cf26c8a6a4b35c75");
  });

  it("gives no id to an empty list, and nothing at all for what is no list of objects", () => {
    expect(toolsInfo("[]", [])).toMatchObject({ id: null, count: 0, json: "[]", problems: [] });
    expect(toolsInfo('{"a":1}', { a: 1 })).toBeNull();
    expect(toolsInfo('["hammer"]', ["hammer"])).toBeNull();
    expect(toolsInfo("7", 7)).toBeNull();
  });

  it("reads declarations that stand as JSON text, under the id of the list", () => {
    const list = JSON.stringify([{ type: "function", function: add }]);
    const info = toolsInfo(JSON.stringify(list), list)!;
    expect(info.problems).toEqual(["tools_is_json_string"]);
    expect(info.id).toBe(toolsInfo(list, JSON.parse(list))!.id);
    expect(info.count).toBe(1);
    expect(toolsInfo('"no json"', "no json")).toMatchObject({ count: 0, problems: ["tools_is_json_string"] });
  });

  it("gives equal texts the same object", () => {
    const raw = JSON.stringify([add]);
    expect(toolsInfo(raw, JSON.parse(raw))).toBe(toolsInfo(`${raw}`, JSON.parse(raw)));
  });
});

describe("isValidToolSchema", () => {
  it("is false for each declared kind and true for each soft one", () => {
    for (const kind of TOOL_SCHEMA_PROBLEMS) expect(isValidToolSchema([kind]), kind).toBe(false);
    for (const kind of TOOL_USE_PROBLEMS) expect(isValidToolSchema([kind]), kind).toBe(true);
    expect(isValidToolSchema([])).toBe(true);
  });
});
