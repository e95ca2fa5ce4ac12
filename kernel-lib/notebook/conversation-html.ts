/** A conversation as HTML: learned turns have a thick bar and a label, long ones fold, every text is escaped. */

import { learnedWords, shownBody, turnTitle } from "./conversation-text";
import type { ConversationView, ShownTurn } from "./conversation-view";
import { counted, thousands } from "./counts";
import { escapeHtml } from "./escape-html";
import { cutLine, head, plainText } from "./plain-text";
import { prettyJson } from "./pretty-json";
import type { RowFacts } from "./row-facts";
import { learnedShare } from "./turn";

/** White text on these has a contrast of 4.5 or more; on a light and on a dark page they are told apart as chips. */
const ROLE_COLORS: Readonly<Record<string, string>> = {
  user: "#0067a3",
  assistant: "#00775a",
  tool: "#ab4a00",
};
const OTHER_ROLE = "#5f6773";
/** Okabe–Ito orange: seen on light and dark, and by color-blind readers; never the only mark. */
const LEARNED = "#e69f00";
const MUTED = "opacity:.72";
const MONO = "font-family:var(--jp-code-font-family,ui-monospace,monospace);font-size:.93em";
const LINE = "1px solid rgba(128,128,128,.35)";

/** Results, reasoning and instructions longer than this are closed, and every call. */
const OPEN_UP_TO = 240;
/** Other texts longer than the first show a beginning of about the second. */
const FOLD_ABOVE = 2000;
const BEGINNING = 1200;

/** `fold`: whether long texts are closed at first. */
export function conversationHtml(view: ConversationView, { fold }: { readonly fold: boolean }): string {
  const { place, mask, maskLine, notes, groups, facts } = view;
  const bar = mask === null ? "" : `<span style="${pill(LEARNED, "#1a1a1a")}">learned</span> `;
  const head = [
    place ? `<div style="${MUTED}">${escapeHtml(place)}</div>` : "",
    `<div style="margin:2px 0">${bar}${escapeHtml(maskLine)}</div>`,
    ...notes.map((note) => `<div style="${MUTED}">${escapeHtml(note)}</div>`),
    ...facts.marks.map(markHtml),
  ];
  const body = groups.flatMap(({ title, turns }) => [
    title === null
      ? ""
      : `<div style="font-weight:600;margin:10px 0 4px;border-top:${LINE};padding-top:8px">${escapeHtml(title)}</div>`,
    ...turns.map((turn) => turnHtml(turn, fold)),
  ]);
  if (groups.every(({ turns }) => turns.length === 0)) body.push("<i>no messages</i>");
  return `<div style="max-width:64em;line-height:1.45;text-align:left">${head.join("")}<div style="margin:8px 0">${body.join("")}</div>${factsHtml(facts)}</div>`;
}

function turnHtml(turn: ShownTurn, fold: boolean): string {
  const share = learnedShare(turn);
  const isLearned = share === "all" || share === "part";
  const edge = isLearned
    ? `border-left:6px solid ${LEARNED};background:rgba(230,159,0,.09);padding:5px 12px 6px 10px`
    : `border-left:2px ${turn.inText ? "solid" : "dashed"} rgba(128,128,128,.45);padding:5px 12px 6px 14px`;
  return `<div style="${edge};margin:0 0 7px;overflow-wrap:anywhere">${contentHtml(turn, fold)}</div>`;
}

function contentHtml(turn: ShownTurn, fold: boolean): string {
  const { text, json } = shownBody(turn);
  const title = titleHtml(turn);
  const stop =
    turn.learnedStop === null
      ? ""
      : `<code style="border:1px solid ${LEARNED};padding:0 3px">${escapeHtml(turn.learnedStop)}</code>`;
  const cut =
    turn.hidden === 0
      ? ""
      : `<div style="${MUTED}">… ${counted(turn.hidden, "more character")}, not shown</div>`;
  const style = turn.kind === "call" || turn.kind === "output" ? `;${MONO}` : "";
  const bodyHtml = (inner: string) =>
    `<div class="corpuslab-body" dir="auto" style="white-space:pre-wrap;text-align:start;margin-top:2px${style}">${inner}</div>`;
  const end = stop + cut;
  const isAside =
    turn.kind !== "content" || turn.role === "system" || turn.role === "developer" || !turn.inText;
  const size = `${counted(turn.body.length, "character")}${json ? ", indented" : ""}`;
  if (isAside) {
    const isLong = text.length > OPEN_UP_TO || turn.kind === "call" || !turn.inText;
    const closed = fold && isLong;
    const preview = turn.shown.length === 0 ? "empty" : cutPreview(turn.shown);
    const summary = `<summary style="cursor:pointer">${title} <span style="${MUTED}">${size}${closed ? ` — <bdi>${escapeHtml(preview)}</bdi>` : ""}</span></summary>`;
    return `<details${closed ? "" : " open"}>${summary}${bodyHtml(markedHtml(turn, text, json, 0, text.length))}${end}</details>`;
  }
  const at = fold && text.length > FOLD_ABOVE ? foldAt(text) : text.length;
  const rest =
    at === text.length
      ? ""
      : `<details><summary style="cursor:pointer;${MUTED}">… ${counted(text.length - at, "more character")}</summary>` +
        `${bodyHtml(markedHtml(turn, text, json, at, text.length))}</details>`;
  const none = text === "" ? `<i style="${MUTED}">empty</i>` : "";
  return `<div>${title}</div>${bodyHtml(markedHtml(turn, text, json, 0, at))}${none}${rest}${end}`;
}

