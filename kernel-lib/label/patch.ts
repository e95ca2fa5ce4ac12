/** `patch(row, { messages }, { reason })`: a better version of a row, kept beside it; the row itself stays as it is. */

import { canonicalJson } from "../canonical-json";
import { InputError } from "../errors";
import { findSpecial, qualityFlags, renderHarmony, textId } from "../harmony";
import { datasetHtml } from "../notebook/dataset-html";
import { escapeHtml } from "../notebook/escape-html";
import { plainText } from "../notebook/plain-text";
import type { Message } from "../row";
import {
  authorOf,
  checked,
  keyOf,
  type PatchAct,
  patchAct,
  patchesPath,
  type RowOrKey,
  wellFormed,
} from "./acts";
import type { LabelOptions } from "./label";
import { appendActs, labelFolder } from "./log";

/** A message as people write it: what is left out is null; `tool_calls` may be a list. */
export type PatchMessage = { readonly role: string; readonly content?: string | null } & {
  readonly [Key in "name" | "channel" | "reasoning_content"]?: string | null;
} & { readonly tool_calls?: unknown };

/** The new conversation, from which the text is rendered, or the new text. */
export type PatchContent = { readonly messages: readonly PatchMessage[] } | { readonly text: string };

/** One written patch, as it stands in the log. Shows itself in a notebook. */
export class Patched {
  constructor(
    readonly act: PatchAct,
    /** The log's path. */
    readonly log: string,
    /** What is still doubtful about the new text, such as `empty_completion`. */
    readonly doubts: readonly string[],
  ) {}

  toString(): string {
    const { row_key, text, text_id, of_text_id, reason, author, time } = this.act;
    const what =
      text === null
        ? "patch taken back"
        : `patched: text_id ${of_text_id === null ? "" : `${of_text_id} → `}${text_id}, ${text.length.toLocaleString("en-US")} characters`;
    const doubts = this.doubts.length > 0 ? `; doubtful: ${this.doubts.join(", ")}` : "";
    return plainText(
      `${row_key} ${what}${doubts}${reason === null ? "" : ` (${reason})`} · ${author}, ${time}`,
    );
  }

  [Symbol.for("corpuslab.display")](): Record<string, string> {
    const text = this.toString();
    return {
      "text/plain": text,
      "text/html": datasetHtml(`<div style="overflow-wrap:anywhere">${escapeHtml(text)}</div>`),
    };
  }
}

/**
 * The row has a patch: a new conversation, rendered as Harmony, or a new text, with a `text_id` of its own. `null` takes
 * it back. A line is added to the workspace's `labels/patches.jsonl`; the row in the run stays as it is. Tables over runs
 * show it in the columns patch_text, patch_text_id, patch_reason, patch_author and patch_time from the next read on.
 * @throws InputError for messages that Harmony cannot write and texts that are not valid Harmony, with the reason (of a
 *   row with loss_mode `all_text` any text without Harmony specials is taken), for a patch that changes nothing, and as
 *   `label` does.
 * @example patch(row, { messages: row.messages.slice(0, 2) }, { reason: "the second turn repeats the first" })
 */
export function patch(
  row: RowOrKey,
  content: PatchContent | null,
  { reason, author, into }: LabelOptions = {},
): Patched {
  const key = keyOf("patch", row);
  const whole: Readonly<Record<string, unknown>> = typeof row === "string" ? {} : row;
  const folder = labelFolder(into);
  const made = content === null ? null : newText(content, whole.loss_mode === "all_text");
  const of_text_id = typeof whole.text_id === "string" ? whole.text_id : null;
  const text_id = made === null ? null : textId(made.text);
  if (text_id !== null && text_id === of_text_id) {
    throw new InputError(`patch: ${key.row_key}: the new text is the row's own, so nothing would change`);
  }
  const act = checked("patch", patchAct, {
    ...key,
    messages: made?.messages ?? null,
    text: made?.text ?? null,
    ...{ text_id, of_text_id, reason: reason ?? null },
    ...{ author: authorOf(author), time: new Date().toISOString() },
  });
  appendActs(patchesPath(folder), [act]);
  return new Patched(act, patchesPath(folder), made?.doubts ?? []);
}

interface NewText {
  readonly text: string;
  readonly messages: Message[] | null;
  readonly doubts: readonly string[];
}

function newText(content: PatchContent, plain: boolean): NewText {
  if ("messages" in content) {
    const messages = messagesOf(content.messages);
    const rendered = renderHarmony(messages);
    if (!rendered.ok) {
      const where = rendered.message >= 0 ? `message ${rendered.message}: ` : "";
      throw new InputError(`patch: ${where}${rendered.reason}: ${rendered.detail}; nothing was written`);
    }
    return { messages, ...validated(rendered.text) };
  }
  const { text } = content as { readonly text?: unknown };
  if (typeof text !== "string") {
    throw new InputError(
      'patch: expected { messages: [...] } or { text: "…" }, or null to take a patch back',
    );
  }
  const sound = wellFormed(text);
  if (!plain) return { messages: null, ...validated(sound) };
  const found = findSpecial(sound);
  if (found)
    throw new InputError(`patch: ${found.special} at ${found.position} of a plain text; nothing was written`);
  return { messages: null, text: sound, doubts: [] };
}

function validated(text: string): { text: string; doubts: readonly string[] } {
  const { validHarmony, reasons } = qualityFlags(text);
  if (validHarmony) return { text, doubts: reasons };
  throw new InputError(
    `patch: the text is not valid Harmony (${reasons.join(", ")}); nothing was written. Give { messages } and let it ` +
      "be rendered; for a plain corpus (loss_mode all_text) give the row itself, not its key",
  );
}

function messagesOf(given: unknown): Message[] {
  if (!Array.isArray(given)) throw new InputError("patch: messages: expected a list of { role, content }");
  return given.map((one: unknown, i) => {
    if (one === null || typeof one !== "object") {
      throw new InputError(`patch: message ${i}: got ${JSON.stringify(one)}, expected { role, content }`);
    }
    const from = one as Readonly<Record<string, unknown>>;
    const part = (name: string): string | null => {
      const value = from[name] ?? null;
      if (value === null || typeof value === "string") return value === null ? null : wellFormed(value);
      if (name === "tool_calls") return canonicalJson(value, "text");
      throw new InputError(`patch: message ${i}: ${name}: got a ${typeof value}, expected text or null`);
    };
    const role = part("role");
    if (role === null) throw new InputError(`patch: message ${i}: no role`);
    return {
      ...{ role, name: part("name"), channel: part("channel"), content: part("content") },
      ...{ reasoning_content: part("reasoning_content"), tool_calls: part("tool_calls") },
    };
  });
}
