import type { Message } from "../row";
import { HARMONY_ROLES, type HarmonyMessage, isHarmonyRole } from "./harmony-message";
import { isPythonTool, toolRecipient } from "./tool-name";

export type RenderFault =
  | "no_messages"
  | "unknown_role"
  | "invalid_name"
  | "invalid_channel"
  | "invalid_tool_calls"
  | "special_in_body";

/** Why a conversation cannot be rendered. `message` is the index of the canonical message, -1 for the whole. */
export interface RenderFailure {
  ok: false;
  reason: RenderFault;
  message: number;
  detail: string;
}

/** A Harmony message and the index of the canonical message it comes from. */
export interface SourcedMessage extends HarmonyMessage {
  source: number;
}

/**
 * The Harmony messages of a canonical conversation, in rendering order, nothing dropped. An assistant message becomes
 * its reasoning (channel `analysis`), its content (`commentary` next to tool calls, else its own channel or `final`)
 * and one message per tool call. Blank reasoning, and blank content next to calls, are left out; an assistant message
 * with nothing at all is an empty `final`. Calls of the Python tool go to `python` on `analysis` with raw code.
 * A tool result without a name takes it from the call it answers (in order), else it is the bare `tool`.
 *
 * @example
 * harmonyMessages([{ role: "user", name: null, channel: null, content: "Hi", reasoning_content: null, tool_calls: null }]);
 * // { ok: true, messages: [{ role: "user", body: "Hi", end: "end", … }] }
 */
export function harmonyMessages(
  messages: readonly Message[],
): { ok: true; messages: SourcedMessage[] } | RenderFailure {
  const out: SourcedMessage[] = [];
  const unanswered: string[] = [];
  for (let source = 0; source < messages.length; source++) {
    const message = messages[source]!;
    const { role, name, channel } = message;
    if (!isHarmonyRole(role)) {
      const expected = HARMONY_ROLES.join("|");
      return failure("unknown_role", source, `got ${JSON.stringify(role)}, expected ${expected}`);
    }
    if (name !== null && !isHeaderWord(name)) {
      return failure("invalid_name", source, `${JSON.stringify(name)} cannot stand in a header`);
    }
    if (channel !== null && !isHeaderWord(channel)) {
      return failure("invalid_channel", source, `${JSON.stringify(channel)} cannot stand in a header`);
    }
    const add = (part: Partial<HarmonyMessage>) =>
      out.push({
        role,
        name,
        recipient: null,
        channel: null,
        contentType: null,
        body: "",
        end: "end",
        source,
        ...part,
      });

    if (role === "tool") {
      const answered = nameOfAnswered(name, unanswered);
      add({
        name: answered,
        recipient: "assistant",
        channel: channel ?? "commentary",
        body: message.content ?? "",
      });
    } else if (role !== "assistant") {
      add({ channel, body: message.content ?? "" });
    } else {
      const calls = toolCalls(message.tool_calls);
      if (typeof calls === "string") return failure("invalid_tool_calls", source, calls);
      const misnamed = calls.find((call) => !isHeaderWord(call.name));
      if (misnamed) {
        return failure(
          "invalid_name",
          source,
          `${JSON.stringify(misnamed.name)} cannot be called from a header`,
        );
      }
      const reasoned = !isBlank(message.reasoning_content);
      if (reasoned) add({ channel: "analysis", body: message.reasoning_content! });
      if (calls.length === 0) {
        if (message.content !== null || !reasoned) {
          add({ channel: channel ?? "final", body: message.content ?? "" });
        }
        continue;
      }
      // A call stands on analysis or commentary; an adapter's blanket "final" is not about its calls.
      const callChannel = channel === "analysis" || channel === "commentary" ? channel : null;
      if (!isBlank(message.content)) add({ channel: callChannel ?? "commentary", body: message.content! });
      for (const call of calls) {
        const python = isPythonTool(call.name);
        const recipient = toolRecipient(call.name);
        unanswered.push(recipient);
        add({
          recipient,
          channel: callChannel ?? (python ? "analysis" : "commentary"),
          contentType: python ? null : "<|constrain|>json",
          body: python ? pythonCode(call.arguments) : call.arguments,
          end: "call",
        });
      }
    }
  }
  return { ok: true, messages: out };
}

/** A word that a header can carry: no white space, and no `<` that could start a special. */
function isHeaderWord(word: string): boolean {
  return word !== "" && !/[\s<]/.test(word);
}

function isBlank(text: string | null): boolean {
  return text === null || !/\S/.test(text);
}

function nameOfAnswered(name: string | null, unanswered: string[]): string {
  if (name === null || name === "tool") return unanswered.shift() ?? "tool";
  const recipient = toolRecipient(name);
  const at = unanswered.indexOf(recipient);
  if (at !== -1) unanswered.splice(at, 1);
  return recipient;
}

/** The calls, or what is wrong with their JSON. */
function toolCalls(json: string | null): { name: string; arguments: string }[] | string {
  if (json === null || json === "") return [];
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch (error) {
    return `tool_calls is not JSON: ${error instanceof Error ? error.message : String(error)}`;
  }
  if (parsed === null) return [];
  if (!Array.isArray(parsed)) return "tool_calls is JSON but no array";
  const calls: { name: string; arguments: string }[] = [];
  for (const call of parsed as unknown[]) {
    const { name, arguments: args } = (call ?? {}) as { name?: unknown; arguments?: unknown };
    if (typeof name !== "string") return `tool call ${calls.length} has no name`;
    const text = typeof args === "string" ? args : JSON.stringify(args ?? {});
    calls.push({ name, arguments: text });
  }
  return calls;
}

/** The code of a Python call: the `code` of its JSON arguments, else the arguments as they are. */
function pythonCode(args: string): string {
  if (!args.trimStart().startsWith("{")) return args;
  try {
    const code = (JSON.parse(args) as { code?: unknown }).code;
    return typeof code === "string" ? code : args;
  } catch {
    return args;
  }
}

export function failure(reason: RenderFault, message: number, detail: string): RenderFailure {
  return { ok: false, reason, message, detail };
}
