/** Examples of each direction: the conversation, or for a rewrite what became of its text. */
import { Conversation } from "../notebook/conversation";
import { difference, diffWords } from "../notebook/difference";
import { passagesHtml } from "../notebook/differences-html";
import { escapeHtml as e } from "../notebook/escape-html";
import { heading, MUTED } from "../notebook/table-html";
import { directionColor } from "./bars";
import type { DiffJson } from "./diff-json";
import { type Answer, isFailure } from "./directions";
import type { ShownExample } from "./examples";
import { CAUSE_WORDS, shownText } from "./words";

type Row = Readonly<Record<string, unknown>>;

/** A page with examples stays small enough to be opened. */
const MAX_CHARS = 20_000;

export function examplesHtml({ directions }: DiffJson, examples: readonly ShownExample[]): string {
  const parts = directions.flatMap(({ id, label, rows }) => {
    const mine = examples.filter(({ direction }) => direction === id);
    if (mine.length === 0) return [];
    const title = `Examples: ${label}, ${mine.length} of ${rows.toLocaleString("en-US")}`;
    return [heading(title), ...mine.map(exampleHtml)];
  });
  return parts.join("");
}

function exampleHtml(example: ShownExample): string {
  const { direction, key, before, after, because, row, answers } = example;
  const why = because === null ? "" : ` · ${CAUSE_WORDS[because]}`;
  const summary =
    `<summary style="cursor:pointer;overflow-wrap:anywhere"><code>${e(shownText(key, 200))}</code> ` +
    `<bdi>${changeHtml(before, after)}</bdi><span style="${MUTED}">${e(why)}</span></summary>`;
  const body =
    row === null
      ? "the row was not found"
      : answers
        ? rewriteHtml(row, answers)
        : new Conversation(row, { maxChars: MAX_CHARS }).html();
  return (
    `<details style="border-left:4px solid ${directionColor(direction)};padding:3px 0 3px 10px;margin:5px 0;max-width:78em">` +
    `${summary}<div style="padding:6px 0">${body}</div></details>`
  );
}

function rewriteHtml(row: Row, answers: readonly [Answer, Answer]): string {
  const messages = answers.some((answer) => "messages" in answer);
  const [before, after] = answers.map((answer): Row => {
    if ("text" in answer) return { text: answer.text };
    if ("messages" in answer) return { messages: answer.messages };
    return messages ? { messages: row.messages } : { text: row.text };
  });
  const failed = answers.flatMap((answer, i) =>
    isFailure(answer) ? [`the ${i === 0 ? "old" : "new"} version fails here: the row as it was`] : [],
  );
  const { text } = difference(before!, after!, "");
  const heads = ["old version", "new version"].map((title) => `<div style="${MUTED}">${title}</div>`);
  return (
    `<div style="${MUTED}">${e([...failed, diffWords(text)].join("; "))}</div>` +
    `<div style="display:grid;grid-template-columns:minmax(0,1fr) minmax(0,1fr);gap:0 22px;margin-top:4px">${heads.join("")}</div>` +
    (text === null ? "" : passagesHtml(text))
  );
}

/** `words 3 → 5, kind "a" → "b"`: of values, those that differ. */
function changeHtml(before: string, after: string): string {
  const [left, right] = [before, after].map(objectOf);
  if (!left || !right) return `${e(shownText(before))} → <b>${e(shownText(after))}</b>`;
  const text = (value: unknown) => e(shownText(JSON.stringify(value) ?? "null", 80));
  return Object.keys(right)
    .filter((name) => JSON.stringify(left[name]) !== JSON.stringify(right[name]))
    .map((name) => `${e(shownText(name, 80))} ${text(left[name])} → <b>${text(right[name])}</b>`)
    .join(", ");
}

function objectOf(text: string): Record<string, unknown> | null {
  if (!text.startsWith("{")) return null;
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return null;
  }
}
