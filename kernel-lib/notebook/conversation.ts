/** A row as a conversation: roles colored, reasoning and tool calls folded, everything escaped. */

import { parseHarmony } from "../harmony";
import { datasetHtml } from "./dataset-html";
import { escapeHtml } from "./escape-html";

/** One turn to show; `label` says what kind of text it is where that is not plain content. */
interface Turn {
  readonly role: string;
  readonly label: string | null;
  readonly text: string;
}

/** A row that shows itself as a conversation. */
export class Conversation {
  private readonly turns: readonly Turn[];
  private readonly title: string;

  constructor(
    row: Readonly<Record<string, unknown>>,
    { maxChars = 4000 }: { readonly maxChars?: number } = {},
  ) {
    this.turns = turnsOf(row).map((turn) => ({ ...turn, text: fold(turn.text, maxChars) }));
    this.title = text(row.row_key ?? row.id ?? row.uuid ?? "");
  }

  /** Role, kind of text and text of each turn, one after the other. */
  toString(): string {
    const head = this.title ? [`# ${this.title}`] : [];
    const body = this.turns.map(({ role, label, text }) => `[${role}${label ? ` · ${label}` : ""}]\n${text}`);
    return [...head, ...body].join("\n\n");
  }

  [Symbol.for("corpuslab.display")](): Record<string, string> {
    const head = this.title ? `<div style="opacity:.7;font-size:85%">${escapeHtml(this.title)}</div>` : "";
    const turns = this.turns.map(({ role, label, text }) => {
      const color = COLORS[role] ?? "#6b7280";
      const body = `<div style="white-space:pre-wrap;overflow-wrap:anywhere;text-align:left" dir="auto">${escapeHtml(text)}</div>`;
      const name = `<b style="color:${color}">${escapeHtml(role)}</b>${label ? ` <span style="opacity:.7">${escapeHtml(label)}</span>` : ""}`;
      const folded = label !== null && text.length > FOLD_ABOVE;
      const inner = folded
        ? `<details><summary>${name}</summary>${body}</details>`
        : `<div>${name}</div>${body}`;
      return `<div style="border-left:4px solid ${color};padding:2px 10px;margin:6px 0">${inner}</div>`;
    });
    const html = `<div style="max-width:60em">${head}${turns.join("") || "<i>no messages</i>"}</div>`;
    return { "text/plain": this.toString(), "text/html": datasetHtml(html) };
  }
}

/** Okabe–Ito colors: told apart by color-blind readers too. */
const COLORS: Readonly<Record<string, string>> = {
  system: "#7f7f7f",
  developer: "#7f7f7f",
  user: "#0072b2",
  assistant: "#009e73",
  tool: "#d55e00",
};
const FOLD_ABOVE = 400;

const ROLES: Readonly<Record<string, string>> = { human: "user", gpt: "assistant", chatgpt: "assistant" };

/**
 * The row as a conversation that shows itself in a notebook. Reads canonical rows (`messages`), source rows
 * (`messages`, `conversations`), Harmony `text`, and plain columns (`instruction`/`output` …) as they are. A text longer
 * than `maxChars` characters (default 4,000) is cut, and says by how much.
 * @example showConversation((await ds.sample(1, { seed: 1 }).toArray())[0])
 */
export function showConversation(
  row: Readonly<Record<string, unknown>> | undefined,
  options: { readonly maxChars?: number } = {},
): Conversation {
  return new Conversation(row ?? {}, options);
}

function turnsOf(row: Readonly<Record<string, unknown>>): Turn[] {
  for (const name of ["messages", "conversations"]) {
    const list = fromJson(row[name]);
    if (Array.isArray(list) && list.length > 0) return list.flatMap(turnsOfMessage);
  }
  if (typeof row.text === "string" && row.text.includes("<|start|>")) {
    const parsed = parseHarmony(row.text);
    if (parsed.ok) {
      return parsed.messages.map(({ role, channel, recipient, body }) => ({
        role,
        label: [channel, recipient ? `to ${recipient}` : null].filter(Boolean).join(" ") || null,
        text: body,
      }));
    }
  }
  return Object.entries(row)
    .filter(([, value]) => typeof value === "string" && value !== "")
    .map(([name, value]) => ({ role: name, label: null, text: value as string }));
}

function turnsOfMessage(value: unknown): Turn[] {
  const message = fromJson(value);
  if (message === null || typeof message !== "object")
    return [{ role: "?", label: "not a message", text: text(value) }];
  const {
    role,
    from,
    content,
    value: said,
    reasoning_content,
    tool_calls,
    channel,
  } = message as Record<string, unknown>;
  const given = text(role ?? from ?? "?");
  const who = ROLES[given] ?? given;
  const turns: Turn[] = [];
  if (text(reasoning_content)) turns.push({ role: who, label: "reasoning", text: text(reasoning_content) });
  const body = text(content ?? said);
  if (body) turns.push({ role: who, label: typeof channel === "string" ? channel : null, text: body });
  const calls = fromJson(tool_calls);
  if (Array.isArray(calls) && calls.length > 0) {
    turns.push({ role: who, label: "tool calls", text: JSON.stringify(calls, null, 2) });
  }
  return turns.length > 0 ? turns : [{ role: who, label: "empty", text: "" }];
}

/** Columns that DuckDB gives as JSON text are parsed; anything else stays what it is. */
function fromJson(value: unknown): unknown {
  if (typeof value !== "string" || !/^\s*[[{]/.test(value)) return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

function text(value: unknown): string {
  if (value === null || value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

function fold(body: string, maxChars: number): string {
  if (body.length <= maxChars) return body;
  return `${body.slice(0, maxChars)}\n… (${(body.length - maxChars).toLocaleString("en-US")} more characters)`;
}
