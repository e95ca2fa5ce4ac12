/**
 * A row as the flags see it: message bodies, each text read once. Views are remembered for as long as the batch's
 * `messages` column lives, so that ten flags in one pass share one scan.
 */
import { z } from "zod";
import type { Message } from "../row";
import { proseOf } from "./prose";
import { Words } from "./words";

/** A message as the flags declare it; null for a plain text without messages. */
export const messagesColumn = z
  .array(
    z.object({
      role: z.string(),
      name: z.string().nullable(),
      channel: z.string().nullable(),
      content: z.string().nullable(),
      reasoning_content: z.string().nullable(),
      tool_calls: z.string().nullable(),
    }),
  )
  .nullable();

/** What every flag over message bodies reads. */
export const bodyColumns = { messages: messagesColumn, text: z.string() };

/** One text of a row: what a message says, or what the assistant thought before it. */
export class Body {
  private readProse: string | null = null;
  private readWords: Words | null = null;

  constructor(
    /** `text` for a row without messages. */
    readonly role: string,
    readonly part: "content" | "reasoning",
    /** Index into the row's messages. */
    readonly message: number,
    readonly text: string,
  ) {}

  /** The text without fenced code blocks. */
  get prose(): string {
    this.readProse ??= proseOf(this.text);
    return this.readProse;
  }

  /** Words of the prose. */
  get words(): Words {
    this.readWords ??= new Words(this.prose);
    return this.readWords;
  }
}

export interface RowView {
  readonly messages: readonly Message[];
  /** Contents and reasoning in order; the text itself where there are no messages. Blank ones are left out. */
  readonly bodies: readonly Body[];
  /** Bodies that the assistant wrote, or the text of a row without messages: what a model would learn to write. */
  readonly written: readonly Body[];
  /** What the last assistant message says, without its reasoning; null where it says nothing. */
  readonly completion: Body | null;
  /** The last user message before the completion. */
  readonly prompt: Body | null;
}

/** The view of one row. */
export function rowView(messages: readonly Message[] | null, text: string): RowView {
  if (messages === null) {
    const body = new Body("text", "content", 0, text);
    const bodies = isBlank(text) ? [] : [body];
    return { messages: [], bodies, written: bodies, completion: bodies[0] ?? null, prompt: null };
  }
  const bodies: Body[] = [];
  for (const [i, { role, content, reasoning_content }] of messages.entries()) {
    if (reasoning_content !== null && !isBlank(reasoning_content)) {
      bodies.push(new Body(role, "reasoning", i, reasoning_content));
    }
    if (content !== null && !isBlank(content)) bodies.push(new Body(role, "content", i, content));
  }
  const written = bodies.filter(({ role }) => role === "assistant");
  const last = messages.findLastIndex(({ role }) => role === "assistant");
  const completion = written.find(({ message, part }) => message === last && part === "content") ?? null;
  const before = last < 0 ? messages.length : last;
  const prompt = bodies.findLast(({ role, message }) => role === "user" && message < before) ?? null;
  return { messages, bodies, written, completion, prompt };
}

interface BodyBatch {
  readonly messages: readonly (readonly Message[] | null)[];
  readonly text: readonly string[];
}

const remembered = new WeakMap<object, readonly RowView[]>();

/** The views of a batch, made once for all flags that are handed the same `messages` column. */
export function rowViews({ messages, text }: BodyBatch): readonly RowView[] {
  let views = remembered.get(messages);
  if (!views) {
    views = messages.map((one, i) => rowView(one, text[i]!));
    remembered.set(messages, views);
  }
  return views;
}

/** Whether a text holds nothing but white space. */
export function isBlank(text: string): boolean {
  return !/\S/.test(text);
}
