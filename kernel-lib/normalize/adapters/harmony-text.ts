import { messagesFromHarmony, parseHarmony } from "../../harmony";
import type { Adapter } from "../adapter";
import { difficultyOfSplit } from "./nemotron-math";

/** Sources that come as Harmony text: the text stays byte for byte, messages are read back where it parses. */
export const harmonyText: Adapter = {
  name: "harmony-text",
  shape: "text: a conversation that is already rendered in Harmony",
  detect: (columns, sample) =>
    columns.has("text") &&
    sample.some(({ values }) => typeof values.text === "string" && values.text.startsWith("<|start|>")),
  adapt(columns, place) {
    const column = place.mapping?.text ?? "text";
    const text = columns.text(column);
    const common = {
      lossMode: "assistant_all",
      domain: place.domain ?? "other",
      difficulty: difficultyOfSplit(place.split),
    } as const;
    if (text === null) {
      const reason = columns.value(column) === null || !columns.has(column) ? "null_text" : "nonstring_text";
      return { ...common, messages: null, text: { kind: "harmony", value: "" }, reasons: [reason] };
    }
    const parsed = parseHarmony(text);
    const messages = parsed.ok ? messagesFromHarmony(parsed.messages) : null;
    return { ...common, messages, text: { kind: "harmony", value: text }, reasons: [] };
  },
};
