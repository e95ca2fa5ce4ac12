/** A row as a conversation: who says what to whom, what the trainer learns of it, and how to go on from there. */

import { conversationHtml } from "./conversation-html";
import { conversationText } from "./conversation-text";
import { type ConversationView, conversationView } from "./conversation-view";
import { datasetHtml } from "./dataset-html";
import type { LossMask, LossMaskOptions } from "./loss-mask";

export interface ConversationOptions extends LossMaskOptions {
  /** A single text shows at most this many characters, all together eight times as many. Default 50,000. */
  readonly maxChars?: number;
  /** Whether long texts, reasoning and tool calls are closed at first. Default true. */
  readonly fold?: boolean;
}

/** A row that shows itself as a conversation. */
export class Conversation {
  /** @internal */
  readonly view: ConversationView;
  private readonly fold: boolean;

  constructor(
    row: Readonly<Record<string, unknown>>,
    { maxChars = 50_000, fold = true, ...mask }: ConversationOptions = {},
  ) {
    this.view = conversationView(row, { maxChars, ...mask });
    this.fold = fold;
  }

  /** What is learned of the row's text, or null where nothing says so. */
  get mask(): LossMask | null {
    return this.view.mask;
  }

  /** The same in plain text; lines that are learned begin with a bar. */
  toString(): string {
    return conversationText(this.view);
  }

  /** @internal Without what keeps it from being typeset. */
  html(): string {
    return conversationHtml(this.view, { fold: this.fold });
  }

  [Symbol.for("corpuslab.display")](): Record<string, string> {
    return { "text/plain": this.toString(), "text/html": datasetHtml(this.html()) };
  }
}

/**
 * The row as a conversation that shows itself in a notebook. A canonical row shows its `text` message by message as the
 * model sees it, and marks what is learned under its `loss_mode`: the marks are `assistantSpans(text, lossMode)`. What
 * `messages` hold and the text leaves out is shown as not in the text. Source rows (message lists of any shape,
 * ShareGPT, chosen and rejected dialogues, prompt and response columns, plain text) show what they have, and that they
 * have no mask. Reasoning, tool calls and long texts fold; JSON is indented; what is beyond `maxChars` is cut, and says
 * by how much. Below stand the row's keys and the calls that go on from it.
 * @throws InputError for an unknown loss mode.
 * @example showConversation(rows[0], { lossMode: "assistant_last" })
 */
export function showConversation(
  row: Readonly<Record<string, unknown>> | undefined,
  options: ConversationOptions = {},
): Conversation {
  return new Conversation(row ?? {}, options);
}