function titleHtml(turn: ShownTurn): string {
  const [who, ...rest] = turnTitle(turn);
  const color = ROLE_COLORS[turn.role] ?? OTHER_ROLE;
  const words = learnedWords(turn);
  const mark =
    words === ""
      ? ""
      : ` <span style="${turn.inText ? pill(LEARNED, "#1a1a1a") : pill("transparent", "inherit")}">${words}</span>`;
  const more = rest.length === 0 ? "" : ` <span>${rest.map(escapeHtml).join(" · ")}</span>`;
  return `<span style="${pill(color, "#ffffff")}">${escapeHtml(who!)}</span>${more}${mark}`;
}

/** The text from `from` to `to`; where only parts are learned, these are underlined. */
function markedHtml(turn: ShownTurn, text: string, json: boolean, from: number, to: number): string {
  if (json || learnedShare(turn) !== "part") return escapeHtml(text.slice(from, to));
  let html = "";
  let at = from;
  for (const { start, end } of turn.learned!) {
    const [a, b] = [Math.max(start, from), Math.min(end, to)];
    if (a >= b) continue;
    html += `${escapeHtml(text.slice(at, a))}<u style="text-decoration:underline 2px ${LEARNED}">${escapeHtml(text.slice(a, b))}</u>`;
    at = b;
  }
  return html + escapeHtml(text.slice(at, to));
}

/** A line break near the end of the beginning, else a space, else exactly there. */
function foldAt(text: string): number {
  const start = head(text, BEGINNING);
  for (const sign of ["\n", " "]) {
    const at = start.lastIndexOf(sign);
    if (at > BEGINNING / 2) return at + 1;
  }
  return start.length;
}

function cutPreview(text: string): string {
  const line = plainText(head(text, 140), { lines: true }).replace(/\s+/g, " ").trim();
  return line.length < text.trim().length ? `${head(line, 100)}…` : line;
}

function markHtml({ title, said }: RowFacts["marks"][number]): string {
  return `<div style="margin:4px 0"><span style="${pill("#5b3fa3", "#ffffff")}">${escapeHtml(title)}</span> ${escapeHtml(said)}</div>`;
}

function factsHtml({ keys, calls, tools, columns }: RowFacts): string {
  const parts: string[] = [];
  if (tools) {
    const title = escapeHtml(tools.title);
    const json =
      tools.json === null
        ? null
        : escapeHtml(plainText(prettyJson(tools.json) ?? tools.json, { lines: true }));
    parts.push(
      json === null
        ? `<div>${title}</div>`
        : `<details><summary style="cursor:pointer">${title} <span style="${MUTED}">${thousands(tools.json!.length)} characters</span></summary><div style="white-space:pre-wrap;${MONO}">${json}</div></details>`,
    );
  }
  if (columns.length > 0) {
    const rows = columns.map(
      ([name, value]) =>
        `<div style="font-weight:600">${escapeHtml(name)}</div><div dir="auto" style="min-width:0;text-align:start">${escapeHtml(value)}</div>`,
    );
    parts.push(
      `<details><summary style="cursor:pointer">${counted(columns.length, "other column")}</summary>` +
        `<div style="display:grid;grid-template-columns:minmax(8em,max-content) 1fr;gap:2px 14px;overflow-wrap:anywhere;margin:4px 0">${rows.join("")}</div></details>`,
    );
  }
  const keyLines = keys.map(
    ([name, value]) =>
      `<div><span style="${MUTED}">${name}</span> <code style="user-select:all">${escapeHtml(value)}</code></div>`,
  );
  const code =
    calls.length === 0
      ? ""
      : `<pre style="margin:4px 0 0;white-space:pre-wrap;${MONO}">${calls.map(escapeHtml).join("\n")}</pre>`;
  const foot =
    keyLines.length + calls.length === 0
      ? ""
      : `<div style="border-top:${LINE};padding-top:5px;margin-top:5px">${keyLines.join("")}${code}</div>`;
  return `<div style="font-size:.9em;overflow-wrap:anywhere">${parts.join("")}${foot}</div>`;
}

function pill(background: string, color: string): string {
  const edge = background === "transparent" ? "1px dashed currentColor" : `1px solid ${background}`;
  return `display:inline-block;border-radius:4px;padding:0 6px;font-size:.86em;line-height:1.45;font-weight:600;border:${edge};background:${background};color:${color}`;
}

/** One line on a conversation that is closed. */
export function conversationLine({ facts, groups }: ConversationView, length: number): string {
  const turns = groups.flatMap((group) => group.turns);
  const first = turns.find(({ role }) => role === "user") ?? turns[0];
  const id = facts.keys.find(([name]) => name === "id" || name === "uuid")?.[1] ?? "";
  const said = first ? cutPreview(first.shown) : "no messages";
  return [id && cutLine(id, 60), counted(turns.length, "message"), cutLine(said, length)]
    .filter(Boolean)
    .join(" · ");
}
