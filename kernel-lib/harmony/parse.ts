import { type HarmonyMessage, isToolCall, type MessageEnd } from "./harmony-message";
import { type Header, type HeaderFault, parseHeader, unknownRole } from "./header";
import { MESSAGE, START, specialAt } from "./specials";

/** A message and where it stands: all positions are UTF-16 offsets into the text. */
export interface ParsedMessage extends HarmonyMessage {
  /** Of its `<|start|>`. */
  start: number;
  bodyStart: number;
  /** Where the body stops and the ending special, if any, begins. */
  bodyEnd: number;
  /** After the ending special. */
  stop: number;
}

export type RejectReason = HeaderFault | "no_message" | "junk_between_messages" | "missing_message";

/** What parses but is wrong in a training row. */
export type ProblemKind =
  | "special_in_body"
  | "truncated_body"
  | "call_without_recipient"
  | "tool_call_ended_by_end"
  | "return_in_mid_conversation"
  | "return_without_assistant"
  | "final_without_return"
  | "unknown_channel"
  | "tool_result_without_call"
  | "tool_payload_not_json"
  | "no_assistant";

export interface HarmonyProblem {
  kind: ProblemKind;
  /** UTF-16 offset of what is wrong. */
  position: number;
  detail: string;
}

export type ParseResult =
  | { ok: true; messages: ParsedMessage[]; problems: HarmonyProblem[] }
  | { ok: false; position: number; reason: RejectReason; detail: string };

const MAX_PROBLEMS = 1000;
const MAX_HEADER_CHARS = 4096;
const MAX_CACHED_HEADERS = 2048;
const KNOWN_CHANNELS: ReadonlySet<string> = new Set(["analysis", "commentary", "final"]);
const headerCache = new Map<string, Header>();

/**
 * The messages of a Harmony text in order with their positions, and what parses but is wrong; or the first place
 * where the text is no Harmony at all, with a stable `reason` code. Bodies are slices of `text`, unchanged.
 *
 * Accepted beyond what the reference implementation reads: names (`user:bob`), tools that answer without
 * ` to=assistant` (`functions.x`, `python`, any name called before), `<|constrain|>` ahead of the channel. Rejected
 * although it reads them: an empty text, `to=x` as a role, an empty recipient or content type, bare words that are no
 * tool's name (it takes up to two of any words for recipient and content type).
 * One pass, time and memory linear in the text; at most 1,000 problems are listed. Never throws.
 *
 * @example
 * parseHarmony("<|start|>user<|message|>Hi<|end|>").ok; // true, with the problem `no_assistant`
 */
