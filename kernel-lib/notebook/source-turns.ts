/** The turns of a row as its source wrote it: message lists of every shape, dialogues as text, prompt columns. */

import { fromJson, plainTurn, type Turn, type TurnGroup, textOf } from "./turn";

type Row = Readonly<Record<string, unknown>>;

/** Turns, and which columns they come from: the others are shown as columns. */
export interface SourceTurns {
  readonly groups: readonly TurnGroup[];
  readonly columns: readonly string[];
  readonly notes: readonly string[];
}

/** What sources call the one who speaks → the role. */
const ROLES: Readonly<Record<string, string>> = {
  human: "user",
  gpt: "assistant",
  chatgpt: "assistant",
  bing: "assistant",
  bard: "assistant",
  model: "assistant",
  function: "tool",
  observation: "tool",
};

/** Columns of rows without messages → who speaks there, in the order of a conversation. */
const SPEAKERS: readonly (readonly [role: string, columns: readonly string[]])[] = [
  ["system", ["system", "system_prompt"]],
  ["user", ["instruction", "prompt", "question", "query", "problem", "formal_statement", "input", "context"]],
  [
    "assistant",
    ["output", "response", "completion", "answer", "generation", "generated_solution", "solution"],
  ],
];

/** The row's own conversation, without a mask. */
export function sourceTurns(row: Row): SourceTurns {
  for (const name of ["messages", "conversations", "conversation"]) {
    const list = fromJson(row[name]);
    if (Array.isArray(list) && list.length > 0) {
      return { groups: [{ title: null, turns: list.flatMap(messageTurns) }], columns: [name], notes: [] };
    }
  }
  if (row.chosen !== undefined && row.rejected !== undefined) return preference(row);
  const turns: Turn[] = [];
  const columns: string[] = [];
  for (const [role, names] of SPEAKERS) {
    for (const label of names) {
      const value = row[label];
      if (typeof value !== "string" || value === "") continue;
      turns.push(plainTurn(role, value, { label }));
      columns.push(label);
    }
  }
  const roles = new Set(turns.map(({ role }) => role));
  // beside a prompt and its answer, "text" is a rendering of the two
  if (roles.has("user") && roles.has("assistant")) return one(turns, columns);
  if (typeof row.text === "string" && row.text !== "") {
    return one([plainTurn("text", row.text)], ["text"]);
  }
  if (turns.some(({ role }) => role !== "system")) return one(turns, columns);
  const texts = Object.entries(row).filter(([, value]) => typeof value === "string" && value !== "");
  return one(
    texts.map(([name, value]) => plainTurn(name, value as string)),
    texts.map(([name]) => name),
  );
}

function one(turns: readonly Turn[], columns: readonly string[]): SourceTurns {
  return { groups: [{ title: null, turns }], columns, notes: [] };
}

/** Two dialogues that begin alike: the second from where it parts from the first. */
function preference(row: Row): SourceTurns {
  const [chosen, rejected] = [dialogue(row.chosen), dialogue(row.rejected)];
  let same = 0;
  while (same < chosen.length && same < rejected.length && isEqual(chosen[same]!, rejected[same]!)) same++;
  const after = rejected.slice(same);
  const title =
    after.length === 0
      ? "rejected: says the same as chosen"
      : same > 0
        ? `rejected: the first ${same === 1 ? "turn is" : `${same} turns are`} the same, then`
        : "rejected";
  return {
    groups: [
      { title: "chosen", turns: chosen },
      { title, turns: after },
    ],
    columns: ["chosen", "rejected"],
    notes: [],
  };
}

function isEqual(a: Turn, b: Turn): boolean {
  return a.role === b.role && a.kind === b.kind && a.name === b.name && a.body === b.body;
}

/** A list of messages, or a text whose turns begin with an empty line and `Human:` or `Assistant:`. */
function dialogue(value: unknown): Turn[] {
  const list = fromJson(value);
  if (Array.isArray(list)) return list.flatMap(messageTurns);
  const text = textOf(value);
  const pieces = text.split(/(?:^|\n\n)(Human|Assistant):(?: |$|(?=\n))/);
  if (pieces.length === 1) return [plainTurn("text", text)];
  const turns =
    pieces[0]!.trim() === "" ? [] : [plainTurn("text", pieces[0]!, { label: "before the first turn" })];
  for (let at = 1; at < pieces.length; at += 2) {
    turns.push(plainTurn(pieces[at] === "Human" ? "user" : "assistant", pieces[at + 1]!));
  }
  return turns;
}

function messageTurns(value: unknown): Turn[] {
  const message = fromJson(value);
  if (message === null || typeof message !== "object" || Array.isArray(message)) {
    return [plainTurn("?", textOf(value), { label: "not a message" })];
  }
  const { role, from, content, value: said, reasoning_content, tool_calls, channel, name } = message as Row;
  const given = textOf(role ?? from) || "?";
  const who = ROLES[given] ?? given;
  const named = { name: textOf(name) || null, channel: textOf(channel) || null };
  const turns: Turn[] = [];
  if (textOf(reasoning_content)) {
    turns.push(
      plainTurn(who, textOf(reasoning_content), { ...named, kind: "reasoning", label: "reasoning" }),
    );
  }
  const kind = who === "tool" ? "output" : "content";
  for (const part of contentParts(content ?? said))
    turns.push(plainTurn(who, part.body, { ...named, kind, label: part.label }));
  const calls = fromJson(tool_calls);
  for (const call of Array.isArray(calls) ? calls : []) turns.push(callTurn(who, call));
  return turns.length > 0 ? turns : [plainTurn(who, "", { ...named, label: "empty" })];
}

/** Text as it is; of a list of parts each text, and everything else (pictures, audio) by what it refers to. */
function contentParts(content: unknown): { readonly body: string; readonly label: string | null }[] {
  const parts = fromJson(content);
  const isParts = Array.isArray(parts) && parts.length > 0 && parts.every(isPart);
  if (!isParts) return textOf(content) === "" ? [] : [{ body: textOf(content), label: null }];
  return parts.map((part: Row) =>
    typeof part.text === "string"
      ? { body: part.text, label: null }
      : { body: textOf(part), label: `${textOf(part.type)}, shown as text` },
  );
}

function isPart(part: unknown): boolean {
  return part !== null && typeof part === "object" && typeof (part as Row).type === "string";
}

function callTurn(role: string, value: unknown): Turn {
  const call = fromJson(value);
  const inner = call !== null && typeof call === "object" ? fromJson((call as Row).function) : null;
  const target = (inner !== null && typeof inner === "object" ? inner : call) as Row | null;
  const name = target !== null && typeof target === "object" ? textOf(target.name) : "";
  if (name === "") return plainTurn(role, textOf(value), { kind: "call", label: "call without a name" });
  return plainTurn(role, textOf(target!.arguments), { kind: "call", recipient: name });
}
