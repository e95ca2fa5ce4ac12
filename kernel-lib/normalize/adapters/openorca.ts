import type { Adapter } from "../adapter";
import { readPromptResponse } from "./prompt-response";

const COLUMNS = { system: ["system_prompt"], prompt: ["question"], context: [], response: ["response"] };

/** OpenOrca: a system prompt (often empty), a question, a response. */
export const openorca: Adapter = {
  name: "openorca",
  shape: "id, system_prompt, question, response",
  detect: (columns) => columns.has("system_prompt") && columns.has("question") && columns.has("response"),
  adapt: (columns, place) => ({
    ...readPromptResponse(columns, place, COLUMNS),
    lossMode: "assistant_all",
    domain: place.domain ?? "other",
  }),
};
