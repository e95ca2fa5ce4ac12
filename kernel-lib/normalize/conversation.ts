/** A list of source messages as canonical messages: every shape of content and tool call, nothing thrown away. */
import { canonicalizeJson } from "../canonical-json";
import { cutArray, cutObject } from "../json-text";
import type { Message } from "../row";

/** A tool call or a tool result, in the order in which they stand in the conversation. */
export type ToolEvent =
  | {
      readonly kind: "call";
      readonly id: string | null;
      readonly name: string | null;
      /** Argument text as in the source, or canonical JSON of an argument object; null when absent. */
      readonly arguments: string | null;
    }
  | { readonly kind: "result"; readonly id: string | null; readonly name: string | null };

export interface Conversation {
  /** Null when the source has no list of messages; in source order, elements that are no objects left out. */
  readonly messages: Message[] | null;
  readonly toolEvents: readonly ToolEvent[];
  /** Source position of a message → its keys without a column → canonical JSON. Null when there are none. */
  readonly extras: Map<number, Map<string, string>> | null;
  readonly reasons: readonly string[];
}

/** How a source names the parts of a message. */
export interface MessageShape {
  readonly roleKey: string;
  readonly contentKey: string;
  /** Source role → canonical role; roles that are not listed stay as they are. */
  readonly roles: ReadonlyMap<string, string>;
}

/** `{ role, content, … }` as most sources write it; the former `function` role is the tool role. */
export const ROLE_CONTENT: MessageShape = {
  roleKey: "role",
  contentKey: "content",
  roles: new Map([["function", "tool"]]),
};

/** Key in the extras for an element of the list that is no object: there the whole of it is kept. */
const WHOLE_MESSAGE = "(message)";

/**
 * The conversation in `value`. Content that is no text becomes canonical JSON and is tagged `nonstring_content`;
 * null content of a message without tool calls becomes "" and is tagged `null_content`. Never throws on data.
 * @param raw JSON text of the list, from which numbers keep their digits.
 */
export function readConversation(
  value: unknown,
  raw: string | undefined,
  shape: MessageShape = ROLE_CONTENT,
): Conversation {
  if (!Array.isArray(value)) {
    const reason = value === null || value === undefined ? "null_messages" : "messages_not_a_list";
    return { messages: null, toolEvents: [], extras: null, reasons: [reason] };
  }
  const reader = new ConversationReader(raw ?? "[]", shape);
  for (let index = 0; index < value.length; index++) reader.read(value[index], index);
  return reader;
}

class ConversationReader implements Conversation {
  readonly messages: Message[] = [];
  readonly toolEvents: ToolEvent[] = [];
  readonly reasons: string[] = [];
  extras: Map<number, Map<string, string>> | null = null;
  private elements: string[] | null = null;
  private members: Map<string, string> | null = null;
  private index = 0;

  constructor(
    private readonly raw: string,
    private readonly shape: MessageShape,
  ) {}

  read(value: unknown, index: number): void {
    this.index = index;
    this.members = null;
    if (value === null || typeof value !== "object" || Array.isArray(value)) {
      this.reasons.push("message_not_an_object");
      this.keep(WHOLE_MESSAGE, canonicalizeJson(this.element(), "text"));
      return;
    }
    const { roleKey, contentKey, roles } = this.shape;
    const source = value as Record<string, unknown>;
    const message: Message = {
      role: "",
      name: null,
      channel: null,
      content: null,
      reasoning_content: null,
      tool_calls: null,
    };
    let resultId: string | null = null;
    for (const key in source) {
      const part = source[key];
      if (key === roleKey) {
        if (typeof part === "string") message.role = roles.get(part) ?? part;
        else this.keepPart(key);
      } else if (key === contentKey) {
        if (typeof part === "string") message.content = part;
        else if (part !== null) message.content = this.json(key, "nonstring_content");
      } else if (key === "reasoning_content") {
        if (typeof part === "string") message.reasoning_content = part;
        else if (part !== null) message.reasoning_content = this.json(key, "nonstring_reasoning");
      } else if (key === "tool_calls") {
        if (Array.isArray(part)) message.tool_calls = this.calls(part);
        else if (part !== null) {
          this.reasons.push("tool_calls_not_a_list");
          this.keepPart(key);
        }
      } else if (key === "name" && typeof part === "string") message.name = part;
      else if (key === "channel" && typeof part === "string") message.channel = part;
      else if ((key === "name" || key === "channel") && part === null) continue;
      else {
        if (key === "tool_call_id" && typeof part === "string") {
          resultId = part;
          this.keep(key, JSON.stringify(part));
        } else this.keepPart(key);
      }
    }
    if (message.content === null && message.tool_calls === null) {
      message.content = "";
      this.reasons.push(contentKey in source ? "null_content" : "missing_content");
    }
    if (message.role === "tool") this.toolEvents.push({ kind: "result", id: resultId, name: message.name });
    this.messages.push(message);
  }

