import type { Adapter } from "../adapter";
import { type MessageShape, readConversation } from "../conversation";
import { holdsObjectsWith } from "./messages";

/** Who speaks in ShareGPT-like files; names that are not listed stay and make the row invalid Harmony. */
export const FROM_VALUE: MessageShape = {
  roleKey: "from",
  contentKey: "value",
  roles: new Map([
    ["human", "user"],
    ["user", "user"],
    ["gpt", "assistant"],
    ["chatgpt", "assistant"],
    ["assistant", "assistant"],
    ["bing", "assistant"],
    ["bard", "assistant"],
    ["model", "assistant"],
    ["system", "system"],
    ["tool", "tool"],
    ["function", "tool"],
    ["observation", "tool"],
  ]),
};

/** ShareGPT and WizardLM: conversations of { from, value }. */
export const sharegpt: Adapter = {
  name: "sharegpt",
  shape: "conversations: list of { from: human | gpt | system …, value }",
  detect: (columns, sample) =>
    columns.has("conversations") && holdsObjectsWith(sample, "conversations", FROM_VALUE.roleKey),
  adapt(columns, place) {
    const column = place.mapping?.messages ?? "conversations";
    const value = columns.value(column);
    const conversation = readConversation(value, columns.raw(column), FROM_VALUE);
    if (conversation.messages !== null || value === null) columns.take(column);
    return {
      messages: conversation.messages,
      lossMode: "assistant_all",
      domain: place.domain ?? "other",
      toolEvents: conversation.toolEvents,
      messageExtras: conversation.extras,
      reasons: conversation.reasons,
    };
  },
};
