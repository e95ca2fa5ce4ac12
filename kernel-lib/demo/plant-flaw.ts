/** Puts a planned flaw into a row, and says what was done. */
import { prose, sentence } from "./prose";
import type { Random } from "./random";
import { completion, prompt, setCompletion, setPrompt } from "./row-text";
import type { Message, RawJson, Row, Shape } from "./shape";
import { metadataJson } from "./shapes-math";
import { declare, TOOLS } from "./tool-catalog";

/** Changes `row` in place; what it returns stands in the list of planted flaws beside the row number. */
export function plantFlaw(random: Random, row: Row, shape: Shape, kind: string, form: string): Row {
  const { layout } = shape;
  switch (kind) {
    case "empty_completion": {
      const value = form === "null" ? null : form;
      setCompletion(
        row,
        layout,
        layout.kind === "text" || layout.kind === "dialogue" ? (value ?? "") : value,
      );
      return { value };
    }
    case "null_field":
      row[form] = null;
      return { column: form };
    case "over_long":
      setCompletion(
        row,
        layout,
        `${completion(row, layout)}\n\n${prose(random, 34_000 + random.int(0, 20_000))}`,
      );
      return { completion_chars: completion(row, layout).length };
    case "repeated_pattern":
      setCompletion(row, layout, `${completion(row, layout)}\n${repeated(random, form)}`);
      return { form };
    case "pii": {
      const value = personal(random, form);
      setCompletion(row, layout, `${completion(row, layout)}\n\nWrite to ${value} for more.`);
      return { form, value };
    }
    case "non_string_content": {
      const text = prompt(row, layout);
      setPrompt(row, layout, form === "dict" ? { text, lang: "en" } : [{ type: "text", text }]);
      return { form };
    }
    case "special_in_body":
      setPrompt(row, layout, `${prompt(row, layout)} Why does my log end with ${form} here?`);
      return { special: form };
    case "mixed_type":
      return mixType(row);
    case "metadata_fault":
      spoilMetadata(row, form);
      return { form };
    case "malformed_tool_schema":
      spoilTools(random, row, form);
      return { form };
    case "defective_harmony":
      row.text = spoilHarmony(random, row.text as string, form);
      return { form };
    default:
      throw new RangeError(`demo: no flaw "${kind}"`);
  }
}

function repeated(random: Random, form: string): string {
  const unit = form === "line" ? `${sentence(random)}\n` : form === "word" ? "again " : "=";
  return unit.repeat(form === "line" ? 24 : 160).trimEnd();
}

/** Values that stand in no one's phone book: reserved domains, numbers and addresses. */
function personal(random: Random, form: string): string {
  if (form === "email") return `reader${random.int(1, 9999)}@example.com`;
  if (form === "phone") return `202-555-01${random.int(10, 99)}`;
  return `203.0.113.${random.int(1, 254)}`;
}

function mixType(row: Row): Row {
  if ("expected_answer" in row) {
    row.expected_answer = Number(row.expected_answer);
    return { column: "expected_answer", type: "int" };
  }
  row.used_in = "demo_v1";
  return { column: "used_in", type: "string" };
}

function spoilMetadata(row: Row, form: string): void {
  if (form === "absent") {
    delete row.metadata;
    return;
  }
  const metadata = (row.metadata as RawJson).toJSON() as Row;
  metadata.reason_high_no_tool ??= { count: 8, pass: 6, accuracy: 0.75 };
  const block = metadata.reason_high_no_tool as { count: number; pass: number; accuracy: unknown };
  if (form === "empty") for (const name of Object.keys(metadata)) delete metadata[name];
  else if (form === "string_accuracy") block.accuracy = String(block.accuracy);
  else if (form === "count_zero") Object.assign(block, { count: 0, pass: 0, accuracy: 0 });
  else if (form === "accuracy_above_1") block.accuracy = 1.5;
  else block.accuracy = block.pass / block.count > 0.5 ? 0.125 : 0.9375;
  row.metadata = metadataJson(metadata);
}

interface Call {
  function: { name: string; arguments: unknown };
}

function spoilTools(random: Random, row: Row, form: string): void {
  const messages = row.messages as Message[];
  const caller = messages.find(
    (message) => Array.isArray(message.tool_calls) && message.tool_calls.length > 0,
  );
  const call = (caller?.tool_calls as Call[] | undefined)?.[0];
  if (form === "tool_calls_without_tools") {
    if (!call) addCall(messages);
    if (random.chance(0.5)) row.tools = [];
    else delete row.tools;
    return;
  }
  const tools = ((row.tools as RawJson).toJSON() as Row[]).slice();
  const extra = declare(random.pick(TOOLS)) as { type: string; function: Record<string, unknown> };
  const parameters = extra.function.parameters as { required: string[]; type: string };
  extra.function.name = `extra_${String(extra.function.name)}`;
  switch (form) {
    case "tools_is_json_string":
      row.tools = JSON.stringify(tools);
      return;
    case "call_to_undeclared_tool":
      call!.function.name = `${call!.function.name}_v2`;
      return;
    case "arguments_unparseable_json":
      call!.function.arguments = `{"city": "${random.pick(TOOLS).name}`;
      return;
    case "required_not_in_properties":
      extra.function.parameters = { ...parameters, required: [...parameters.required, "no_such_property"] };
      break;
    case "missing_function_name":
      delete extra.function.name;
      break;
    case "parameters_not_object_schema":
      extra.function.parameters = random.chance(0.5) ? { ...parameters, type: "dict" } : [parameters];
      break;
  }
  row.tools = [...tools, extra];
}

/** A Python call and its result before the last message, for rows that have no call. */
function addCall(messages: Message[]): void {
  const name = "stateful_python_code_exec";
  const id = "call_without_tools";
  messages.splice(
    messages.length - 1,
    0,
    {
      role: "assistant",
      content: "",
      tool_calls: [{ id, type: "function", function: { name, arguments: '{"code": "print(6 * 7)"}' } }],
    },
    { role: "tool", tool_call_id: id, name, content: "42" },
  );
}

const FINAL = "<|start|>assistant<|channel|>final<|message|>";

function spoilHarmony(random: Random, text: string, form: string): string {
  const final = text.lastIndexOf(FINAL);
  switch (form) {
    case "special_inside_body":
      return text.replace(/<\|return\|>$/, " As said<|message|> before.<|return|>");
    case "truncated_body":
      return text.slice(0, final + FINAL.length + 12);
    case "no_message_tag":
      return text.slice(0, final) + text.slice(final).replace("<|message|>", "");
    case "unknown_role":
      return `${text.slice(0, final)}<|start|>narrator<|message|>${sentence(random)}<|end|>${text.slice(final)}`;
    default:
      return prose(random, 200);
  }
}