  /** The calls as the canonical `tool_calls` text, null when there are none. */
  private calls(calls: readonly unknown[]): string | null {
    if (calls.length === 0) return null;
    const out: { id?: string; name: string; arguments: string }[] = [];
    for (let at = 0; at < calls.length; at++) {
      const call = calls[at];
      if (call === null || typeof call !== "object" || Array.isArray(call)) {
        this.reasons.push("tool_call_not_an_object");
        this.keep(`tool_calls[${at}]`, canonicalizeJson(this.callText(at), "text"));
        this.toolEvents.push({ kind: "call", id: null, name: null, arguments: null });
        continue;
      }
      out.push(this.call(call as Record<string, unknown>, at));
    }
    return out.length === 0 ? null : JSON.stringify(out);
  }

  private call(call: Record<string, unknown>, at: number): { id?: string; name: string; arguments: string } {
    const inner = call.function;
    const isNested = inner !== null && typeof inner === "object" && !Array.isArray(inner);
    const target = isNested ? (inner as Record<string, unknown>) : call;
    const id = typeof call.id === "string" ? call.id : null;
    const name = typeof target.name === "string" && target.name !== "" ? target.name : null;
    const given = target.arguments;
    const isGiven = given !== undefined && given !== null;
    const text =
      typeof given === "string"
        ? given
        : isGiven
          ? canonicalizeJson(this.memberText(at, isNested, "arguments"), "text")
          : null;
    for (const key in call) {
      const isPlaced =
        (key === "id" && id !== null) ||
        (key === "type" && call.type === "function") ||
        (key === "function" && isNested) ||
        (!isNested && ((key === "name" && name !== null) || (key === "arguments" && isGiven)));
      if (!isPlaced) this.keepCall(at, false, key);
    }
    if (isNested) {
      for (const key in target) {
        const isPlaced = (key === "name" && name !== null) || (key === "arguments" && isGiven);
        if (!isPlaced) this.keepCall(at, true, key);
      }
    }
    this.toolEvents.push({ kind: "call", id, name, arguments: text });
    const rendered = { name: name ?? "", arguments: text ?? "" };
    return id === null ? rendered : { id, ...rendered };
  }

  private keepCall(at: number, isNested: boolean, key: string): void {
    const path = `tool_calls[${at}]${isNested ? ".function" : ""}.${key}`;
    this.keep(path, canonicalizeJson(this.memberText(at, isNested, key), "text"));
  }

  private keep(key: string, json: string): void {
    this.extras ??= new Map();
    const ofMessage = this.extras.get(this.index) ?? new Map<string, string>();
    this.extras.set(this.index, ofMessage.set(key, json));
  }

  private keepPart(key: string): void {
    this.keep(key, canonicalizeJson(this.part(key), "text"));
  }

  private json(key: string, reason: string): string {
    this.reasons.push(reason);
    return canonicalizeJson(this.part(key), "text");
  }

  /** JSON text of the current message; the list is cut on first use only, most rows need no cut. */
  private element(): string {
    this.elements ??= cutArray(this.raw);
    return this.elements[this.index] ?? "null";
  }

  private part(key: string): string {
    this.members ??= cutObject(this.element());
    return this.members.get(key) ?? "null";
  }

  private callText(at: number): string {
    return cutArray(this.part("tool_calls"))[at] ?? "null";
  }

  private memberText(at: number, isNested: boolean, key: string): string {
    const call = cutObject(this.callText(at));
    return (isNested ? cutObject(call.get("function") ?? "{}") : call).get(key) ?? "null";
  }
}
