/** A conversation as plain text: the same turns, marks and facts as its HTML; learned lines begin with a bar. */

import type { ConversationView, ShownTurn } from "./conversation-view";
import { counted } from "./counts";
import { cutLine, plainText } from "./plain-text";
import { prettyJson } from "./pretty-json";
import { learnedShare } from "./turn";

const LEARNED = "┃ ";
const CONTEXT = "  ";

export function conversationText({ place, mask, maskLine, notes, groups, facts }: ConversationView): string {
  const legend = mask === null ? "" : `; learned text stands after ${LEARNED.trim()}`;
  const parts = [[...(place ? [place] : []), `${maskLine}${legend}`, ...notes].join("\n")];
  parts.push(...facts.marks.map(({ title, said }) => `${title}${said ? ` · ${said}` : ""}`));
  for (const { title, turns } of groups) {
    if (title !== null) parts.push(`--- ${title} ---`);
    parts.push(...turns.map(turnText));
  }
  if (groups.every(({ turns }) => turns.length === 0)) parts.push("no messages");
  if (facts.tools) {
    const { title, json } = facts.tools;
    parts.push(json === null ? title : `${title}\n${plainText(prettyJson(json) ?? json, { lines: true })}`);
  }
  if (facts.columns.length > 0) {
    parts.push(facts.columns.map(([name, value]) => `${name}: ${value}`).join(" | "));
  }
  const keys = facts.keys.map(([name, value]) => `${name}: ${value}`);
  if (keys.length + facts.calls.length > 0) parts.push([...keys, ...facts.calls].join("\n"));
  return parts.join("\n\n");
}

/** Who speaks, to whom, and whether it is learned, on one line. */
export function turnTitle(turn: ShownTurn): string[] {
  const { role, name, kind, channel, recipient, label } = turn;
  const words = [cutLine(name === null || role === name ? role : `${role}: ${name}`, 120)];
  if (recipient !== null) words.push(`calls ${cutLine(recipient, 120)}`);
  if (channel !== null) words.push(cutLine(channel, 120));
  else if (kind === "reasoning" && label === null) words.push("reasoning");
  if (label !== null) words.push(cutLine(label.replace("<|constrain|>", ""), 120));
  return words;
}

/** The mark of a turn in words; empty where there is no mask and for what is not learned. */
export function learnedWords(turn: ShownTurn): string {
  if (!turn.inText) return "not in text";
  const share = learnedShare(turn);
  if (share === "all") return "learned";
  if (share !== "part") return "";
  const chars = turn.learned!.reduce((sum, { start, end }) => sum + end - start, 0);
  return `learned: ${counted(chars, "character")} of it`;
}

/** The body as it is shown: calls and results that are JSON are indented. */
export function shownBody({ kind, shown, hidden }: ShownTurn): {
  readonly text: string;
  readonly json: boolean;
} {
  const json = hidden === 0 && (kind === "call" || kind === "output") ? prettyJson(shown) : null;
  return { text: plainText(json ?? shown, { lines: true }), json: json !== null };
}

function turnText(turn: ShownTurn): string {
  const words = learnedWords(turn);
  const title = `[${[...turnTitle(turn), ...(words ? [words] : [])].join(" · ")}]`;
  const share = learnedShare(turn);
  const mark = share === "all" || share === "part" ? LEARNED : CONTEXT;
  const lines = shownBody(turn)
    .text.split("\n")
    .map((line) => mark + line);
  if (turn.learnedStop !== null) lines.push(`${LEARNED}${turn.learnedStop}`);
  if (turn.hidden > 0) lines.push(`${CONTEXT}… ${counted(turn.hidden, "more character")}, not shown`);
  return [title, ...lines].join("\n");
}
