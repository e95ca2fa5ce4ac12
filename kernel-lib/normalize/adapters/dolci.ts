import type { Domain, Message } from "../../row";
import type { Adapter } from "../adapter";
import { type MessageShape, readConversation, type ToolEvent } from "../conversation";
import { type ToolsInfo, toolsInfo } from "../tools";
import { parsePythonCalls } from "./python-calls";

const SHAPE: MessageShape = {
  roleKey: "role",
  contentKey: "content",
  roles: new Map([
    ["environment", "tool"],
    ["function", "tool"],
  ]),
};

/** Words in a source's name or domain → domain; the first that occurs decides. */
const DOMAIN_WORDS: [RegExp, Domain][] = [
  [/tool|function|agent|bfcl|api_?call/i, "agentic"],
  [/proof|lean/i, "proof"],
  [/math|gsm|numina|algebra|olympiad/i, "math"],
  [/cod(?:e|ing)|python|program|algorithm|api-?bench/i, "code"],
  [/scien|physics|chem|biolog|medic|agieval/i, "science"],
  [/safe|jailbreak|harm|wildguard|refus/i, "safety"],
  [/multiling|aya|translat/i, "multilingual"],
  [/chat|instruct|persona|precise|\bif\b|role/i, "chat_if"],
];

/**
 * allenai/Dolci-Instruct-SFT: messages whose `functions` (JSON text of tool schemas) and `function_calls` (Python-like
 * calls, one a line) become tool declarations and tool calls; role `environment` is the tool. Calls that cannot be
 * read stay as text in source_extra_json, tagged `function_calls_unparsed`.
 */
export const dolci: Adapter = {
  name: "dolci",
  shape: "id, messages { role, content, function_calls, functions }, source or source_dataset, domain",
  detect: (columns, sample) =>
    columns.has("messages") &&
    sample.some((row) => {
      const list = row.values.messages;
      return (
        Array.isArray(list) &&
        list.some((item) => item !== null && typeof item === "object" && "function_calls" in item)
      );
    }),
  adapt(columns) {
    const value = columns.value("messages");
    const conversation = readConversation(value, columns.raw("messages"), SHAPE);
    if (conversation.messages !== null || value === null) columns.take("messages");
    const reasons = [...conversation.reasons];
    const { extras } = conversation;
    let tools: ToolsInfo | null = null;
    let toolEvents = conversation.toolEvents;
    if (extras !== null && conversation.messages !== null && Array.isArray(value)) {
      for (const ofMessage of extras.values()) {
        if (ofMessage.get("functions") === "null") ofMessage.delete("functions");
        if (ofMessage.get("function_calls") === "null") ofMessage.delete("function_calls");
      }
      if (conversation.messages.length === value.length) {
        toolEvents = readCalls(conversation.messages, value, extras, reasons);
        for (const [index, ofMessage] of extras) {
          const functions = (value[index] as Record<string, unknown>).functions;
          if (typeof functions !== "string" || tools !== null) continue;
          tools = declaredTools(functions);
          if (tools !== null) ofMessage.delete("functions");
        }
      }
      for (const [index, ofMessage] of extras) if (ofMessage.size === 0) extras.delete(index);
    }
    const dataSource = columns.text("source") ?? columns.text("source_dataset");
    const domainText = columns.value("domain");
    return {
      messages: conversation.messages,
      lossMode: "assistant_all",
      domain: domainOf(typeof domainText === "string" ? domainText : "", dataSource, conversation.messages),
      dataSource,
      tools,
      toolEvents,
      messageExtras: extras,
      reasons,
    };
  },
};

/** Puts the calls of each message in its `tool_calls`, and gives all calls and results in order. */
function readCalls(
  messages: Message[],
  source: readonly unknown[],
  extras: ReadonlyMap<number, Map<string, string>>,
  reasons: string[],
): ToolEvent[] {
  const events: ToolEvent[] = [];
  messages.forEach((message, index) => {
    const text = (source[index] as Record<string, unknown>).function_calls;
    if (message.role === "tool") events.push({ kind: "result", id: null, name: message.name });
    if (typeof text !== "string" || text.trim() === "") return;
    const calls = parsePythonCalls(text);
    if (calls === null) {
      reasons.push("function_calls_unparsed");
      return;
    }
    for (const call of calls) events.push({ kind: "call", id: null, ...call });
    message.tool_calls = JSON.stringify(calls);
    if ((source[index] as Record<string, unknown>).content === null) {
      message.content = null; // as for any call: nothing was to be said
      reasons.splice(reasons.indexOf("null_content"), 1);
    }
    extras.get(index)?.delete("function_calls");
  });
  return events;
}

/** Tools that stand as JSON text where the source always writes text: no fault of the row. */
function declaredTools(functions: string): ToolsInfo | null {
  try {
    const value: unknown = JSON.parse(functions);
    return Array.isArray(value) ? toolsInfo(functions, value) : null;
  } catch {
    return null;
  }
}

function domainOf(stated: string, source: string | null, messages: Message[] | null): Domain {
  for (const text of [stated, source ?? ""]) {
    const found = text === "" ? undefined : DOMAIN_WORDS.find(([words]) => words.test(text));
    if (found) return found[1];
  }
  return guessDomain(messages?.find((message) => message.role === "user")?.content ?? "");
}

/** A guess from the first 2,000 characters of the prompt; `other` when nothing speaks for a domain. */
export function guessDomain(prompt: string): Domain {
  const text = prompt.slice(0, 2000);
  if (/```|\bdef \w+\(|#include|\bfunction\b.*\(|\bpublic static\b|\bSELECT\b.*\bFROM\b/.test(text))
    return "code";
  if (/\\boxed|\\frac|\$[^$]+\$|\b(?:solve|compute|equation|integer|how many)\b/i.test(text)) return "math";
  return "other";
}
