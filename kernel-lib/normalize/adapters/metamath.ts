import type { Adapter } from "../adapter";
import { readPromptResponse } from "./prompt-response";

const COLUMNS = { system: [], prompt: ["query"], context: [], response: ["response"] };

/** MetaMathQA: a rewritten question and its answer; rewritings of one original question are one problem. */
export const metamath: Adapter = {
  name: "metamath",
  shape: "query, response, type, original_question",
  detect: (columns) => columns.has("query") && columns.has("response") && columns.has("original_question"),
  adapt(columns, place) {
    const original = columns.value("original_question");
    return {
      ...readPromptResponse(columns, place, COLUMNS),
      lossMode: "assistant_all",
      domain: place.domain ?? "math",
      problem: typeof original === "string" ? original : null,
    };
  },
};
