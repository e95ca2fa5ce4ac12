import { z } from "zod";
import type { Message } from "../row";
import { defineStep } from "../step";
import { answerHolds, answerType, expectedAnswer } from "./answer";
import { bodyColumns, rowViews } from "./row-view";

const ANSWER_TYPES = ["tool_call", "boxed", "json", "code", "numeric", "text", "none"] as const;

/** A picture, sound or film that the text speaks to: markup, content parts, data in the text, drawing code. */
const MEDIA =
  /<(?:image|img|audio|video|svg)\b[^<>]{0,20}|!\[[^\][\n]{0,200}\]\([^()\s]{1,500}|\\includegraphics\b|\bdata:(?:image|audio|video)\/|\[asy\]|"(?:image_url|input_image|input_audio|image|video|audio)" ?:|"type" ?: ?"(?:image|image_url|input_image|input_audio|video|audio)"|\\begin\{(?:tikzpicture|asy)\}/i;

const ERROR_KEY =
  /^\s{0,20}\{?[\s\S]{0,200}?"(?:error|errors|error_message|exception|traceback)"\s{0,3}:\s{0,3}(?!\s|null|""|\[\]|\{\}|false|0[,}\s])/i;
const ERROR_TEXT =
  /^(?:[\w.: -]{0,40}\b(?:error|exception|traceback|failed|failure|fatal)\b|traceback \(most recent call last\))|\b[A-Z]\w{2,40}(?:Error|Exception): |"(?:status|success)" ?: ?(?:"(?:error|fail(?:ed|ure)?)"|false)|"(?:status_?code|code)" ?: ?"?[45]\d\d\b/i;

/**
 * How a conversation is built: turns, tools, reasoning, media, and of which type its answer is. `turns` counts user
 * messages. Rows without messages have zeros, and `answer_type` of their text.
 */
export const structure = defineStep({
  name: "structure",
  version: 1,
  kind: "flag",
  params: z.object({}),
  reads: z.object({ ...bodyColumns, source_extra_json: z.string().nullable() }),
  writes: z.object({
    turns: z.int(),
    message_count: z.int(),
    tool_calls: z.int(),
    tool_results: z.int(),
    /** Results of tools that report an error. */
    tool_errors: z.int(),
    roles_out_of_order: z.boolean(),
    /** The first fault of order: `system_late`, `starts_with_…`, `user_twice`, `assistant_twice`, `tool_without_call`, `ends_with_…`. */
    role_fault: z.string().nullable(),
    has_reasoning: z.boolean(),
    /** A reference to an image, sound or video, in any message. */
    media_reference: z.boolean(),
    answer_type: z.enum(ANSWER_TYPES),
    /** Whether the source's `expected_answer` stands in the last answer; null where there is none. */
    expected_answer_found: z.boolean().nullable(),
  }),
  run(columns) {
    const rows = rowViews(columns).map(({ messages, bodies, completion }, i) => {
      const expected = expectedAnswer(columns.source_extra_json[i]!);
      const answer = completion?.text ?? "";
      const last = messages[messages.length - 1];
      const results = messages.filter(({ role }) => role === "tool");
      const calls = last?.role === "assistant" && answer === "" && last.tool_calls !== null;
      return {
        turns: messages.filter(({ role }) => role === "user").length,
        count: messages.length,
        calls: messages.reduce((total, message) => total + callCount(message), 0),
        results: results.length,
        errors: results.filter(({ content }) => isToolError(content ?? "")).length,
        fault: roleFault(messages),
        reasoning: bodies.some(({ part }) => part === "reasoning"),
        media: bodies.some(({ text }) => MEDIA.test(text)),
        type: calls ? ("tool_call" as const) : answerType(answer),
        found: expected === null ? null : answerHolds(answer, expected),
      };
    });
    return {
      turns: rows.map(({ turns }) => turns),
      message_count: rows.map(({ count }) => count),
      tool_calls: rows.map(({ calls }) => calls),
      tool_results: rows.map(({ results }) => results),
      tool_errors: rows.map(({ errors }) => errors),
      roles_out_of_order: rows.map(({ fault }) => fault !== null),
      role_fault: rows.map(({ fault }) => fault),
      has_reasoning: rows.map(({ reasoning }) => reasoning),
      media_reference: rows.map(({ media }) => media),
      answer_type: rows.map(({ type }) => type),
      expected_answer_found: rows.map(({ found }) => found),
    };
  },
});

function callCount({ tool_calls }: Message): number {
  if (tool_calls === null) return 0;
  try {
    const calls: unknown = JSON.parse(tool_calls);
    return Array.isArray(calls) ? calls.length : 1;
  } catch {
    return 1;
  }
}

/** Whether what a tool gave back reports an error. */
export function isToolError(content: string): boolean {
  const head = content.slice(0, 4000);
  const end = content.slice(-400);
  return ERROR_KEY.test(head) || ERROR_TEXT.test(head) || /^\w{1,40}(?:Error|Exception)\b/m.test(end);
}

/** The first thing that is out of order in a conversation, or null. */
export function roleFault(messages: readonly Message[]): string | null {
  if (messages.length === 0) return null;
  let previous: string | null = null;
  let called = false;
  /** The assistant goes on after a message on a channel of its own: thoughts, or words before a call. */
  let goesOn = false;
  for (const { role, tool_calls, channel } of messages) {
    if (role === "system" || role === "developer") {
      if (previous !== null) return "system_late";
      continue;
    }
    if (previous === null && role !== "user") return `starts_with_${role}`;
    if (role === "user" && previous === "user") return "user_twice";
    if (role === "assistant" && previous === "assistant" && !called && !goesOn) return "assistant_twice";
    if (role === "tool" && !called) return "tool_without_call";
    goesOn = role === "assistant" && channel !== null && channel !== "final";
    if (role === "assistant") called = tool_calls !== null || (called && goesOn);
    else if (role === "user") called = false;
    previous = role;
  }
  return previous === "assistant" ? null : `ends_with_${previous ?? "system"}`;
}