export function parseHarmony(text: string): ParseResult {
  if (text.trim() === "") return reject(0, "no_message", "the text is empty");
  const messages: ParsedMessage[] = [];
  const problems: HarmonyProblem[] = [];
  const called = new Set<string>();
  let pendingCalls = 0;
  let assistants = 0;

  const report = (kind: ProblemKind, position: number, detail: string) => {
    if (problems.length < MAX_PROBLEMS) problems.push({ kind, position, detail });
  };

  for (let position = 0; position < text.length; ) {
    if (!text.startsWith(START, position)) {
      const reason = messages.length === 0 && !text.includes(START) ? "no_message" : "junk_between_messages";
      return reject(position, reason, `got ${excerpt(text, position)}, expected ${START}`);
    }
    const headerStart = position + START.length;
    const headerEnd = endOfHeader(text, headerStart);
    if (headerEnd < 0) {
      return reject(-headerEnd - 1, "missing_message", `no ${MESSAGE} after the ${START} at ${position}`);
    }
    if (headerEnd - headerStart > MAX_HEADER_CHARS) {
      const detail = `${headerEnd - headerStart} characters up to ${MESSAGE}, expected at most ${MAX_HEADER_CHARS}`;
      return reject(headerStart, "extra_header_words", detail);
    }
    const source = text.slice(headerStart, headerEnd);
    let header = headerCache.get(source);
    if (!header) {
      const parsed = parseHeader(source);
      if ("fault" in parsed) return reject(headerStart + parsed.offset, parsed.fault, parsed.detail);
      header = parsed;
      remember(source, parsed);
    }
    if (header.unconfirmed && !called.has(header.name!) && !called.has(`functions.${header.name}`)) {
      return reject(headerStart, "unknown_role", unknownRole(header.name!).detail);
    }

    const bodyStart = headerEnd + MESSAGE.length;
    const { bodyEnd, end } = endOfBody(text, bodyStart, report);
    const stop = end === null ? text.length : bodyEnd + end.length + 4;
    const { role, name, recipient, channel, contentType } = header;
    const body = text.slice(bodyStart, bodyEnd);
    const message: ParsedMessage = {
      role,
      name,
      recipient,
      channel,
      contentType,
      body,
      end,
      start: position,
      bodyStart,
      bodyEnd,
      stop,
    };
    messages.push(message);

    const isCall = isToolCall(message);
    if (end === null) report("truncated_body", text.length, `the ${role} message at ${position} has no end`);
    if (channel !== null && !KNOWN_CHANNELS.has(channel)) {
      report(
        "unknown_channel",
        headerStart,
        `${JSON.stringify(channel.slice(0, 60))}, expected analysis|commentary|final`,
      );
    }
    if (end === "call" && !isCall)
      report("call_without_recipient", bodyEnd, `a ${role} message calls nobody`);
    if (isCall && (end === "end" || end === "return")) {
      report(
        "tool_call_ended_by_end",
        bodyEnd,
        `the call to ${recipient} ends with <|${end}|>, expected <|call|>`,
      );
    }
    if (end === "return" && stop < text.length) {
      report("return_in_mid_conversation", bodyEnd, "<|return|> ends only the last message");
    }
    if (end === "return" && role !== "assistant") {
      report("return_without_assistant", bodyEnd, `<|return|> ends a ${role} message`);
    }

    if (role === "assistant") {
      assistants++;
      if (isCall) {
        called.add(recipient!);
        pendingCalls++;
      } else if (end === "end" && stop === text.length && (channel === "final" || channel === null)) {
        report(
          "final_without_return",
          bodyEnd,
          "the last answer ends with <|end|>: its stop is never learned",
        );
      }
    } else if (role === "tool") {
      if (pendingCalls === 0)
        report("tool_result_without_call", position, `${name ?? "tool"} answers no call`);
      else pendingCalls--;
      // Python prints dicts with single quotes and lists of anything: only an opened JSON object claims to be JSON.
      if (/^\s*\{\s*"/.test(body) && !isJson(body)) {
        report("tool_payload_not_json", bodyStart, `${name ?? "tool"} answers with broken JSON`);
      }
    }
    position = stop;
  }
  if (assistants === 0) report("no_assistant", text.length, "no assistant message: nothing to learn");
  return { ok: true, messages, problems };
}

/** Offset of the header's `<|message|>`; or -1 - offset of the structure (or end of text) that came before it. */
function endOfHeader(text: string, from: number): number {
  for (let at = text.indexOf("<|", from); at !== -1; at = text.indexOf("<|", at + 2)) {
    switch (specialAt(text, at)) {
      case MESSAGE:
        return at;
      case null:
      case "<|channel|>":
      case "<|constrain|>":
        continue;
      default:
        return -1 - at;
    }
  }
  return -1 - text.length;
}

function endOfBody(
  text: string,
  from: number,
  report: (kind: ProblemKind, position: number, detail: string) => void,
): { bodyEnd: number; end: MessageEnd | null } {
  for (let at = text.indexOf("<|", from); at !== -1; at = text.indexOf("<|", at + 2)) {
    const special = specialAt(text, at);
    switch (special) {
      case null:
        continue;
      case "<|end|>":
        return { bodyEnd: at, end: "end" };
      case "<|call|>":
        return { bodyEnd: at, end: "call" };
      case "<|return|>":
        return { bodyEnd: at, end: "return" };
      default:
        report("special_in_body", at, `${special} inside a body`);
    }
  }
  return { bodyEnd: text.length, end: null };
}

function remember(source: string, header: Header): void {
  if (source.length > 200) return;
  if (headerCache.size >= MAX_CACHED_HEADERS) headerCache.clear();
  // A slice would keep its whole row alive: the key is a copy of its own.
  headerCache.set(JSON.parse(JSON.stringify(source)) as string, header);
}

function isJson(body: string): boolean {
  try {
    JSON.parse(body);
    return true;
  } catch {
    return false;
  }
}

function reject(position: number, reason: RejectReason, detail: string): ParseResult {
  return { ok: false, position, reason, detail };
}

function excerpt(text: string, position: number): string {
  const piece = text.slice(position, position + 30);
  return JSON.stringify(text.length > position + 30 ? `${piece}…` : piece);
}
