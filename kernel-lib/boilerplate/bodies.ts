/** Where the bodies stand in a text: of Harmony the messages', of any other text the whole of it. */
import { isToolCall } from "../harmony/harmony-message";
import { parseHarmony } from "../harmony/parse";

/** Whose bodies: all messages, those of the prompt (user, tools) or of the completion (assistant); or the text as it stands. */
export type BoilerplateView = "all" | "prompt" | "completion" | "text";

export interface BodyOptions {
  /** Default `all`. */
  readonly view?: BoilerplateView;
  /** System and developer messages too. They recur on purpose. Default false. */
  readonly system?: boolean;
}

export interface Body {
  /** `user`, `assistant`, `tool` …; `text` where the text is no Harmony. */
  readonly role: string;
  /** UTF-16 offsets into the text. */
  readonly start: number;
  readonly end: number;
}

/** The bodies in order. Tool calls, and what is JSON or declared as such, are no prose and not among them. */
export function bodiesOf(text: string, options: BodyOptions = {}): Body[] {
  return allBodies(text, options).filter(({ start, end }) => !isJson(text.slice(start, end)));
}

function isJson(body: string): boolean {
  if (!/^\s*[[{]/.test(body) || !/[\]}]\s*$/.test(body.slice(-100))) return false;
  try {
    JSON.parse(body);
    return true;
  } catch {
    return false;
  }
}

function allBodies(text: string, { view = "all", system = false }: BodyOptions): Body[] {
  const whole = [{ role: "text", start: 0, end: text.length }];
  if (view === "text" || !text.includes("<|start|>")) return whole;
  const parsed = parseHarmony(text);
  // Broken Harmony is left alone: nobody can say where its bodies end.
  if (!parsed.ok) return [];
  return parsed.messages
    .filter((message) => {
      if (isToolCall(message) || message.contentType?.includes("json")) return false;
      if (message.role === "system" || message.role === "developer") return system && view !== "completion";
      return view === "all" || (view === "completion") === (message.role === "assistant");
    })
    .map(({ role, bodyStart, bodyEnd }) => ({ role, start: bodyStart, end: bodyEnd }));
}
