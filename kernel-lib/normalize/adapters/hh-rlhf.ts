import type { Message } from "../../row";
import type { Adapter } from "../adapter";
import { message } from "./prompt-response";

const TURN = /\n\n(Human|Assistant):(?: |$|(?=\n))/g;

/**
 * Anthropic/hh-rlhf: the chosen dialogue. Only its last answer was chosen over another, so only that one is learned;
 * `rejected` stays in source_extra_json.
 */
export const hhRlhf: Adapter = {
  name: "hh-rlhf",
  shape: "chosen, rejected: dialogues as text, turns begin with an empty line and `Human:` or `Assistant:`",
  detect: (columns) => columns.has("chosen") && columns.has("rejected"),
  adapt(columns, place) {
    const chosen = columns.value("chosen");
    const reasons: string[] = [];
    let messages: Message[] | null = null;
    if (typeof chosen === "string") {
      const dialogue = splitDialogue(chosen);
      if (dialogue.before === "") columns.take("chosen");
      else reasons.push("text_before_first_turn"); // `chosen` stays in source_extra_json as a whole
      messages = dialogue.messages;
    } else if (chosen === null || chosen === undefined) {
      columns.take("chosen");
      reasons.push("null_messages");
    } else reasons.push("messages_not_a_list");
    return { messages, lossMode: "assistant_last", domain: place.domain ?? "safety", reasons };
  },
};

/** The turns of a dialogue, and what stands before the first one. A text may begin with a turn right away. */
export function splitDialogue(text: string): { before: string; messages: Message[] } {
  const dialogue = /^(?:Human|Assistant):/.test(text) ? `\n\n${text}` : text;
  const turns = [...dialogue.matchAll(TURN)];
  const messages = turns.map((turn, index) => {
    const body = dialogue.slice(turn.index + turn[0].length, turns[index + 1]?.index);
    return message(turn[1] === "Human" ? "user" : "assistant", body);
  });
  return { before: dialogue.slice(0, turns[0]?.index).trim(), messages };
}
